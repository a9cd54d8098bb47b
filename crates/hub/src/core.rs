//! What a worker holds beside the incoming halves of its connections: while one connection is
//! handled, all of this may change. It does not know how bytes become packets.

mod deliver;
mod deliveries;
mod derived;
pub(crate) mod evaluate;
mod held;
mod publish;
mod retained;
mod rows;
pub(crate) mod session_end;
mod system;

use std::hash::BuildHasher;
use std::sync::Arc;

use sluice_journal::{Entry, Position, SessionKey};
use sluice_mqtt::{Disconnect, Packet, Properties, ReasonCode, Version};
use sluice_router::{RouteCache, SessionRef, SubscriptionTree, WorkerId};
use sluice_rule::RuleCounters;
use sluice_session::{Fate, Limits, MillisSinceStart, Now, Turn};

use self::deliveries::Deliveries;
use self::evaluate::Evaluator;
use self::held::HeldPublishes;
use crate::links::Links;
use crate::sessions::Sessions;
use crate::timers::{TimerKey, Timers};
use crate::worker::Placement;
use crate::{Batch, Counters, Entropy, Shared};

pub(crate) use held::{Later, is_will};
pub(crate) use publish::{Publication, Published};
pub(crate) use system::is_system;

/// See the module.
pub(crate) struct Core<S> {
    pub(crate) placement: Placement,
    pub(crate) limits: Arc<Limits>,
    pub(crate) shared: S,
    pub(crate) links: Links,
    pub(crate) sessions: Sessions,
    pub(crate) timers: Timers,
    pub(crate) counters: Counters,
    /// The snapshot that routes are computed from.
    tree: SubscriptionTree,
    evaluator: Evaluator,
    routes: RouteCache,
    /// What this turn has for other workers, by worker.
    batches: Vec<Batch>,
    spare_batches: Vec<Batch>,
    /// A QoS 0 fan-out's frame, encoded once for each version.
    frames: deliver::Frames,
    last_message: u64,
    /// Receivers that messages were routed to, on all workers: the measure of work.
    pub(crate) routed: u64,
    /// Sessions with a delivery that waits for the log.
    awaiting_log: Vec<u32>,
    /// What became of messages that are in the log, to be entered there.
    outcomes: Vec<deliver::Outcome>,
    /// What rules are to be told of deliveries.
    pub(crate) deliveries: Deliveries,
    /// Publishes that wait for room in the buffers of actions.
    pub(crate) held: HeldPublishes,
    /// Connections that another one took over in this turn.
    pub(crate) evicted: Vec<u32>,
}

/// What one call brings along.
pub(crate) struct Cx<'c, E> {
    pub(crate) now: Now,
    pub(crate) entropy: &'c mut Entropy,
    pub(crate) effects: &'c mut E,
}

impl<S: Shared> Core<S> {
    pub(crate) fn new(placement: Placement, limits: Arc<Limits>, shared: S) -> Self {
        let seed = placement.seed;
        let tree = shared.subscriptions();
        let maximum_packet_size = limits.maximum_packet_size;
        let node = Arc::clone(&placement.node);
        let evaluator = Evaluator::new(shared.rules(), node, maximum_packet_size);
        let mut deliveries = Deliveries::default();
        deliveries.take_rules(evaluator.rules());
        Self {
            limits,
            links: Links::default(),
            sessions: Sessions::new(placement.worker, seed),
            timers: Timers::default(),
            counters: Counters::default(),
            tree,
            evaluator,
            routes: RouteCache::with_seed(seed),
            batches: (0..placement.workers).map(|_| Batch::default()).collect(),
            spare_batches: Vec::new(),
            frames: deliver::Frames::default(),
            last_message: 0,
            routed: 0,
            awaiting_log: Vec::new(),
            outcomes: Vec::new(),
            deliveries,
            held: HeldPublishes::default(),
            evicted: Vec::new(),
            placement,
            shared,
        }
    }

    /// Looks for newer snapshots. Called after each socket read, so that nobody who was told of a
    /// change before it sent is routed by an older state.
    pub(crate) fn refresh(&mut self) {
        self.refresh_subscriptions();
        if self.shared.rules_version() != self.evaluator.rules().version() {
            self.evaluator.take(self.shared.rules());
            self.deliveries.take_rules(self.evaluator.rules());
        }
    }

    /// In the middle of a publish: its rules stay, since what it led to names them by their place.
    pub(crate) fn refresh_subscriptions(&mut self) {
        if self.shared.subscriptions_version() != self.tree.version() {
            self.tree = self.shared.subscriptions();
        }
    }

    /// The rules in force with this worker's counts of each.
    pub(crate) fn rule_counters(&self) -> impl Iterator<Item = (&str, &RuleCounters)> {
        self.evaluator.counters()
    }

    /// What this worker has done.
    pub(crate) const fn counters(&self) -> Counters {
        let mut counters = self.counters;
        counters.panics += self.evaluator.panics();
        counters
    }

    pub(crate) fn home_of(&self, client_id: &str) -> WorkerId {
        let hasher = foldhash::quality::FixedState::with_seed(self.placement.seed);
        let workers = u64::from(self.placement.workers.max(1));
        let worker = hasher.hash_one(client_id) % workers;
        WorkerId(u16::try_from(worker).unwrap_or(0))
    }

    /// One other worker that this turn has something for.
    pub(crate) fn take_batch(&mut self) -> Option<(WorkerId, Batch)> {
        let index = self.batches.iter().position(|batch| !batch.is_empty())?;
        let spare = self.spare_batches.pop().unwrap_or_default();
        let batch = std::mem::replace(self.batches.get_mut(index)?, spare);
        Some((WorkerId(u16::try_from(index).unwrap_or(u16::MAX)), batch))
    }

    /// Takes back a batch that was handled: as many come in as go out, more or less.
    pub(crate) fn reuse_batch(&mut self, mut batch: Batch) {
        if self.spare_batches.len() < SPARE_BATCHES {
            batch.clear();
            self.spare_batches.push(batch);
        }
    }

    pub(crate) fn turn<'t>(&self, limits: &'t Limits, now: Now) -> Turn<'t> {
        Turn { now, committed: self.shared.committed(), limits }
    }

    pub(crate) fn session_ref(&self, slot: u32) -> Option<SessionRef> {
        self.sessions.reference(slot)
    }

    /// Tells a 5.0 client why its connection ends; the socket is closed by the caller.
    pub(crate) fn say_goodbye(&mut self, slot: u32, reason: ReasonCode) {
        if let Some(link) = self.links.writable(slot)
            && link.version == Version::V5
        {
            let properties = Properties::default();
            link.send(&Packet::Disconnect(Disconnect { reason, properties }));
        }
    }

    /// Sends what a session may be sent now.
    pub(crate) fn pump(&mut self, slot: u32, now: Now) {
        let limits = Arc::clone(&self.limits);
        let turn = self.turn(&limits, now);
        let Self { sessions, links, deliveries, counters, outcomes, .. } = self;
        let Some(home) = sessions.get_mut(slot) else { return };
        let Some(link) = home.session.connection.and_then(|at| links.writable(at)) else {
            return;
        };
        let receiver = deliveries.are_wanted().then(|| Arc::clone(&home.session.facts));
        let key = home.session.key;
        let pumped = home.session.pump(link, turn, &mut |queued, fate, packet_id| {
            let told = (queued.qos, fate);
            outcomes.extend(deliver::Outcome::of((key, queued.logged), told, packet_id));
            if fate == Fate::Sent {
                counters.publish_sent(queued.qos, queued.message.payload_len());
            }
            if let Some(receiver) = &receiver {
                deliveries.left(receiver, queued, fate);
            }
        });
        counters.pumped(pumped);
        for packet_id in home.session.take_given_up() {
            self.log_durable(slot, |session| Entry::SentComplete { session, packet_id });
        }
        self.log_outcomes();
        self.feed_retained(slot, now);
    }

    /// The log is durable further on: sends what waited for it.
    pub(crate) fn pump_waiting(&mut self, now: Now) {
        for slot in std::mem::take(&mut self.awaiting_log) {
            self.pump(slot, now);
            let committed = self.shared.committed();
            let Some(home) = self.sessions.get_mut(slot) else { continue };
            home.session.is_listed = home.session.awaits_log(committed);
            if home.session.is_listed {
                self.awaiting_log.push(slot);
            }
        }
    }

    pub(crate) fn arm_session(&mut self, slot: u32, deadline: Option<MillisSinceStart>) {
        if let Some(home) = self.sessions.get_mut(slot) {
            self.timers.set(TimerKey::Session(slot), &mut home.deadline, deadline);
        }
    }

    /// Enters a fact of a session that outlives its connection; others are not logged, and nobody
    /// waits for them.
    pub(crate) fn log_durable<'e>(
        &mut self,
        slot: u32,
        entry: impl FnOnce(SessionKey) -> Entry<'e>,
    ) -> Position {
        match self.sessions.get(slot) {
            Some(home) if home.session.is_durable() => {
                self.shared.append(&entry(SessionKey(home.session.key)))
            }
            _ => Position::START,
        }
    }

    pub(crate) fn log_session(&mut self, slot: u32, ended: Option<Now>) -> Position {
        let Some(home) = self.sessions.get(slot) else { return Position::START };
        if !home.session.is_durable() {
            return Position::START;
        }
        self.shared.append(&Entry::Session {
            session: SessionKey(home.session.key),
            client_id: &home.session.facts.client_id,
            expiry: home.session.expiry,
            disconnected_at: ended.map(Now::unix_millis),
        })
    }
}

/// Emptied batches kept for later turns.
const SPARE_BATCHES: usize = 8;
