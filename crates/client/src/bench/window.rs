//! How many of a publisher's messages may be on their way. It does not know who the receivers are.

use std::ops::Range;

/// A message is on its way until every receiver has passed its number.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    size: u64,
    receivers: u32,
    sent: u64,
    completed: u64,
    /// At `number % size`: how many receivers have passed it. Empty when there is one receiver.
    passed: Vec<u32>,
}

impl Window {
    pub(crate) fn new(size: u32, receivers: u32) -> Self {
        let slots = if receivers > 1 { size } else { 0 };
        let passed = vec![0; usize::try_from(slots).unwrap_or(0)];
        Self { size: u64::from(size), receivers, sent: 0, completed: 0, passed }
    }

    /// How many more may be sent now.
    pub(crate) fn room(&self) -> u64 {
        self.size.saturating_sub(self.sent - self.completed)
    }

    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    pub(crate) fn completed(&self) -> u64 {
        self.completed
    }

    /// The number of the message that is sent now.
    pub(crate) fn send(&mut self) -> u64 {
        let number = self.sent;
        self.sent += 1;
        number
    }

    /// One receiver has passed these numbers. Each receiver passes each number once; what was not
    /// sent does not count.
    pub(crate) fn pass(&mut self, numbers: Range<u64>) {
        let numbers = numbers.start..numbers.end.min(self.sent);
        if self.receivers <= 1 {
            self.completed = self.completed.max(numbers.end);
            return;
        }
        for number in numbers {
            if let Some(passed) = self.slot(number) {
                *passed += 1;
            }
        }
        let receivers = self.receivers;
        while self.completed < self.sent {
            match self.slot(self.completed) {
                Some(passed) if *passed >= receivers => *passed = 0,
                _ => break,
            }
            self.completed += 1;
        }
    }

    /// Takes all that is on its way for lost.
    pub(crate) fn write_off(&mut self) {
        self.completed = self.sent;
        self.passed.fill(0);
    }

    fn slot(&mut self, number: u64) -> Option<&mut u32> {
        self.passed.get_mut(usize::try_from(number % self.size).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_receiver_frees_what_it_passes() {
        let mut window = Window::new(4, 1);
        for number in 0..4 {
            assert_eq!(window.send(), number);
        }
        assert_eq!(window.room(), 0);
        window.pass(0..3);
        assert_eq!(window.room(), 3);
    }

    #[test]
    fn the_slowest_of_many_receivers_decides() {
        let mut window = Window::new(2, 3);
        window.send();
        window.send();
        window.pass(0..2);
        window.pass(0..2);
        window.pass(0..1);
        assert_eq!(window.room(), 1);
        assert_eq!(window.send(), 2);
        window.pass(1..2);
        assert_eq!((window.room(), window.completed()), (1, 2));
        window.write_off();
        assert_eq!((window.room(), window.sent()), (2, 3));
    }
}
