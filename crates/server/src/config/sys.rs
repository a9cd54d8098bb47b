//! `[sys]`: the broker's own messages. It does not know their topics.

use std::time::Duration;

use super::section::Reader;

/// `[sys]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sys {
    /// How often `$SYS` messages are published.
    pub(crate) interval: Duration,
}

impl Sys {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut section = reader.section("sys");
        let range = Duration::from_secs(1)..=Duration::from_secs(86_400);
        let sys = Self { interval: section.duration("interval", Duration::from_secs(10), &range) };
        section.finish();
        sys
    }
}
