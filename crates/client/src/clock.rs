//! The one place where this crate reads the clocks; everything else is told the time. It does not
//! know what it is read for.

use std::time::{Instant, SystemTime};

/// The monotonic clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the commands are the outermost shell: they tell the time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The wall clock, for output formats.
#[expect(
    clippy::disallowed_methods,
    reason = "the commands are the outermost shell: they tell the time"
)]
pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}
