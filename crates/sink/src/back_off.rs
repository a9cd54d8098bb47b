//! How long to wait before the next attempt. It does not know what is attempted.

use std::hash::BuildHasher;
use std::time::Duration;

use foldhash::fast::FixedState;

/// Doubles from `first` to `last`; each pause is drawn from the upper half of that, so that those
/// who failed together do not come back together.
#[derive(Debug)]
pub(crate) struct BackOff {
    first: Duration,
    last: Duration,
    failures: u32,
    random: u64,
}

impl BackOff {
    /// For writes: 100 ms at least, 5 s at most.
    pub(crate) fn of_writes(name: &str, lane: usize) -> Self {
        Self::new(Duration::from_millis(200), (name, lane))
    }

    /// For checks of something that does not serve: 1 s at least, 5 s at most.
    pub(crate) fn of_checks(name: &str) -> Self {
        Self::new(Duration::from_secs(2), (name, usize::MAX))
    }

    fn new(first: Duration, of: (&str, usize)) -> Self {
        // `| 1`: xorshift never leaves zero.
        let random = FixedState::default().hash_one(of) | 1;
        Self { first, last: PAUSE_MAX, failures: 0, random }
    }

    /// The pause after one more failure. Longer where the outside system asks for it, up to
    /// [`RETRY_AFTER_MAX`].
    pub(crate) fn pause(&mut self, retry_after: Option<Duration>) -> Duration {
        let doubled = self.first.saturating_mul(1 << self.failures.min(16)).min(self.last);
        self.failures = self.failures.saturating_add(1);
        self.drawn(doubled).max(retry_after.unwrap_or_default().min(RETRY_AFTER_MAX))
    }

    /// The pause where only a person can help.
    pub(crate) fn long_pause(&mut self, retry_after: Option<Duration>) -> Duration {
        self.last.max(retry_after.unwrap_or_default().min(RETRY_AFTER_MAX))
    }

    /// It worked, or something was changed that may make it work.
    pub(crate) const fn reset(&mut self) {
        self.failures = 0;
    }

    fn drawn(&mut self, most: Duration) -> Duration {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let half = most / 2;
        let span = u64::try_from(half.as_micros()).unwrap_or(u64::MAX);
        half + Duration::from_micros(self.random % span.saturating_add(1))
    }
}

/// No pause is longer unless the outside system asks for it.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// However long the outside system asks to be left alone: it may ask wrongly.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_seconds_and_start_anew() {
        let mut back_off = BackOff::of_writes("r.a", 0);
        for ceiling in [200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
            let pause = back_off.pause(None);
            let most = Duration::from_millis(ceiling);
            assert!(pause >= most / 2 && pause <= most, "{pause:?} for {most:?}");
        }
        back_off.reset();
        assert!(back_off.pause(None) <= Duration::from_millis(200));
    }

    #[test]
    fn a_wish_to_be_left_alone_is_honoured_within_reason() {
        let mut back_off = BackOff::of_writes("r.a", 0);
        assert_eq!(back_off.pause(Some(Duration::from_secs(30))), Duration::from_secs(30));
        assert_eq!(back_off.pause(Some(Duration::MAX)), RETRY_AFTER_MAX);
        assert_eq!(back_off.long_pause(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(back_off.long_pause(None), PAUSE_MAX);
    }

    #[test]
    fn lanes_draw_differently() {
        let pauses = |lane| {
            let mut back_off = BackOff::of_writes("r.a", lane);
            [(); 4].map(|()| back_off.pause(None))
        };
        assert_eq!(pauses(1), pauses(1));
        assert_ne!(pauses(1), pauses(2));
    }

    #[test]
    fn checks_pause_for_one_to_five_seconds() {
        let mut back_off = BackOff::of_checks("warehouse");
        for _ in 0..40 {
            let pause = back_off.pause(None);
            assert!(pause >= Duration::from_secs(1) && pause <= Duration::from_secs(5));
        }
    }
}
