//! The even beat of an open loop: when which message is due. It does not know what a message is.

use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

use super::BenchError;

/// Message n is due n beats after the start.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: u64,
    start: Instant,
    published: u64,
    /// The poll alone wakes to the millisecond only.
    timer: OwnedFd,
}

impl Pace {
    /// `rate` messages a second from `start` on; wakes the poll of `registry` for each, if they are
    /// not too close together.
    pub(crate) fn new(rate: u32, start: Instant, registry: &Registry) -> Result<Self, BenchError> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags).map_err(timer_error)?;
        let beat = (Duration::from_secs(1) / rate).clamp(BEAT_MIN, BEAT_MAX);
        let beat = Timespec { tv_sec: 0, tv_nsec: i64::from(beat.subsec_nanos()) };
        let spec = Itimerspec { it_interval: beat, it_value: beat };
        timerfd_settime(&timer, TimerfdTimerFlags::empty(), &spec).map_err(timer_error)?;
        let source = timer.as_raw_fd();
        registry
            .register(&mut SourceFd(&source), Token(usize::MAX - 1), Interest::READABLE)
            .map_err(BenchError::Poll)?;
        Ok(Self { rate: u64::from(rate), start, published: 0, timer })
    }

    /// Lets the timer wake the poll again.
    pub(crate) fn acknowledge_wake_up(&self) -> Result<(), BenchError> {
        match rustix::io::read(&self.timer, &mut [0; 8]) {
            Ok(_) | Err(Errno::AGAIN | Errno::INTR) => Ok(()),
            Err(errno) => Err(timer_error(errno)),
        }
    }

    /// When the next message was due; `None` if that is still to come.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        let due = due_nanos(self.published, self.rate);
        let due = self.start + Duration::from_nanos(due);
        (due <= now).then_some(due)
    }

    pub(crate) fn published(&self) -> u64 {
        self.published
    }

    /// The next message is published.
    pub(crate) fn advance(&mut self) {
        self.published += 1;
    }
}

/// Whole seconds and the rest apart, so that nothing overflows or drifts.
fn due_nanos(number: u64, rate: u64) -> u64 {
    let (seconds, rest) = (number / rate, number % rate);
    seconds * 1_000_000_000 + rest * 1_000_000_000 / rate
}

fn timer_error(errno: Errno) -> BenchError {
    BenchError::Poll(errno.into())
}

/// Above 20,000 messages a second several are published at each beat.
const BEAT_MIN: Duration = Duration::from_micros(50);
const BEAT_MAX: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beats_do_not_drift() {
        assert_eq!(due_nanos(0, 7), 0);
        assert_eq!(due_nanos(7_000_000, 7), 1_000_000 * 1_000_000_000);
        assert_eq!(due_nanos(10_000_001, 10_000_000), 1_000_000_100);
    }

    #[test]
    fn a_message_is_due_at_its_beat() {
        let poll = mio::Poll::new().unwrap();
        let start = crate::clock::now();
        let mut pace = Pace::new(1000, start, poll.registry()).unwrap();
        assert_eq!(pace.due(start), Some(start));
        pace.advance();
        assert_eq!(pace.due(start), None);
        let beat = start + Duration::from_millis(1);
        assert_eq!((pace.due(beat), pace.published()), (Some(beat), 1));
    }
}
