//! The buffers of actions in a run, and the outside systems behind them: bounded, now and then
//! away, never losing what they took. It does not know what rows must come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sluice_rule::{ActiveRule, Admission, Demand, Outbox, Row, Rule, Ticket};

use crate::{Random, Time};

/// What the buffers of a run are like.
#[derive(Clone, Debug)]
pub struct SinkConditions {
    /// Rows that each buffer takes.
    pub rows_max: [usize; SINKS],
    /// Whether a full one makes publishers wait; it drops otherwise.
    pub holds: [bool; SINKS],
    /// Whether rows are logged and acknowledgements wait for that.
    pub is_durable: bool,
    /// Microseconds between two deliveries, at least and at most.
    pub pause: (u64, u64),
    /// Rows of a delivery.
    pub batch: usize,
    /// Of a hundred deliveries, how many find the outside system away for seconds.
    pub away: u64,
}

impl SinkConditions {
    /// Room for everything, at once.
    #[must_use]
    pub const fn calm() -> Self {
        Self {
            rows_max: [1_000_000; SINKS],
            holds: [true; SINKS],
            is_durable: false,
            pause: (100, 100),
            batch: 1_000,
            away: 0,
        }
    }
}

/// How many there are.
pub const SINKS: usize = 2;
/// The connectors that rules of a run name.
const NAMES: [&str; SINKS] = ["first", "second"];

/// See the module.
pub(super) struct Sinks {
    buffers: [Arc<Buffer>; SINKS],
    conditions: SinkConditions,
}

impl Sinks {
    pub(super) fn new(conditions: SinkConditions) -> Self {
        let buffer = |index: usize| {
            Arc::new(Buffer {
                rows_max: conditions.rows_max.get(index).copied().unwrap_or(1),
                holds: conditions.holds.get(index).copied().unwrap_or(true),
                is_durable: conditions.is_durable,
                state: Mutex::default(),
            })
        };
        Self { buffers: [buffer(0), buffer(1)], conditions }
    }

    /// The rule with its buffers.
    pub(super) fn activate(&self, rule: Arc<Rule>, version: u64) -> ActiveRule {
        let outbox = |name: &str| -> Option<Arc<dyn Outbox>> {
            let at = NAMES.iter().position(|known| *known == name)?;
            let buffer = self.buffers.get(at)?;
            Some(Arc::<Buffer>::clone(buffer))
        };
        let outboxes = rule.actions.iter();
        let outboxes = outboxes.map(|action| action.connector.as_deref().and_then(outbox));
        ActiveRule { outboxes: outboxes.collect(), version, rule }
    }

    /// Some rows arrive outside; when the next ones do.
    pub(super) fn deliver(&self, sink: usize, random: &mut Random) -> Time {
        let (low, high) = self.conditions.pause;
        if random.chance(self.conditions.away) {
            return Time(random.between(high, AWAY));
        }
        if let Some(buffer) = self.buffers.get(sink) {
            buffer.deliver(self.conditions.batch);
        }
        Time(random.between(low, high))
    }

    /// Outside everything works from now on.
    pub(super) const fn calm_down(&mut self) {
        self.conditions.pause = (1_000, 1_000);
        self.conditions.batch = 1_000;
        self.conditions.away = 0;
    }

    /// Tickets whose turn has come since the last look.
    pub(super) fn take_woken(&self) -> Vec<Ticket> {
        self.buffers.iter().flat_map(|buffer| std::mem::take(&mut buffer.lock().woken)).collect()
    }

    /// Looks into a buffer.
    pub(super) fn seen(&self, sink: usize) -> SinkSeen {
        self.buffers.get(sink).map_or_else(SinkSeen::default, |buffer| buffer.seen())
    }
}

/// A buffer and what is behind it, for checkers.
#[derive(Clone, Debug, Default)]
pub struct SinkSeen {
    /// What arrived, in order.
    pub arrived: Vec<Arc<Row>>,
    /// Rows that were dropped.
    pub dropped: usize,
    /// Rows that still wait, and room that is taken.
    pub left: (usize, usize),
    /// Publishes that wait for room.
    pub waiting: usize,
    /// More rows than there was room for.
    pub overfull: usize,
}

struct Buffer {
    rows_max: usize,
    holds: bool,
    is_durable: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Room that is taken.
    used: usize,
    rows: VecDeque<Arc<Row>>,
    arrived: Vec<Arc<Row>>,
    dropped: usize,
    waiting: VecDeque<Ticket>,
    /// Whether the first that waits was told that its turn has come.
    first_is_told: bool,
    woken: Vec<Ticket>,
    overfull: usize,
}

impl Buffer {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(&self, rows: usize) {
        let mut state = self.lock();
        for _ in 0..rows {
            let Some(row) = state.rows.pop_front() else { break };
            state.used -= 1;
            state.arrived.push(row);
        }
        self.tell_first(&mut state);
    }

    fn tell_first(&self, state: &mut State) {
        if state.used < self.rows_max
            && !state.first_is_told
            && let Some(first) = state.waiting.front().copied()
        {
            state.first_is_told = true;
            state.woken.push(first);
        }
    }

    fn seen(&self) -> SinkSeen {
        let state = self.lock();
        SinkSeen {
            arrived: state.arrived.clone(),
            dropped: state.dropped,
            left: (state.rows.len(), state.used),
            waiting: state.waiting.len(),
            overfull: state.overfull,
        }
    }
}

impl Outbox for Buffer {
    fn admit(&self, demand: Demand, ticket: Option<Ticket>) -> Admission {
        let mut state = self.lock();
        let is_first = ticket.is_some() && state.waiting.front() == ticket.as_ref();
        let fits = state.used + demand.rows <= self.rows_max || state.used == 0;
        let overtakes = ticket.is_some() && !is_first && !state.waiting.is_empty();
        if fits && !overtakes {
            state.used += demand.rows;
            if is_first {
                state.waiting.pop_front();
                state.first_is_told = false;
                self.tell_first(&mut state);
            }
            return Admission::Granted;
        }
        let Some(ticket) = ticket.filter(|_| self.holds) else {
            state.dropped += demand.rows;
            return Admission::Dropped;
        };
        if is_first {
            state.first_is_told = false;
        } else if !state.waiting.contains(&ticket) {
            state.waiting.push_back(ticket);
        }
        Admission::Wait
    }

    fn release(&self, demand: Demand) {
        let mut state = self.lock();
        state.used -= demand.rows;
        self.tell_first(&mut state);
    }

    fn push(&self, row: &Arc<Row>) {
        let mut state = self.lock();
        state.rows.push_back(Arc::clone(row));
        if state.rows.len() > state.used {
            state.overfull += 1;
        }
    }

    fn cancel(&self, ticket: Ticket) {
        let mut state = self.lock();
        if state.waiting.front() == Some(&ticket) {
            state.first_is_told = false;
        }
        state.waiting.retain(|waiting| *waiting != ticket);
        self.tell_first(&mut state);
    }

    fn may_wait(&self) -> bool {
        self.holds
    }

    fn durable_lane(&self, _row: &Row) -> Option<(&str, u16)> {
        self.is_durable.then_some(("sink", 0))
    }
}

/// The longest absence of an outside system, in microseconds.
const AWAY: u64 = 4_000_000;
