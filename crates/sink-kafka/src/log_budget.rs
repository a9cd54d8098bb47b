//! How many lines a chatty library may log. It does not know the lines.

use std::time::Duration;

use tokio::time::Instant;

/// So many lines a minute.
#[derive(Debug)]
pub(crate) struct LogBudget {
    started: Instant,
    lines: u32,
}

/// Whether a line may be logged.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Log {
        /// Lines that were left out since the last one.
        left_out: u32,
    },
    LeaveOut,
}

impl LogBudget {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { started: now, lines: 0 }
    }

    pub(crate) fn spend(&mut self, now: Instant) -> Verdict {
        let mut left_out = 0;
        if now.saturating_duration_since(self.started) >= WINDOW {
            left_out = self.lines.saturating_sub(LINES_MAX);
            *self = Self::new(now);
        }
        self.lines = self.lines.saturating_add(1);
        if self.lines > LINES_MAX { Verdict::LeaveOut } else { Verdict::Log { left_out } }
    }
}

const WINDOW: Duration = Duration::from_secs(60);
const LINES_MAX: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_counted() {
        let start = Instant::now();
        let mut budget = LogBudget::new(start);
        for _ in 0..LINES_MAX {
            assert_eq!(budget.spend(start), Verdict::Log { left_out: 0 });
        }
        assert_eq!(budget.spend(start), Verdict::LeaveOut);
        assert_eq!(budget.spend(start), Verdict::LeaveOut);
        assert_eq!(budget.spend(start + WINDOW), Verdict::Log { left_out: 2 });
        assert_eq!(budget.spend(start + WINDOW), Verdict::Log { left_out: 0 });
    }
}
