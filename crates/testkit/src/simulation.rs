//! One run from a seed: clients act at random, then everything comes to rest, then the checkers
//! look. It does not know how the broker works.

use std::fmt::Write as _;

use sluice_hub::Counters;
use sluice_mqtt::{QoS, Version};

use crate::client::{ACT, Client, Cx, TICK, TIMERS};
use crate::ledger::Ledger;
use crate::workload::{self, Sizes, act, rest};
use crate::{End, Engine, Notice, Random, SINKS, Time, Trace};

/// See the module.
pub struct Simulation {
    seed: u64,
    engine: Engine,
    clients: Vec<Client>,
    ledger: Ledger,
    random: Random,
    trace: Trace,
    mode: Mode,
    sizes: Sizes,
    steps: u64,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Over everything that happened.
    pub hash: u64,
    /// The counts of all workers at its end.
    pub counters: Counters,
    /// What was wrong, with the lines of the trace that led to it; empty when all is well.
    pub report: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Only the watcher is there.
    Opening,
    Busy,
    Resting,
    /// Nobody does anything of their own accord.
    Still,
}

impl Simulation {
    /// The run of a seed, not yet begun.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut random = Random::from_seed(seed);
        let sizes = Sizes::draw(&mut random);
        let conditions = workload::conditions(seed, sizes, &mut random);
        let profiles = workload::profiles(&conditions.limits, &mut random);
        let clients = profiles.into_iter().enumerate();
        Self {
            seed,
            engine: Engine::new(conditions),
            clients: clients.map(|(index, profile)| Client::new(index, profile)).collect(),
            ledger: Ledger::default(),
            random,
            trace: Trace::new(TRACE_LINES),
            mode: Mode::Opening,
            sizes,
            steps: 0,
        }
    }

    /// Keeps so many lines of the trace for the report.
    #[must_use]
    pub fn with_trace(mut self, lines: usize) -> Self {
        self.trace = Trace::new(lines);
        self
    }

    /// Runs it to its end.
    #[must_use]
    pub fn run(mut self) -> Outcome {
        self.open();
        self.be_busy();
        self.come_to_rest();
        if self.ledger.violations().is_empty() {
            self.check();
        }
        if self.ledger.violations().is_empty() {
            self.leave();
        }
        let counters = self.engine.sum();
        Outcome { hash: self.trace.hash(), counters, report: self.report() }
    }

    fn open(&mut self) {
        self.engine.publish_rules(workload::rules("a"));
        self.each_client(0..1, |client, cx| client.connect(cx, true));
        self.run_for(Time::seconds(1));
        let everything = [("#".to_owned(), QoS::ExactlyOnce)];
        self.each_client(0..1, |client, cx| client.subscribe(cx, &everything));
        self.run_for(Time::seconds(1));
    }

    fn be_busy(&mut self) {
        self.mode = Mode::Busy;
        for index in 0..self.clients.len() {
            let at = self.engine.now() + Time(self.random.between(0, 500_000));
            self.plan_act(index, at);
        }
        let length = self.random.between(3, 8);
        self.run_for(Time::seconds(length));
        let begun = self.engine.now();
        let over = self.engine.publish_rules(workload::rules("b"));
        self.ledger.rules_swap = Some((begun, over));
        self.run_for(Time::seconds(length));
    }

    fn come_to_rest(&mut self) {
        self.mode = Mode::Resting;
        self.engine.calm_down();
        // The longest Keep Alive of a client that has disappeared runs out, and its will's delay.
        self.run_for(Time::seconds(24));
        for _ in 0..RESTS_MAX {
            let count = self.clients.len();
            self.each_client(0..count, |client, cx| client.ping(cx));
            self.run_for(Time::seconds(4));
            let is_quiet = self.clients.iter().all(Client::is_at_rest);
            if is_quiet && self.engine.sum().waiting == 0 {
                break;
            }
        }
        self.mode = Mode::Still;
    }

    fn check(&mut self) {
        let now = self.engine.now();
        for client in self.clients.iter().filter(|client| !client.is_at_rest()) {
            let what = format!("{} does not come to rest", client.profile.id);
            self.ledger.violation(now, what);
        }
        let sum = self.engine.sum();
        let clients = u64::try_from(self.clients.len()).unwrap_or(0);
        if (sum.sessions, sum.connections_open) != (clients, clients) {
            let (sessions, open) = (sum.sessions, sum.connections_open);
            let what = format!("{clients} clients have {sessions} sessions, {open} connections");
            self.ledger.violation(now, what);
        }
        let dropped = sum.dropped_queue_full;
        let watcher = self.clients.first().and_then(|client| client.session.as_ref());
        if let Some(watcher) = watcher.map(|session| session.record) {
            if dropped == 0 {
                self.ledger.check_derived(watcher, now);
                self.ledger.check_wills(watcher, now);
                self.ledger.check_nothing_between(now);
            }
            self.ledger.check_obligations(now, dropped);
            for sink in 0..SINKS {
                let seen = self.engine.sink(sink);
                let holds = self.engine.holds(sink);
                let watcher = (dropped == 0).then_some(watcher);
                self.ledger.check_rows(watcher, (&seen, holds), now);
            }
        }
        let owed = self.engine.log().owed();
        if !owed.is_empty() {
            let what = format!("the log owes what everybody has: {owed:?}");
            self.ledger.violation(now, what);
        }
        self.look_at_retained();
    }

    /// A new client subscribes to everything that is retained.
    fn look_at_retained(&mut self) {
        let Some(profile) = self.clients.first().map(|client| client.profile.clone()) else {
            return;
        };
        let profile = crate::client::Profile { id: "late".to_owned(), ..profile };
        let index = self.clients.len();
        self.clients.push(Client::new(index, profile));
        self.each_client(index..index + 1, |client, cx| client.connect(cx, false));
        self.run_for(Time::seconds(1));
        let everything = [("#".to_owned(), QoS::ExactlyOnce)];
        self.each_client(index..index + 1, |client, cx| client.subscribe(cx, &everything));
        self.run_for(Time::seconds(2));
        let session = self.clients.get(index).and_then(|client| client.session.as_ref());
        if let Some(session) = session.map(|session| session.record)
            && self.engine.sum().dropped_queue_full == 0
        {
            let now = self.engine.now();
            self.ledger.check_retained(session, now);
        }
    }

    /// All clients end their sessions; nothing must be left of them.
    fn leave(&mut self) {
        let count = self.clients.len();
        self.each_client(0..count, |client, cx| {
            client.disconnect(cx, sluice_mqtt::ReasonCode::Success);
            client.profile.expiry = 0;
            client.profile.clean = 100;
            client.profile.wills = 0;
        });
        self.run_for(Time::seconds(4));
        self.each_client(0..count, |client, cx| client.connect(cx, true));
        self.run_for(Time::seconds(2));
        self.each_client(0..count, |client, cx| {
            client.disconnect(cx, sluice_mqtt::ReasonCode::Success);
        });
        self.run_for(Time::seconds(4));
        let now = self.engine.now();
        let sum = self.engine.sum();
        let left = [
            ("connections", sum.connections_open),
            ("sessions", sum.sessions),
            ("waiting messages", sum.waiting),
            ("subscriptions", u64::try_from(self.engine.subscriptions()).unwrap_or(u64::MAX)),
        ];
        for (what, count) in left.into_iter().filter(|(_, count)| *count > 0) {
            self.ledger.violation(now, format!("{count} {what} are left of nobody"));
        }
        for what in self.engine.check_rule_counters() {
            self.ledger.violation(now, what);
        }
        if sum.sent != self.ledger.first_sent {
            let written = self.ledger.first_sent;
            let what = format!("{} messages were counted as sent, {written} written", sum.sent);
            self.ledger.violation(now, what);
        }
    }

    fn run_for(&mut self, time: Time) {
        let until = self.engine.now() + time;
        // What follows a violation is noise.
        while self.ledger.violations().is_empty()
            && let Some(notice) = self.engine.step(until)
        {
            let now = self.engine.now();
            self.steps += 1;
            if self.steps == STEPS_MAX {
                self.ledger.violation(now, format!("{STEPS_MAX} events, and no end"));
            }
            if let Some(notice) = notice {
                self.notice(notice);
            }
            for tapped in self.engine.take_tapped() {
                self.trace.line(now, format_args!("{:?} {}", tapped.wire, tapped.packet));
                self.ledger.tapped(&tapped, &self.engine.log());
            }
            for violation in self.engine.take_violations() {
                self.ledger.violation(now, violation);
            }
        }
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Readable(wire) => {
                let count = self.clients.len();
                self.each_client(0..count, |client, cx| client.readable(cx, wire));
            }
            Notice::Timer(key) => {
                let index = usize::try_from(key / TIMERS).unwrap_or(usize::MAX);
                if key % TIMERS == TICK {
                    self.each_client(index..index + 1, |client, cx| client.ticked(cx));
                    return;
                }
                let (mode, sizes) = (self.mode, self.sizes);
                self.each_client(index..index + 1, |client, cx| match mode {
                    Mode::Opening | Mode::Still => {}
                    Mode::Busy => act(client, cx, sizes),
                    Mode::Resting => rest(client, cx),
                });
                if mode == Mode::Busy && self.random.chance(2) {
                    self.vandalise();
                }
                let pause = match mode {
                    Mode::Opening | Mode::Still => return,
                    Mode::Busy => self.random.between(10_000, 300_000),
                    Mode::Resting => 400_000,
                };
                let at = self.engine.now() + Time(pause);
                self.plan_act(index, at);
            }
        }
    }

    /// Somebody connects, talks nonsense and leaves. It must harm nobody.
    fn vandalise(&mut self) {
        let bytes = workload::vandalism(self.steps, &mut self.random);
        let worker = self.random.index(self.engine.workers());
        let wire = self.engine.connect(worker, Version::V5);
        self.engine.send(wire, &bytes);
        self.engine.leave(wire, End::Finished);
    }

    fn plan_act(&mut self, index: usize, at: Time) {
        self.engine.timer(at, u64::try_from(index).unwrap_or(0) * TIMERS + ACT);
    }

    fn each_client(
        &mut self,
        range: std::ops::Range<usize>,
        mut f: impl FnMut(&mut Client, &mut Cx<'_>),
    ) {
        let mut cx = Cx {
            engine: &mut self.engine,
            ledger: &mut self.ledger,
            random: &mut self.random,
            trace: &mut self.trace,
        };
        for client in self.clients.get_mut(range).unwrap_or_default() {
            f(client, &mut cx);
        }
    }

    fn report(&self) -> String {
        let mut report = String::new();
        if self.ledger.violations().is_empty() {
            return report;
        }
        // Writing to a string does not fail.
        let _written = writeln!(report, "SIMULATION_SEED={}", self.seed);
        for line in self.trace.lines() {
            let _written = writeln!(report, "    {line}");
        }
        for (at, violation) in self.ledger.violations() {
            let _written = writeln!(report, "  {at} {violation}");
        }
        report
    }
}

const TRACE_LINES: usize = 60;
/// Four seconds each.
const RESTS_MAX: usize = 15;
/// More events than any run needs.
const STEPS_MAX: u64 = 400_000;
