//! The hub's reports as log lines, so many a second of each kind: a flood of bad clients or failing
//! rules must not become a flood of lines. It does not know where lines go.

use sluice_hub::Report;
use sluice_session::MillisSinceStart;

/// One per worker.
#[derive(Default)]
pub(crate) struct ReportLog {
    kinds: [Window; 6],
}

#[derive(Clone, Copy, Default)]
struct Window {
    began: MillisSinceStart,
    lines: u32,
    suppressed: u64,
}

impl ReportLog {
    pub(crate) fn write(&mut self, report: Report<'_>, now: MillisSinceStart) {
        let Some(suppressed) = self.kinds.get_mut(kind(&report)).and_then(|kind| kind.enter(now))
        else {
            return;
        };
        match report {
            Report::Refused { client_id, peer, reason, detail } => {
                let client_id = client_id.unwrap_or("-");
                let reason = reason.name();
                tracing::info!(client_id, %peer, reason, detail, suppressed, "connection refused");
            }
            Report::RuleFailed { rule, source, error } => {
                tracing::warn!(rule, source, error, suppressed, "rule failed");
            }
            Report::ActionFailed { action, source, error } => {
                tracing::warn!(action, source, error, suppressed, "action failed");
            }
            Report::ChainEnded { rule, topic } => {
                tracing::warn!(rule, topic, suppressed, "rules feed each other: the chain was cut");
            }
            Report::RetainedFull { topic } => {
                tracing::warn!(topic, suppressed, "retained store is full: routed, not retained");
            }
            Report::Panicked { place, message } => {
                tracing::error!(
                    place,
                    message,
                    suppressed,
                    "bug: code panicked; only this part ended"
                );
            }
        }
    }
}

impl Window {
    /// Whether one more line may be written now, and how many were not since the last one.
    fn enter(&mut self, now: MillisSinceStart) -> Option<u64> {
        if now.saturating_sub(self.began) >= 1000 {
            self.began = now;
            self.lines = 0;
        }
        if self.lines >= LINES_PER_SECOND {
            self.suppressed += 1;
            return None;
        }
        self.lines += 1;
        Some(std::mem::take(&mut self.suppressed))
    }
}

const fn kind(report: &Report<'_>) -> usize {
    match report {
        Report::Refused { .. } => 0,
        Report::RuleFailed { .. } => 1,
        Report::ActionFailed { .. } => 2,
        Report::ChainEnded { .. } => 3,
        Report::RetainedFull { .. } => 4,
        Report::Panicked { .. } => 5,
    }
}

/// Of each kind and worker.
const LINES_PER_SECOND: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_counted() {
        let mut window = Window::default();
        let written = (0..25).filter(|_| window.enter(5).is_some()).count();
        assert_eq!(written, 10);
        assert_eq!(window.enter(1005), Some(15));
        assert_eq!(window.enter(1005), Some(0));
    }
}
