//! Log lines about what may happen a million times a second. It does not know what it is.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Lets one line through, then at most one every ten seconds.
#[derive(Debug, Default)]
pub(crate) struct Quiet {
    inner: Mutex<(Option<Instant>, u64)>,
}

impl Quiet {
    /// Notes that it happened `count` more times. Where a line is due: how often since the last.
    pub(crate) fn note(&self, count: u64) -> Option<u64> {
        let now = Instant::now();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, held_back) = &mut *inner;
        *held_back = held_back.saturating_add(count);
        let is_due = last.is_none_or(|last| now.saturating_duration_since(last) >= INTERVAL);
        is_due.then(|| {
            *last = Some(now);
            std::mem::take(held_back)
        })
    }
}

const INTERVAL: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_line_says_how_often_since_the_last() {
        let quiet = Quiet::default();
        assert_eq!([quiet.note(1), quiet.note(2), quiet.note(3)], [Some(1), None, None]);
        tokio::time::advance(INTERVAL).await;
        assert_eq!([quiet.note(4), quiet.note(5)], [Some(9), None]);
    }
}
