//! What one subscriber has seen of one publisher's numbered messages. It does not know what the
//! messages say or how many are missing at the end.

/// Late messages younger than this are told apart from second copies.
const RECENT: u64 = 64;

/// Message numbers 0, 1, 2 … as they arrive.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sequence {
    /// One more than the highest number seen.
    next: u64,
    /// Bit i: number `next - 1 - i` was seen.
    recent: u64,
    /// Different messages seen.
    pub(crate) unique: u64,
    /// Second copies.
    pub(crate) duplicated: u64,
    /// Came after a higher number. A late message older than `RECENT` counts here, even if it were
    /// a copy.
    pub(crate) reordered: u64,
}

impl Sequence {
    /// Takes note of one arrival; returns the numbers it passed, itself included: nothing when it
    /// is late.
    pub(crate) fn receive(&mut self, number: u64) -> std::ops::Range<u64> {
        if number < self.next {
            self.receive_late(number);
            return self.next..self.next;
        }
        let passed = self.next..number + 1;
        let step = passed.end - passed.start;
        self.recent = if step < RECENT { self.recent << step | 1 } else { 1 };
        self.next = passed.end;
        self.unique += 1;
        passed
    }

    /// Gives up on everything below `number`; what still comes of it counts as reordered.
    pub(crate) fn skip_to(&mut self, number: u64) {
        let step = number.saturating_sub(self.next);
        self.recent = if step < RECENT { self.recent << step } else { 0 };
        self.next = self.next.max(number);
    }

    fn receive_late(&mut self, number: u64) {
        let age = self.next - 1 - number;
        let seen = age < RECENT && self.recent >> age & 1 == 1;
        if seen {
            self.duplicated += 1;
            return;
        }
        if age < RECENT {
            self.recent |= 1 << age;
        }
        self.unique += 1;
        self.reordered += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arrivals → (unique, duplicated, reordered).
    fn check(arrivals: &[u64], expected: (u64, u64, u64)) {
        let mut sequence = Sequence::default();
        for number in arrivals {
            sequence.receive(*number);
        }
        let counts = (sequence.unique, sequence.duplicated, sequence.reordered);
        assert_eq!(counts, expected, "{arrivals:?}");
    }

    #[test]
    fn arrivals_are_told_apart() {
        check(&[0, 1, 2, 3], (4, 0, 0));
        check(&[0, 1, 1, 2, 0], (3, 2, 0));
        check(&[0, 2, 1, 3], (4, 0, 1));
        check(&[0, 2, 1, 1, 3], (4, 1, 1));
        check(&[0, 200, 3], (3, 0, 1));
        check(&[5], (1, 0, 0));
    }

    #[test]
    fn an_arrival_passes_what_it_skips() {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.receive(0), 0..1);
        assert_eq!(sequence.receive(3), 1..4);
        assert!(sequence.receive(2).is_empty());
        sequence.skip_to(100);
        assert!(sequence.receive(99).is_empty());
        assert_eq!(sequence.receive(100), 100..101);
        assert_eq!((sequence.duplicated, sequence.reordered), (0, 2));
    }
}
