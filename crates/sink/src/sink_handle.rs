//! One live sink: its buffer behind a lock, its health, what it set aside. It does not know which
//! sinks there are.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sluice_rule::action::OnFull;
use sluice_rule::{Admission, Demand, Outbox, Row, Ticket};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::buffer::{Aftermath, Batch, Buffer, Next};
use crate::driver::{look_after, run_lane};
use crate::health::{Health, Status, Vitals};
use crate::ledger::SinkStats;
use crate::quiet::Quiet;
use crate::set_aside::{SetAside, Shelf};
use crate::settings::Settings;
use crate::target::Target;
use crate::verdict::Verdict;

/// Tells a publish that its turn has come.
pub(crate) type Wake = Arc<dyn Fn(Ticket) + Send + Sync>;

/// The buffer of one action and the tasks that empty it.
pub struct SinkHandle {
    name: String,
    wake: Wake,
    /// Held for a few lines each; nothing is awaited or called back meanwhile.
    buffer: Mutex<Buffer>,
    vitals: Vitals,
    shelf: Shelf,
    emptied: Notify,
    changed: Arc<Notify>,
    carer: Mutex<Option<AbortHandle>>,
    overflows: Quiet,
    asides: Quiet,
}

impl SinkHandle {
    /// Within a tokio runtime.
    pub(crate) fn start(
        name: &str,
        settings: Settings,
        target: Arc<Target>,
        wake: Wake,
    ) -> Arc<Self> {
        let sink = Arc::new(Self {
            name: name.to_owned(),
            wake,
            buffer: Mutex::new(Buffer::new(settings, target)),
            vitals: Vitals::new("action", name),
            shelf: Shelf::default(),
            emptied: Notify::new(),
            changed: Arc::new(Notify::new()),
            carer: Mutex::new(None),
            overflows: Quiet::default(),
            asides: Quiet::default(),
        });
        sink.start_lanes();
        let carer = look_after(Arc::clone(&sink), Arc::clone(&sink.changed));
        let carer = sluice_telemetry::spawn(format!("action {name}"), carer);
        let mut known = sink.carer.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(carer.abort_handle());
        drop(known);
        sink
    }

    /// `<rule id>.<action name>`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The type's name in rule files.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.target().connector.type_name()
    }

    /// The name of the connector that it goes through.
    #[must_use]
    pub fn connector_name(&self) -> String {
        self.target().connector.name().to_owned()
    }

    /// What holds for it now, defaults included.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.lock().settings()
    }

    /// What became of its rows.
    #[must_use]
    pub fn stats(&self) -> SinkStats {
        self.lock().stats()
    }

    /// Counts from zero. Rows that wait count as received, so that the numbers still balance.
    pub fn reset_stats(&self) {
        self.lock().reset_ledger();
    }

    /// How it fares. One that has no trouble of its own shares that of its connector.
    #[must_use]
    pub fn health(&self) -> Health {
        let own = self.vitals.health();
        match own.status {
            Status::Disconnected | Status::Halted => own,
            Status::Connecting | Status::Connected => {
                let shared = self.target().connector.health();
                let is_down = shared.status > Status::Connected;
                if is_down { Health { latency: own.latency, ..shared } } else { own }
            }
        }
    }

    /// The last hundred rows that were set aside, the oldest first.
    #[must_use]
    pub fn set_aside(&self) -> Vec<SetAside> {
        self.shelf.list()
    }

    pub(crate) fn target(&self) -> Arc<Target> {
        Arc::clone(self.lock().target())
    }

    pub(crate) const fn vitals(&self) -> &Vitals {
        &self.vitals
    }

    pub(crate) fn nudges(&self) -> u64 {
        self.lock().nudges()
    }

    /// Whether a write has worked since the sink was last changed.
    pub(crate) fn has_served(&self) -> bool {
        self.lock().has_served()
    }

    pub(crate) fn sweep(&self) {
        self.with(Buffer::expire);
    }

    pub(crate) fn take(&self, at: usize, rows_max: usize, batch: &mut Batch) -> Next {
        self.with(|buffer, after| buffer.take(at, rows_max, batch, after))
    }

    /// Books what became of a batch, which is empty afterwards.
    pub(crate) fn conclude(&self, at: usize, batch: &mut Batch, verdict: &Verdict, took: Duration) {
        for (index, error) in &verdict.set_aside {
            if let Some(row) = batch.rows.get(*index) {
                self.shelve(row, error);
            }
        }
        self.with(|buffer, after| {
            buffer.count_batch(took);
            buffer.settle(at, batch, |index| verdict.fates.of(index), after);
        });
    }

    /// Within a tokio runtime. What follows is left to the caller, who may hold a lock.
    #[must_use]
    pub(crate) fn swap(self: &Arc<Self>, settings: Settings, target: Arc<Target>) -> Aftermath {
        let mut after = Aftermath::default();
        self.lock().swap(settings, target, &mut after);
        self.changed.notify_one();
        self.start_lanes();
        after
    }

    /// Drops what waits and ends the tasks; what is under way is still counted.
    pub(crate) fn end(&self) {
        let left = self.with(|buffer, after| {
            let left = buffer.stats();
            buffer.end(after);
            left
        });
        let carer = self.carer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(carer) = carer {
            carer.abort();
        }
        let dropped = left.waiting.saturating_sub(left.in_flight);
        if dropped > 0 {
            tracing::warn!(name = %self.name, rows = dropped, "action removed with rows waiting");
        }
    }

    pub(crate) fn start_draining(&self) {
        self.with(Buffer::drain);
    }

    /// Waits until no row waits.
    pub(crate) async fn drained(&self) {
        loop {
            let mut emptied = std::pin::pin!(self.emptied.notified());
            emptied.as_mut().enable();
            if self.lock().is_empty() {
                return;
            }
            emptied.await;
        }
    }

    fn start_lanes(self: &Arc<Self>) {
        let lanes = self.lock().lanes_to_start();
        for (at, notify) in lanes {
            let lane = run_lane(Arc::clone(self), at, notify);
            sluice_telemetry::spawn(format!("action {} lane {at}", self.name), lane);
        }
    }

    fn shelve(&self, row: &Row, error: &str) {
        self.shelf.put(SetAside::new(row, error.to_owned()));
        if let Some(rows) = self.asides.note(1) {
            let (name, message) = (&self.name, row.message);
            tracing::warn!(name = %name, rows, %message, reason = %error, "rows set aside");
        }
    }

    /// Changes the buffer, then does what follows without the lock.
    fn with<T>(&self, change: impl FnOnce(&mut Buffer, &mut Aftermath) -> T) -> T {
        let mut after = Aftermath::default();
        let output = change(&mut self.lock(), &mut after);
        self.carry_out(after);
        output
    }

    /// With no lock held.
    pub(crate) fn carry_out(&self, after: Aftermath) {
        for lane in after.woken {
            lane.notify_one();
        }
        for ticket in after.told {
            (self.wake)(ticket);
        }
        if after.is_empty {
            self.emptied.notify_waiters();
        }
        if after.overflowed > 0
            && let Some(rows) = self.overflows.note(after.overflowed)
        {
            tracing::warn!(name = %self.name, rows, "rows dropped: the buffer is full");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox for SinkHandle {
    fn admit(&self, demand: Demand, ticket: Option<Ticket>) -> Admission {
        self.with(|buffer, after| buffer.admit(demand, ticket, after))
    }

    fn release(&self, demand: Demand) {
        self.with(|buffer, after| buffer.release(demand, after));
    }

    fn push(&self, row: &Arc<Row>) {
        self.with(|buffer, after| buffer.push(row, after));
    }

    fn cancel(&self, ticket: Ticket) {
        self.with(|buffer, after| buffer.cancel(ticket, after));
    }

    fn may_wait(&self) -> bool {
        self.with(|buffer, _| buffer.settings().on_full == OnFull::Hold)
    }

    fn durable_lane(&self, _row: &Row) -> Option<(&str, u16)> {
        None
    }
}

impl fmt::Debug for SinkHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkHandle").field("name", &self.name).finish_non_exhaustive()
    }
}
