//! The rows of one sink and the room that they take, as a state machine. It does not know who
//! calls it, how rows are written or what a lock is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use sluice_rule::{Demand, Row, Ticket};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::ledger::{Ledger, SinkStats, wide};
use crate::settings::Settings;
use crate::target::Target;

mod change;
mod lane;
mod room;
mod tickets;

use lane::{Entry, Lane, Rest};
use tickets::Tickets;

pub(crate) use lane::Batch;

/// Every row is in one place: in the queue of a lane, or under way in a batch of that lane, or gone
/// and counted. Room is counted for the whole sink.
pub(crate) struct Buffer {
    settings: Settings,
    target: Arc<Target>,
    lanes: Vec<Lane>,
    /// Rows are spread over the first so many lanes.
    lanes_used: usize,
    /// How many lanes it shall be as soon as no batch is under way.
    lanes_wanted: Option<usize>,
    /// Pushed and not gone, those under way included.
    waiting: Demand,
    /// Granted and neither pushed nor released yet.
    granted: Demand,
    under_way: Demand,
    tickets: Tickets,
    ledger: Ledger,
    next_place: u64,
    /// Grows with whatever may make a write work that did not before.
    nudges: u64,
    /// A write has worked since the last swap.
    has_served: bool,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Serving,
    /// Nothing waits for more rows.
    Draining,
    /// The sink was removed.
    Ended,
}

/// What is to be done when the lock is released.
#[derive(Default)]
pub(crate) struct Aftermath {
    /// Whose turn has come.
    pub(crate) told: Vec<Ticket>,
    /// Lanes that shall look again.
    pub(crate) woken: Vec<Arc<Notify>>,
    /// Gone; freeing them takes a while.
    pub(crate) gone: Vec<Arc<Row>>,
    /// How many rows found no room.
    pub(crate) overflowed: u64,
    /// Where rows went before; letting go of a link takes a while too.
    pub(crate) replaced: Option<Arc<Target>>,
    /// The last row is gone.
    pub(crate) is_empty: bool,
}

/// What a lane does next.
pub(crate) enum Next {
    /// It writes the batch.
    Write(Arc<Target>),
    /// It waits until it is woken, or for so long.
    Sleep(Option<Duration>),
    /// It ends.
    End,
}

/// What became of a row in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was written.
    Delivered,
    /// It will never be taken.
    SetAside,
    /// It failed and is tried again.
    Retried,
    /// It comes again in a smaller batch.
    Returned,
}

impl Buffer {
    pub(crate) fn new(settings: Settings, target: Arc<Target>) -> Self {
        let lanes_used = usize::from(settings.lanes);
        Self {
            settings,
            target,
            lanes: (0..lanes_used).map(|_| Lane::default()).collect(),
            lanes_used,
            lanes_wanted: None,
            waiting: Demand::default(),
            granted: Demand::default(),
            under_way: Demand::default(),
            tickets: Tickets::default(),
            ledger: Ledger::default(),
            next_place: 0,
            nudges: 0,
            has_served: false,
            phase: Phase::Serving,
        }
    }

    pub(crate) const fn settings(&self) -> Settings {
        self.settings
    }

    /// Where rows go now.
    pub(crate) const fn target(&self) -> &Arc<Target> {
        &self.target
    }

    pub(crate) const fn nudges(&self) -> u64 {
        self.nudges
    }

    /// Whether a write has worked since the sink was last changed.
    pub(crate) const fn has_served(&self) -> bool {
        self.has_served
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.waiting.rows == 0 && self.granted.rows == 0
    }

    pub(crate) fn stats(&self) -> SinkStats {
        self.ledger.stats(self.waiting, self.under_way, self.tickets.len())
    }

    /// Counts from now on; what waits was received.
    pub(crate) fn reset_ledger(&mut self) {
        self.ledger = Ledger::default();
        self.ledger.received = wide(self.waiting.rows);
    }

    /// Takes a row for which room was granted.
    pub(crate) fn push(&mut self, row: &Arc<Row>, after: &mut Aftermath) {
        let demand = demand_of(row);
        self.granted = less(self.granted, demand);
        self.ledger.received += 1;
        if self.phase == Phase::Ended {
            self.ledger.dropped_removed += 1;
            return;
        }
        self.waiting = more(self.waiting, demand);
        let pushed = self.settings.age_max.map(|_| Instant::now());
        let entry = Entry { row: Arc::clone(row), place: self.next_place, pushed };
        self.next_place += 1;
        let at = lane_of(row, self.lanes_used);
        if let Some(lane) = self.lanes.get_mut(at) {
            lane.push(entry, &self.settings);
            after.woken.extend(lane.woken_by_push(self.settings.batch_rows_max));
        }
    }

    /// Fills `batch`, which is empty, with what lane `at` writes next, at most `rows_max` rows.
    pub(crate) fn take(
        &mut self,
        at: usize,
        rows_max: usize,
        batch: &mut Batch,
        after: &mut Aftermath,
    ) -> Next {
        self.expire(after);
        let is_serving = self.phase == Phase::Serving;
        let is_moving = self.lanes_wanted.is_some();
        let is_used = at < self.lanes_used || is_moving;
        let Some(lane) = self.lanes.get_mut(at) else { return Next::End };
        if self.phase == Phase::Ended || !is_used {
            lane.has_task = false;
            return Next::End;
        }
        if is_moving {
            // Rows may go to another lane: they wait until no batch is under way.
            lane.rest = Rest::UntilWoken;
            return Next::Sleep(None);
        }
        let rows_max = rows_max.min(self.settings.batch_rows_max).max(1);
        let pause = lane.linger(rows_max, self.settings.linger).filter(|_| is_serving);
        if lane.queue.is_empty() || pause.is_some() {
            lane.rest = if pause.is_some() { Rest::UntilFull } else { Rest::UntilRow };
            return Next::Sleep(pause);
        }
        lane.rest = Rest::Awake;
        lane.fill(batch, rows_max, BATCH_BYTES_MAX);
        batch.nudges = self.nudges;
        self.under_way = more(self.under_way, batch.demand);
        Next::Write(Arc::clone(&self.target))
    }

    /// Takes back the batch of lane `at`, each row with its fate, and leaves it empty.
    pub(crate) fn settle(
        &mut self,
        at: usize,
        batch: &mut Batch,
        fate: impl Fn(usize) -> Fate,
        after: &mut Aftermath,
    ) {
        self.under_way = less(self.under_way, batch.demand);
        batch.demand = Demand::default();
        let is_ended = self.phase == Phase::Ended;
        // A limit of age may have come while they were under way.
        let now = self.settings.age_max.map(|_| Instant::now());
        for (index, mut entry) in batch.take_entries().into_iter().enumerate().rev() {
            let fate = fate(index);
            let is_back = matches!(fate, Fate::Retried | Fate::Returned) && !is_ended;
            self.ledger.count(fate, is_ended);
            self.has_served |= fate == Fate::Delivered;
            match self.lanes.get_mut(at).filter(|_| is_back) {
                Some(lane) => {
                    entry.pushed = entry.pushed.or(now);
                    lane.put_back(entry);
                }
                None => {
                    self.waiting = less(self.waiting, demand_of(&entry.row));
                    after.gone.push(entry.row);
                }
            }
        }
        if let Some(lane) = self.lanes.get_mut(at) {
            lane.is_writing = false;
        }
        self.move_lanes(after);
        self.tell(after);
        after.is_empty = self.is_empty();
    }

    /// Notes one write, for people.
    pub(crate) const fn count_batch(&mut self, took: Duration) {
        self.ledger.batches += 1;
        self.ledger.last_write = took;
    }

    /// Drops rows that have waited too long.
    pub(crate) fn expire(&mut self, after: &mut Aftermath) {
        let Some(age_max) = self.settings.age_max else { return };
        let now = Instant::now();
        let before = self.waiting.rows;
        for lane in &mut self.lanes {
            while let Some(entry) = lane.pop_older(age_max, now) {
                self.waiting = less(self.waiting, demand_of(&entry.row));
                self.ledger.dropped_expired += 1;
                after.gone.push(entry.row);
            }
        }
        if self.waiting.rows < before {
            self.tell(after);
            after.is_empty = self.is_empty();
        }
    }
}

fn lane_of(row: &Row, count: usize) -> usize {
    let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
    usize::try_from(row.order_key % count).unwrap_or_default()
}

const fn demand_of(row: &Row) -> Demand {
    Demand { rows: 1, bytes: row.bytes }
}

const fn more(demand: Demand, by: Demand) -> Demand {
    Demand {
        rows: demand.rows.saturating_add(by.rows),
        bytes: demand.bytes.saturating_add(by.bytes),
    }
}

const fn less(demand: Demand, by: Demand) -> Demand {
    Demand {
        rows: demand.rows.saturating_sub(by.rows),
        bytes: demand.bytes.saturating_sub(by.bytes),
    }
}

/// A batch ends here even where more rows were allowed: outside systems bound their requests.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;
