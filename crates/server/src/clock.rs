//! The clocks and the randomness of the machine, read here and handed on as arguments.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Instant, SystemTime};

/// The wall clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of this crate that reads the wall clock"
)]
pub(crate) fn wall() -> SystemTime {
    SystemTime::now()
}

/// Nanoseconds since 1970-01-01T00:00:00Z; 0 on a machine whose clock stands before that.
pub(crate) fn unix_nanos() -> i128 {
    let since = wall().duration_since(SystemTime::UNIX_EPOCH);
    since.ok().and_then(|since| i128::try_from(since.as_nanos()).ok()).unwrap_or_default()
}

/// The monotonic clock.
#[expect(clippy::disallowed_methods, reason = "the one place of this crate that reads this clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A source of 64 random bits at a time: a keyed hash of a counter, whose key the system gave. Not
/// for passwords.
pub(crate) fn entropy() -> impl FnMut() -> u64 {
    let keyed = RandomState::new();
    let mut counter = 0_u64;
    move || {
        counter = counter.wrapping_add(1);
        keyed.hash_one(counter)
    }
}
