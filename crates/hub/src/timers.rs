//! Deadlines of connections and sessions. It does not know what happens when they pass.

use std::collections::BTreeSet;

use sluice_session::MillisSinceStart;

/// What a deadline is for: a slot of the worker's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TimerKey {
    /// CONNECT or a keep alive is overdue.
    Connection(u32),
    /// A session expires or its will falls due.
    Session(u32),
}

/// At most one deadline per key. A keep alive moves its deadline only when the old one passes, so a
/// packet costs nothing here; a connection that ends takes its deadline with it, so nothing piles
/// up.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    deadlines: BTreeSet<(MillisSinceStart, TimerKey)>,
}

impl Timers {
    /// Replaces the key's deadline. `current` is where the owner keeps it.
    pub(crate) fn set(
        &mut self,
        key: TimerKey,
        current: &mut Option<MillisSinceStart>,
        deadline: Option<MillisSinceStart>,
    ) {
        if let Some(old) = current.take() {
            self.deadlines.remove(&(old, key));
        }
        if let Some(new) = deadline {
            self.deadlines.insert((new, key));
            *current = Some(new);
        }
    }

    /// Takes out one deadline that has passed.
    pub(crate) fn pop(&mut self, now: MillisSinceStart) -> Option<TimerKey> {
        let first = *self.deadlines.first()?;
        if first.0 > now {
            return None;
        }
        self.deadlines.remove(&first);
        Some(first.1)
    }

    /// The earliest.
    pub(crate) fn next(&self) -> Option<MillisSinceStart> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_deadline() {
        let mut timers = Timers::default();
        let (mut first, mut second) = (None, None);
        timers.set(TimerKey::Connection(1), &mut first, Some(50));
        timers.set(TimerKey::Session(1), &mut second, Some(40));
        assert_eq!(timers.next(), Some(40));
        timers.set(TimerKey::Session(1), &mut second, Some(60));
        assert_eq!((timers.next(), second), (Some(50), Some(60)));
        timers.set(TimerKey::Connection(1), &mut first, None);
        assert_eq!((timers.next(), first), (Some(60), None));
    }

    #[test]
    fn deadlines_come_in_order_once_they_have_passed() {
        let mut timers = Timers::default();
        for (slot, at) in [(1, 30), (2, 10), (3, 20)] {
            timers.set(TimerKey::Session(slot), &mut None, Some(at));
        }
        assert_eq!(timers.pop(9), None);
        let passed: Vec<_> = std::iter::from_fn(|| timers.pop(20)).collect();
        assert_eq!(passed, [TimerKey::Session(2), TimerKey::Session(3)]);
        assert_eq!(timers.next(), Some(30));
    }
}
