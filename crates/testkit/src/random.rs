//! Every choice of a run, drawn from its seed. It does not know what is chosen.

use sluice_hub::Entropy;

/// The run's dice: the same seed throws the same numbers.
#[derive(Clone, Debug)]
pub struct Random(Entropy);

impl Random {
    /// The dice of a seed.
    #[must_use]
    pub const fn from_seed(seed: u64) -> Self {
        Self(Entropy::from_seed(seed))
    }

    /// Any number.
    pub const fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from `low` to `high`, both included.
    pub const fn between(&mut self, low: u64, high: u64) -> u64 {
        if high <= low { low } else { low + self.0.next_u64() % (high - low + 1) }
    }

    /// A place in a collection of this length; 0 for an empty one.
    pub fn index(&mut self, len: usize) -> usize {
        let last = u64::try_from(len.saturating_sub(1)).unwrap_or(0);
        usize::try_from(self.between(0, last)).unwrap_or(0)
    }

    /// Yes, in so many of a hundred cases.
    pub const fn chance(&mut self, percent: u64) -> bool {
        self.0.next_u64() % 100 < percent
    }

    /// One of these; the default for none.
    pub fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let index = self.index(items.len());
        items.get(index).copied().unwrap_or_default()
    }

    /// Puts them in any order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let other = self.index(end + 1);
            items.swap(end, other);
        }
    }
}
