//! Rows that an outside system will never take, the last of them kept for people. It does not know
//! who decides that.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use sluice_event::MessageId;
use sluice_rule::{Row, RuleId};
use tokio::time::Instant;

use crate::guarded::cut;

/// A row that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// The rule that made it.
    pub rule: RuleId,
    /// Of the rule, when it was evaluated.
    pub rule_version: u64,
    /// The message that it came from.
    pub message: MessageId,
    /// From 0 within the firing.
    pub index: u32,
    /// Why, with its causes.
    pub error: String,
    /// Its values as JSON; cut after 4 KiB, which an ellipsis shows.
    pub row: String,
    /// When; `at.elapsed()` tells how long ago.
    pub at: Instant,
}

impl SetAside {
    pub(crate) fn new(row: &Row, error: String) -> Self {
        let mut json = row.values.to_json();
        cut(&mut json, JSON_BYTES_MAX);
        json.shrink_to_fit();
        Self {
            rule: row.rule.clone(),
            rule_version: row.rule_version,
            message: row.message,
            index: row.index,
            error,
            row: json,
            at: Instant::now(),
        }
    }
}

/// The last hundred.
#[derive(Debug, Default)]
pub(crate) struct Shelf(Mutex<VecDeque<SetAside>>);

impl Shelf {
    pub(crate) fn put(&self, row: SetAside) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shelf.len() >= SHELF_ROWS_MAX {
            shelf.pop_front();
        }
        shelf.push_back(row);
    }

    /// The oldest first.
    pub(crate) fn list(&self) -> Vec<SetAside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

const SHELF_ROWS_MAX: usize = 100;

const JSON_BYTES_MAX: usize = 4 * 1024;
