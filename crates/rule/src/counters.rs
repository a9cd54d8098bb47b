//! What is counted for each rule. It does not know who counts or who reads.

/// Counts of one rule on one worker; workers' counts are added up when read.
///
/// `matched = passed + no_result + failed`, and every row that reaches an action counts once as
/// `actions_success`, `actions_failed` or `actions_discarded`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleCounters {
    /// Events that FROM matched while the rule was enabled.
    pub matched: u64,
    /// Evaluations that gave at least one row.
    pub passed: u64,
    /// Evaluations that gave none: WHERE said no, or FOREACH left nothing.
    pub no_result: u64,
    /// Evaluations that ended with an error.
    pub failed: u64,
    /// Actions that took a row.
    pub actions_success: u64,
    /// Actions that could not: a template or a destination refused.
    pub actions_failed: u64,
    /// Rows that no action took, on purpose: a chain of rules that had become too long.
    pub actions_discarded: u64,
}

impl RuleCounters {
    /// Adds another worker's counts.
    pub const fn add(&mut self, other: &Self) {
        self.matched = self.matched.wrapping_add(other.matched);
        self.passed = self.passed.wrapping_add(other.passed);
        self.no_result = self.no_result.wrapping_add(other.no_result);
        self.failed = self.failed.wrapping_add(other.failed);
        self.actions_success = self.actions_success.wrapping_add(other.actions_success);
        self.actions_failed = self.actions_failed.wrapping_add(other.actions_failed);
        self.actions_discarded = self.actions_discarded.wrapping_add(other.actions_discarded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_workers_add_up() {
        let mut sum =
            RuleCounters { matched: 3, passed: 1, no_result: 2, ..RuleCounters::default() };
        let other =
            RuleCounters { matched: 2, failed: 2, actions_failed: 1, ..RuleCounters::default() };
        sum.add(&other);
        assert_eq!(
            sum,
            RuleCounters {
                matched: 5,
                passed: 1,
                no_result: 2,
                failed: 2,
                actions_failed: 1,
                ..RuleCounters::default()
            }
        );
    }
}
