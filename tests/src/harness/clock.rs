//! The two questions that tests may put to the machine: the time, and what the caller's
//! environment says.

use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "black-box tests run on real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "how `make test` tells which binary is meant")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
