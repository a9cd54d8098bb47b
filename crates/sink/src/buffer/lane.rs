//! One lane: rows in order, and whether its task sleeps. It does not know the room of the whole.

use super::{Arc, Demand, Duration, Instant, Notify, Row, Settings, VecDeque, demand_of, more};

#[derive(Default)]
pub(super) struct Lane {
    pub(super) queue: VecDeque<Entry>,
    /// When the batch in the making began to wait; none where it need not wait.
    lingers_since: Option<Instant>,
    pub(super) rest: Rest,
    pub(super) is_writing: bool,
    pub(super) has_task: bool,
    pub(super) notify: Arc<Notify>,
}

/// What the lane's task waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing, or it pauses after a failure: new rows do not concern it.
    #[default]
    Awake,
    UntilRow,
    /// Until a batch is full.
    UntilFull,
    UntilWoken,
}

/// A row in its place.
pub(super) struct Entry {
    pub(super) row: Arc<Row>,
    /// Grows in the order of arrival, over all lanes.
    pub(super) place: u64,
    /// Known where a limit of age holds.
    pub(super) pushed: Option<Instant>,
}

/// Rows on the way to a sink.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) rows: Vec<Arc<Row>>,
    marks: Vec<(u64, Option<Instant>)>,
    pub(super) demand: Demand,
    /// As [`Buffer::nudges`](super::Buffer::nudges) when it was taken.
    pub(crate) nudges: u64,
}

impl Lane {
    pub(super) fn push(&mut self, entry: Entry, settings: &Settings) {
        if self.queue.is_empty() && !settings.linger.is_zero() {
            self.lingers_since = Some(entry.pushed.unwrap_or_else(Instant::now));
        }
        self.queue.push_back(entry);
    }

    /// Whom to wake after a push. One that is awake, or waits for something else, looks by itself.
    pub(super) fn woken_by_push(&mut self, batch_rows_max: usize) -> Option<Arc<Notify>> {
        let is_woken = match self.rest {
            Rest::UntilRow => true,
            Rest::UntilFull => self.queue.len() >= batch_rows_max,
            Rest::Awake | Rest::UntilWoken => false,
        };
        is_woken.then(|| {
            self.rest = Rest::Awake;
            Arc::clone(&self.notify)
        })
    }

    /// How long a batch still waits for more rows; nothing where it is full or has waited enough.
    pub(super) fn linger(&self, rows_max: usize, linger: Duration) -> Option<Duration> {
        let since = self.lingers_since.filter(|_| !linger.is_zero())?;
        if self.queue.is_empty() || self.queue.len() >= rows_max {
            return None;
        }
        linger.checked_sub(since.elapsed()).filter(|left| !left.is_zero())
    }

    pub(super) fn fill(&mut self, batch: &mut Batch, rows_max: usize, bytes_max: usize) {
        while let Some(entry) = self.queue.front().filter(|_| batch.rows.len() < rows_max) {
            let demand = more(batch.demand, demand_of(&entry.row));
            if demand.bytes > bytes_max && !batch.rows.is_empty() {
                break;
            }
            batch.demand = demand;
            let Some(entry) = self.queue.pop_front() else { break };
            batch.rows.push(entry.row);
            batch.marks.push((entry.place, entry.pushed));
        }
        // What is left, and what comes while this batch is written, has waited since then.
        if self.lingers_since.is_some() {
            self.lingers_since = Some(Instant::now());
        }
        self.is_writing = true;
    }

    /// Rows come back last first.
    pub(super) fn put_back(&mut self, entry: Entry) {
        self.lingers_since = None;
        self.queue.push_front(entry);
    }

    pub(super) fn pop_older(&mut self, age_max: Duration, now: Instant) -> Option<Entry> {
        let pushed = self.queue.front()?.pushed?;
        (now.saturating_duration_since(pushed) > age_max).then(|| self.queue.pop_front())?
    }
}

impl Batch {
    pub(super) fn take_entries(&mut self) -> Vec<Entry> {
        let marks = self.marks.drain(..);
        let rows = self.rows.drain(..);
        rows.zip(marks).map(|(row, (place, pushed))| Entry { row, place, pushed }).collect()
    }
}
