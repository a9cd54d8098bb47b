//! The broker of a run: workers, the network to them, and the log, moved by one queue of events. It
//! does not know what clients do; whoever drives it says so between two steps.

mod conditions;
mod net;
mod sinks;
mod station;
mod stream;
mod tap;
mod wire;

use std::cell::{Ref, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use sluice_hub::{Counters, Placement};
use sluice_mqtt::Version;
use sluice_router::{RetainedLimits, WorkerId};
use sluice_rule::{ActiveRule, Rule, RuleSet};

use crate::log::Log;
use crate::schedule::Schedule;
use crate::shared::World;
use crate::{Random, Time};

pub use conditions::Conditions;
use net::{Net, Side};
use sinks::Sinks;
pub use sinks::{SINKS, SinkConditions, SinkSeen};
use station::{Farewell, Mail, Parcel, Station, Turn};
pub use stream::{End, Weather};
pub use tap::{Tapped, TappedPacket};
pub use wire::WireId;

/// What the driver hears of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Bytes or the end of a connection reached its client.
    Readable(WireId),
    /// A timer of the driver's went off.
    Timer(u64),
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Turn(usize),
    Arrive(WireId, Side),
    Commit,
    /// A worker sees the newest rules from now on.
    Rules(usize),
    /// Rows may arrive at an outside system.
    Deliver(usize),
    Timer(u64),
}

/// See the module.
pub struct Engine {
    now: Time,
    schedule: Schedule<Event>,
    random: Random,
    conditions: Conditions,
    net: Net,
    stations: Vec<Station>,
    world: Rc<RefCell<World>>,
    commit_planned: bool,
    newest_rules: Arc<RuleSet>,
    sinks: Sinks,
}

impl Engine {
    /// A broker to which nobody is connected.
    #[must_use]
    pub fn new(conditions: Conditions) -> Self {
        let workers = usize::from(conditions.workers);
        let retained = RetainedLimits { messages_max: 10_000, bytes_max: 64 * 1024 * 1024 };
        let world = Rc::new(RefCell::new(World::new(conditions.seed, workers, retained)));
        world.borrow_mut().log.is_immediate = conditions.commit.is_none();
        let limits = Arc::new(conditions.limits.clone());
        let stations = (0..conditions.workers)
            .map(|worker| {
                let placement = Placement {
                    worker: WorkerId(worker),
                    workers: conditions.workers,
                    seed: conditions.seed,
                    node: "sluice@simulation".into(),
                };
                Station::new(placement, &limits, &world)
            })
            .collect();
        let mut schedule = Schedule::default();
        for sink in 0..SINKS {
            schedule.push(Time::default(), Event::Deliver(sink));
        }
        Self {
            now: Time::default(),
            schedule,
            sinks: Sinks::new(conditions.sinks.clone()),
            random: Random::from_seed(conditions.seed ^ 0x656E_6769_6E65),
            net: Net::new(conditions.weather),
            conditions,
            stations,
            world,
            commit_planned: false,
            newest_rules: Arc::new(RuleSet::new(1, Vec::<ActiveRule>::new())),
        }
    }

    /// What time it is.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// Threads of the broker.
    #[must_use]
    pub const fn workers(&self) -> usize {
        self.stations.len()
    }

    /// A client opens a connection; the system gives it to this worker.
    pub fn connect(&mut self, worker: usize, version: Version) -> WireId {
        let wire = self.net.open(worker, version);
        if let Some(station) = self.stations.get_mut(worker) {
            station.incoming.push_back(wire);
        }
        self.wake(worker);
        wire
    }

    /// A client sends bytes.
    pub fn send(&mut self, wire: WireId, bytes: &[u8]) {
        self.net.send_up(wire, bytes, (self.now, &mut self.random));
        self.plan_arrivals();
    }

    /// A client reads what has arrived, up to `max` bytes; and whether its connection has ended.
    pub fn read(&mut self, wire: WireId, max: usize) -> (Vec<u8>, Option<End>) {
        let now = self.now;
        let Some(state) = self.net.wire(wire) else { return (Vec::new(), Some(End::Broken)) };
        let was_full = state.down.room() == 0;
        let bytes = state.down.read(max, now);
        let end = state.down.ended(now);
        let (worker, connection) = (state.worker, state.connection);
        if was_full
            && !bytes.is_empty()
            && let Some(connection) = connection
            && let Some(station) = self.stations.get_mut(worker)
        {
            station.list(connection);
            self.wake(worker);
        }
        (bytes, end)
    }

    /// A client closes a connection, or breaks it off at any byte.
    pub fn leave(&mut self, wire: WireId, end: End) {
        self.net.leave(wire, end, (self.now, &mut self.random));
        self.plan_arrivals();
    }

    /// A client disappears and nobody is told.
    pub fn vanish(&mut self, wire: WireId) {
        self.net.vanish(wire);
    }

    /// [`Notice::Timer`] comes at this time.
    pub fn timer(&mut self, at: Time, key: u64) {
        self.schedule.push(at.max(self.now), Event::Timer(key));
    }

    /// Makes these the rules. Workers see them one after the other; the publication is over when
    /// all do, at the time given back.
    pub fn publish_rules(&mut self, rules: Vec<Arc<Rule>>) -> Time {
        let version = self.newest_rules.version() + 1;
        let rules = rules.into_iter().map(|rule| self.sinks.activate(rule, version)).collect();
        self.newest_rules = Arc::new(RuleSet::new::<ActiveRule>(version, rules));
        let mut over = self.now;
        for worker in 0..self.stations.len() {
            let delay = self.random.between(self.conditions.post.0, self.conditions.post.1);
            let at = self.now + Time(delay);
            over = over.max(at);
            self.schedule.push(at, Event::Rules(worker));
        }
        over
    }

    /// The process ends: the wills of all clients are published.
    pub fn publish_wills(&mut self) {
        self.farewell(Farewell::PublishWills);
    }

    /// The process ends: all clients are told and disconnected.
    pub fn disconnect_all(&mut self) {
        self.farewell(Farewell::DisconnectAll);
    }

    /// Nothing is late or cut from now on.
    pub fn calm_down(&mut self) {
        self.net.weather.latency = (100, 100);
        self.net.weather.piece = (65_536, 65_536);
        self.sinks.calm_down();
        if self.conditions.commit.is_some() {
            self.conditions.commit = Some((200, 500));
        }
    }

    /// Goes on to the next event at or before `until`; `None` when there is none. Most events are
    /// no news for the driver.
    pub fn step(&mut self, until: Time) -> Option<Option<Notice>> {
        if self.schedule.next().is_none_or(|at| at > until) {
            self.now = self.now.max(until);
            return None;
        }
        let (at, event) = self.schedule.pop()?;
        self.now = self.now.max(at);
        let notice = match event {
            Event::Turn(worker) => {
                self.turn(worker);
                None
            }
            Event::Arrive(wire, Side::Worker) => {
                self.arrive(wire);
                None
            }
            Event::Arrive(wire, Side::Client) => Some(Notice::Readable(wire)),
            Event::Commit => {
                self.commit();
                None
            }
            Event::Rules(worker) => {
                if let Some(rules) = self.world.borrow_mut().rules.get_mut(worker) {
                    *rules = Arc::clone(&self.newest_rules);
                }
                None
            }
            Event::Deliver(sink) => {
                let pause = self.sinks.deliver(sink, &mut self.random);
                self.schedule.push(self.now + pause, Event::Deliver(sink));
                None
            }
            Event::Timer(key) => Some(Notice::Timer(key)),
        };
        self.tell_of_room();
        Some(notice)
    }

    /// A buffer and what is behind it.
    #[must_use]
    pub fn sink(&self, sink: usize) -> SinkSeen {
        self.sinks.seen(sink)
    }

    /// Publishes of one client that the broker takes at once.
    #[must_use]
    pub fn receive_maximum(&self) -> usize {
        usize::from(self.conditions.limits.receive_maximum)
    }

    /// Whether a full buffer makes publishers wait.
    #[must_use]
    pub fn holds(&self, sink: usize) -> bool {
        self.conditions.sinks.holds.get(sink).copied().unwrap_or(true)
    }

    /// What workers wrote since the last look.
    pub fn take_tapped(&mut self) -> Vec<Tapped> {
        std::mem::take(&mut self.net.tapped)
    }

    /// What must never happen, and did, since the last look.
    pub fn take_violations(&mut self) -> Vec<String> {
        let mut violations = std::mem::take(&mut self.net.violations);
        for station in &mut self.stations {
            violations.extend(station.take_panics());
        }
        violations
    }

    /// The log.
    #[must_use]
    pub fn log(&self) -> Ref<'_, Log> {
        Ref::map(self.world.borrow(), |world| &world.log)
    }

    /// Subscriptions over all sessions.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.world.borrow().tree.len()
    }

    /// Each worker's counts.
    pub fn counters(&self) -> impl Iterator<Item = Counters> {
        self.stations.iter().map(|station| station.hub.counters())
    }

    /// The counts of all workers.
    #[must_use]
    pub fn sum(&self) -> Counters {
        let mut sum = Counters::default();
        self.counters().for_each(|counters| sum.add(&counters));
        sum
    }

    /// What is wrong with the counts of the rules: every evaluation and every message that they
    /// made is accounted for.
    #[must_use]
    pub fn check_rule_counters(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for station in &self.stations {
            let mut made = 0;
            for (rule, count) in station.hub.rule_counters() {
                made += count.actions_success;
                if count.matched != count.passed + count.no_result + count.failed
                    || count.failed + count.actions_failed > 0
                {
                    wrong.push(format!("worker {}: {rule}: {count:?}", station.index));
                }
            }
            let derived = station.hub.counters().messages_derived;
            if made != derived {
                let worker = station.index;
                wrong.push(format!("worker {worker}: {made} actions made {derived} messages"));
            }
        }
        wrong
    }

    /// Tickets whose turn has come travel to their workers.
    fn tell_of_room(&mut self) {
        for ticket in self.sinks.take_woken() {
            let to = usize::from(ticket.worker);
            self.post(to, vec![Parcel { to, mail: Mail::Room(ticket) }]);
        }
    }

    fn turn(&mut self, worker: usize) {
        let Some(station) = self.stations.get_mut(worker) else { return };
        if station.turn_at != Some(self.now) {
            return;
        }
        station.turn_at = None;
        let began = station.turn_begins;
        let mut turn = Turn {
            now: self.now,
            began,
            net: &mut self.net,
            random: &mut self.random,
            conditions: &self.conditions,
            parcels: Vec::new(),
        };
        station.turn(&mut turn);
        let parcels = turn.parcels;
        self.post(worker, parcels);
        self.plan_arrivals();
        self.plan_commit();
        self.wake(worker);
    }

    fn farewell(&mut self, farewell: Farewell) {
        for worker in 0..self.stations.len() {
            if let Some(station) = self.stations.get_mut(worker) {
                station.farewells.push_back(farewell);
            }
            self.wake(worker);
        }
    }

    fn post(&mut self, from: usize, parcels: Vec<Parcel>) {
        for Parcel { to, mail } in parcels {
            let delay = match mail {
                Mail::Batch(_) | Mail::HandOver(..) | Mail::Room(_) => self.conditions.post,
            };
            let at = self.now + Time(self.random.between(delay.0, delay.1));
            if let Some(station) = self.stations.get_mut(to) {
                station.post(from, at, mail);
            }
            self.wake(to);
        }
    }

    /// Plans the worker's next turn, when it wants one before the one that is planned.
    fn wake(&mut self, worker: usize) {
        let (low, high) = self.conditions.wake;
        let Some(station) = self.stations.get_mut(worker) else { return };
        let Some(wanted) = station.wants_turn_at(self.now) else { return };
        if station.turn_at.is_some_and(|at| at <= wanted.max(self.now)) {
            return;
        }
        let begins = wanted.max(self.now) + Time(self.random.between(low, high));
        let (low, high) = self.conditions.turn;
        let at = begins + Time(self.random.between(low, high));
        if station.turn_at.is_none_or(|planned| at < planned) {
            station.turn_at = Some(at);
            station.turn_begins = begins;
            self.schedule.push(at, Event::Turn(worker));
        }
    }

    fn arrive(&mut self, id: WireId) {
        let now = self.now;
        let Some(wire) = self.net.wire(id) else { return };
        let Some(connection) = wire.connection else { return };
        let worker = wire.worker;
        if wire.up.is_readable(now)
            && let Some(station) = self.stations.get_mut(worker)
        {
            station.list(connection);
            self.wake(worker);
        }
    }

    fn plan_arrivals(&mut self) {
        for arrival in self.net.arrivals.drain(..) {
            self.schedule.push(arrival.at, Event::Arrive(arrival.wire, arrival.side));
        }
    }

    fn plan_commit(&mut self) {
        let Some((low, high)) = self.conditions.commit else { return };
        let log = &self.world.borrow().log;
        if !self.commit_planned && log.committed().0 < log.last() {
            self.commit_planned = true;
            let delay = self.random.between(low, high);
            self.schedule.push(self.now + Time(delay), Event::Commit);
        }
    }

    fn commit(&mut self) {
        self.commit_planned = false;
        {
            let log = &mut self.world.borrow_mut().log;
            // A group commit covers what was there when it began.
            let upto = self.random.between(log.committed().0 + 1, log.last());
            log.commit(upto);
        }
        for worker in 0..self.stations.len() {
            if let Some(station) = self.stations.get_mut(worker) {
                station.has_commit = true;
            }
            self.wake(worker);
        }
        self.plan_commit();
    }
}
