//! A table by slot number that grows in chunks. It does not know which slots are in use.

/// Values by slot. It never moves what it holds: growing leaves no outgrown copy behind, which for
/// tens of thousands of idle connections would be as much memory as they use themselves.
#[derive(Debug)]
pub struct Slots<T> {
    chunks: Vec<Box<[T]>>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T: Default> Slots<T> {
    /// What is in a slot; `None` when the table never reached so far.
    #[must_use]
    pub fn get(&self, slot: u32) -> Option<&T> {
        let (chunk, place) = split(slot);
        self.chunks.get(chunk)?.get(place)
    }

    /// The same, to change.
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut T> {
        let (chunk, place) = split(slot);
        self.chunks.get_mut(chunk)?.get_mut(place)
    }

    /// The slot, for which the table grows if need be.
    pub fn reach(&mut self, slot: u32) -> &mut T {
        let (chunk, place) = split(slot);
        while self.chunks.len() <= chunk {
            self.chunks.push((0..CHUNK).map(|_| T::default()).collect());
        }
        #[expect(
            clippy::indexing_slicing,
            reason = "the loop above made the chunk, `split` the place"
        )]
        &mut self.chunks[chunk][place]
    }
}

/// Gives slot numbers, the ones given back first.
#[derive(Debug, Default)]
pub(crate) struct SlotNumbers {
    free: Vec<u32>,
    next: u32,
}

impl SlotNumbers {
    pub(crate) fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            let slot = self.next;
            self.next = slot.saturating_add(1);
            slot
        })
    }

    pub(crate) fn give_back(&mut self, slot: u32) {
        self.free.push(slot);
    }

    /// One more than the largest ever given.
    pub(crate) const fn end(&self) -> u32 {
        self.next
    }
}

const fn split(slot: u32) -> (usize, usize) {
    let slot = slot as usize;
    (slot / CHUNK, slot % CHUNK)
}

const CHUNK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_keeps_its_value_while_the_table_grows() {
        let mut slots = Slots::default();
        assert_eq!(slots.get(3), None::<&u8>);
        *slots.reach(3) = 7;
        *slots.reach(1000) = 9;
        assert_eq!((slots.get(3), slots.get(1000), slots.get(4)), (Some(&7), Some(&9), Some(&0)));
    }
}
