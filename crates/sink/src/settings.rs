//! The settings that a sink runs with: what its action says, else what its kind prefers. It does
//! not know where rows are kept.

use std::time::Duration;

use sluice_rule::Action;
use sluice_rule::action::OnFull;

use crate::Defaults;

/// What holds for one sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Most rows in the buffer, those under way included. 100,000 where the action says nothing.
    pub rows_max: usize,
    /// Most bytes in the buffer, counted as [`Row::bytes`](sluice_rule::Row::bytes). 256 MiB where
    /// the action says nothing.
    pub bytes_max: usize,
    /// Rows that have waited longer are dropped; one that is being written is left alone.
    pub age_max: Option<Duration>,
    /// What happens to rows that find the buffer full. They wait where the action says nothing.
    pub on_full: OnFull,
    /// Most rows in one batch, at least one. A batch of several rows also ends at 16 MiB.
    pub batch_rows_max: usize,
    /// How long a batch waits for more rows.
    pub linger: Duration,
    /// Batches that may be under way at once: 1 to 1,024.
    pub lanes: u16,
}

impl Settings {
    pub(crate) fn of(action: &Action, defaults: Defaults) -> Self {
        let buffer = action.buffer.unwrap_or_default();
        let batch = action.batch.unwrap_or_default();
        let batch_rows_max = batch.rows_max.map_or(defaults.batch_rows_max, saturated);
        Self {
            rows_max: buffer.rows_max.map_or(ROWS_MAX, saturated),
            bytes_max: buffer.bytes_max.map_or(BYTES_MAX, saturated),
            age_max: buffer.age_max,
            on_full: buffer.on_full.unwrap_or(OnFull::Hold),
            batch_rows_max: batch_rows_max.max(1),
            linger: batch.linger.unwrap_or(defaults.linger),
            lanes: action.lanes.map_or(defaults.lanes, u16::from).clamp(1, LANES_MAX),
        }
    }
}

fn saturated(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

const ROWS_MAX: usize = 100_000;

const BYTES_MAX: usize = 256 * 1024 * 1024;

/// Each lane costs a task.
const LANES_MAX: u16 = 1024;
