//! What became of a sink's rows, in numbers. It does not know rows.

use std::time::Duration;

use sluice_rule::Demand;

use crate::buffer::Fate;

/// What became of a sink's rows.
///
/// `received` = `delivered` + `waiting` + `set_aside` + `dropped_full` + `dropped_expired` +
/// `dropped_removed`, at every moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SinkStats {
    /// Rows that were buffered or dropped.
    pub received: u64,
    /// Rows that were written.
    pub delivered: u64,
    /// Attempts at a row that failed and were followed by another.
    pub retried: u64,
    /// Rows that the outside system will never take.
    pub set_aside: u64,
    /// Rows for which there was no room, and rows that made room for others.
    pub dropped_full: u64,
    /// Rows that had waited too long.
    pub dropped_expired: u64,
    /// Rows that the sink still had when it was removed.
    pub dropped_removed: u64,
    /// Rows in the buffer now, those under way included.
    pub waiting: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Rows under way now.
    pub in_flight: u64,
    /// Publishes that wait for room now.
    pub held: u64,
    /// Writes, whatever came of them.
    pub batches: u64,
    /// How long the last write took.
    pub last_write_micros: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) received: u64,
    pub(crate) dropped_full: u64,
    pub(crate) dropped_expired: u64,
    pub(crate) dropped_removed: u64,
    pub(crate) batches: u64,
    pub(crate) last_write: Duration,
    delivered: u64,
    retried: u64,
    set_aside: u64,
}

impl Ledger {
    pub(crate) const fn count(&mut self, fate: Fate, is_ended: bool) {
        match fate {
            Fate::Delivered => self.delivered += 1,
            Fate::SetAside => self.set_aside += 1,
            Fate::Retried | Fate::Returned if is_ended => self.dropped_removed += 1,
            Fate::Retried => self.retried += 1,
            Fate::Returned => {}
        }
    }

    pub(crate) fn stats(&self, waiting: Demand, under_way: Demand, held: usize) -> SinkStats {
        SinkStats {
            received: self.received,
            delivered: self.delivered,
            retried: self.retried,
            set_aside: self.set_aside,
            dropped_full: self.dropped_full,
            dropped_expired: self.dropped_expired,
            dropped_removed: self.dropped_removed,
            waiting: wide(waiting.rows),
            waiting_bytes: wide(waiting.bytes),
            in_flight: wide(under_way.rows),
            held: wide(held),
            batches: self.batches,
            last_write_micros: u64::try_from(self.last_write.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

pub(crate) fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
