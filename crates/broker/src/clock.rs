//! The one place of this crate that asks what time it is. It does not know what for.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sluice_session::Now;

/// Both clocks, read once per turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the shell is who tells the hub the time")]
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    #[expect(clippy::disallowed_methods, reason = "the shell is who tells the hub the time")]
    pub(crate) fn now(self) -> Now {
        let monotonic = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let unix_nanos = u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX);
        Now { monotonic, unix_nanos }
    }

    /// The moment that the hub names in milliseconds since the start.
    pub(crate) fn instant(self, monotonic: u64) -> tokio::time::Instant {
        let moment = self.start.checked_add(std::time::Duration::from_millis(monotonic));
        moment.unwrap_or(self.start).into()
    }
}
