//! Rows on their way into the buffers of actions, and publishes that wait for room there. It does
//! not know destinations.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use sluice_hub::Input;
use sluice_mqtt::{MessageRef, Packet, QoS, ReasonCode};
use sluice_rule::{ActiveRule, Admission, Demand, Outbox, Row, RuleFile, RuleSet, Ticket};
use sluice_session::Limits;

use crate::stage::{Client, Stage, ack, disconnect, message};

/// A buffer that a scene fills and empties by hand.
struct Buffer {
    rows_max: usize,
    holds: bool,
    is_durable: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    used: usize,
    waiting: VecDeque<Ticket>,
    rows: Vec<String>,
    dropped: usize,
}

impl Buffer {
    fn new(rows_max: usize) -> Arc<Self> {
        Arc::new(Self { rows_max, holds: true, is_durable: false, state: Mutex::default() })
    }

    fn rows(&self) -> Vec<String> {
        self.state.lock().unwrap().rows.clone()
    }

    fn dropped(&self) -> usize {
        self.state.lock().unwrap().dropped
    }

    fn waiting(&self) -> usize {
        self.state.lock().unwrap().waiting.len()
    }

    /// Rows were delivered: who is told next.
    fn deliver(&self, rows: usize) -> Option<Ticket> {
        let mut state = self.state.lock().unwrap();
        state.used -= rows;
        state.waiting.front().copied()
    }
}

impl Outbox for Buffer {
    fn admit(&self, demand: Demand, ticket: Option<Ticket>) -> Admission {
        let mut state = self.state.lock().unwrap();
        let overtakes = state.waiting.front().is_some_and(|front| ticket != Some(*front));
        let fits = state.used + demand.rows <= self.rows_max || state.used == 0;
        if fits && !(overtakes && ticket.is_some()) {
            state.waiting.retain(|waiting| Some(*waiting) != ticket);
            state.used += demand.rows;
            return Admission::Granted;
        }
        if let Some(ticket) = ticket.filter(|_| self.holds) {
            if !state.waiting.contains(&ticket) {
                state.waiting.push_back(ticket);
            }
            return Admission::Wait;
        }
        state.dropped += demand.rows;
        Admission::Dropped
    }

    fn release(&self, demand: Demand) {
        self.state.lock().unwrap().used -= demand.rows;
    }

    fn push(&self, row: &Arc<Row>) {
        self.state.lock().unwrap().rows.push(format!("{} {}", row.index, row.values.to_json()));
    }

    fn cancel(&self, ticket: Ticket) {
        self.state.lock().unwrap().waiting.retain(|waiting| *waiting != ticket);
    }

    fn may_wait(&self) -> bool {
        self.holds
    }

    fn durable_lane(&self, _row: &Row) -> Option<(&str, u16)> {
        self.is_durable.then_some(("r.a", 0))
    }
}

/// Rows of `in/#` go to one webhook, those of `both` to two.
const RULES: &str = r#"
[rules.one]
sql = 'SELECT payload.n AS n FROM "in/#"'
[[rules.one.actions]]
type = "webhook"
connector = "a"

[rules.two]
sql = 'SELECT payload.n AS n FROM "both"'
[[rules.two.actions]]
type = "webhook"
connector = "a"
[[rules.two.actions]]
type = "webhook"
connector = "b"
"#;

/// Puts rules in force whose actions with connector `a` and `b` have these buffers.
fn put(stage: &Stage, text: &str, (a, b): (&Arc<Buffer>, &Arc<Buffer>)) {
    let file = RuleFile::parse("rules.toml", text).unwrap();
    let active = |rule: Arc<sluice_rule::Rule>| {
        let outboxes = rule.actions.iter().map(|action| {
            let buffer = match action.connector.as_deref() {
                Some("a") => Arc::clone(a),
                Some("b") => Arc::clone(b),
                _ => return None,
            };
            Some(buffer as Arc<dyn Outbox>)
        });
        ActiveRule { version: 1, outboxes: outboxes.collect(), rule }
    };
    let mut world = stage.world.borrow_mut();
    let version = world.rules.version() + 1;
    world.rules = Arc::new(RuleSet::new(version, file.rules.into_iter().map(active).collect()));
}

/// A stage with these rules, and a subscriber of everything.
fn stage(text: &str, buffers: (&Arc<Buffer>, &Arc<Buffer>)) -> (Stage, sluice_hub::ConnectionId) {
    let mut stage = Stage::new(Limits { receive_maximum: 4, ..Limits::default() });
    put(&stage, text, buffers);
    let watcher = stage.connect(&Client { id: "watcher", ..Client::default() });
    stage.subscribe(watcher, "#", QoS::AtMostOnce);
    stage.read(watcher);
    (stage, watcher)
}

fn connect(stage: &mut Stage, id: &str) -> sluice_hub::ConnectionId {
    let client = stage.connect(&Client { id, ..Client::default() });
    stage.read(client);
    client
}

/// Rows were delivered, and who waits first is told.
fn deliver(stage: &mut Stage, buffer: &Buffer, rows: usize) {
    if let Some(ticket) = buffer.deliver(rows) {
        stage.handle(Input::Room(ticket));
    }
}

fn matched(stage: &Stage) -> u64 {
    stage.workers[0].rule_counters().map(|(_, counters)| counters.matched).sum()
}

#[test]
fn each_row_goes_to_each_action_once() {
    let (a, b) = (Buffer::new(100), Buffer::new(100));
    let (mut stage, watcher) = stage(RULES, (&a, &b));
    let client = connect(&mut stage, "c");
    stage.publish(client, message("both", r#"{"n": 1}"#, QoS::AtLeastOnce), 1);
    stage.publish(client, message("in/x", r#"{"n": 2}"#, QoS::AtMostOnce), 0);
    assert_eq!(a.rows(), [r#"0 {"n":1}"#, r#"0 {"n":2}"#]);
    assert_eq!(b.rows(), [r#"0 {"n":1}"#]);
    assert_eq!(stage.read(client), ["puback 1 0x00"]);
    assert_eq!(stage.read(watcher).len(), 2);
}

#[test]
fn a_publish_that_finds_no_room_is_neither_routed_nor_retained_until_there_is() {
    let (a, b) = (Buffer::new(1), Buffer::new(1));
    let (mut stage, watcher) = stage(RULES, (&a, &b));
    let client = connect(&mut stage, "c");
    stage.publish(client, message("in/1", r#"{"n": 1}"#, QoS::AtLeastOnce), 1);
    assert_eq!(stage.read(client), ["puback 1 0x00"]);
    let retained = MessageRef { retain: true, ..message("in/2", r#"{"n": 2}"#, QoS::AtLeastOnce) };
    stage.publish(client, retained, 2);
    // What comes after it waits behind it, whether it needs room or not.
    stage.publish(client, message("free", "3", QoS::AtMostOnce), 0);
    stage.publish(client, message("in/4", r#"{"n": 4}"#, QoS::ExactlyOnce), 4);
    stage.send(client, &Packet::PingReq);
    assert_eq!(stage.read(client), ["pingresp"]);
    assert_eq!(stage.read(watcher), [r#"in/1 {"n": 1}"#]);
    assert!(!stage.world.borrow().entries.iter().any(|entry| entry == "Retained"));
    // Another client does not notice.
    let other = connect(&mut stage, "other");
    stage.publish(other, message("free", "x", QoS::AtLeastOnce), 1);
    assert_eq!(stage.read(other), ["puback 1 0x00"]);
    assert_eq!(stage.read(watcher), ["free x"]);
    assert_eq!(matched(&stage), 2, "what waits behind is not looked at");

    deliver(&mut stage, &a, 1);
    assert_eq!(stage.read(client), ["puback 2 0x00"]);
    assert_eq!(stage.read(watcher), [r#"in/2 {"n": 2}"#, "free 3"]);
    deliver(&mut stage, &a, 1);
    assert_eq!(stage.read(client), ["pubrec 4 0x00"]);
    assert_eq!(stage.read(watcher), [r#"in/4 {"n": 4}"#]);
    assert_eq!(a.rows(), [r#"0 {"n":1}"#, r#"0 {"n":2}"#, r#"0 {"n":4}"#]);
    assert_eq!(matched(&stage), 3, "nothing is evaluated twice");
    assert_eq!((a.waiting(), a.dropped()), (0, 0));
    stage.publish(client, message("free", "5", QoS::AtMostOnce), 0);
    assert_eq!(stage.read(watcher), ["free 5"]);
}

#[test]
fn rows_of_qos_0_are_dropped_and_the_message_is_routed() {
    let (a, b) = (Buffer::new(1), Buffer::new(1));
    let (mut stage, watcher) = stage(RULES, (&a, &b));
    let client = connect(&mut stage, "c");
    for n in 0..3 {
        stage.publish(client, message("in/1", &format!(r#"{{"n": {n}}}"#), QoS::AtMostOnce), 0);
    }
    assert_eq!((a.rows().len(), a.dropped()), (1, 2));
    assert_eq!(stage.read(watcher).len(), 3);
}

#[test]
fn nobody_holds_room_while_waiting_elsewhere() {
    let (a, b) = (Buffer::new(1), Buffer::new(1));
    let (mut stage, _) = stage(&format!("{RULES}{ONLY_B}"), (&a, &b));
    let (first, second) = (connect(&mut stage, "first"), connect(&mut stage, "second"));
    stage.publish(first, message("b", r#"{"n": 1}"#, QoS::AtLeastOnce), 1);
    // `a` has room, `b` has none.
    stage.publish(first, message("both", r#"{"n": 2}"#, QoS::AtLeastOnce), 2);
    assert_eq!((a.waiting(), b.waiting()), (0, 1));
    stage.publish(second, message("in/x", r#"{"n": 3}"#, QoS::AtLeastOnce), 3);
    assert_eq!(stage.read(second), ["puback 3 0x00"], "the room in `a` is free for others");
    // Now `b` has room and `a` has none: it waits there instead, once.
    deliver(&mut stage, &b, 1);
    assert_eq!((a.waiting(), b.waiting()), (1, 0));
    assert_eq!(b.state.lock().unwrap().used, 0);
    deliver(&mut stage, &a, 1);
    assert_eq!(stage.read(first), ["puback 1 0x00", "puback 2 0x00"]);
    assert_eq!((a.rows().len(), b.rows().len()), (2, 2));
    assert_eq!((a.waiting(), b.waiting()), (0, 0));
}

const ONLY_B: &str = r#"
[rules.b]
sql = 'SELECT payload.n AS n FROM "b"'
[[rules.b.actions]]
type = "webhook"
connector = "b"
"#;

#[test]
fn a_buffer_that_drops_is_asked_once_and_last() {
    let a =
        Arc::new(Buffer { rows_max: 1, holds: false, is_durable: false, state: Mutex::default() });
    let b = Buffer::new(1);
    let (mut stage, _) = stage(&format!("{RULES}{ONLY_B}"), (&a, &b));
    let client = connect(&mut stage, "c");
    stage.publish(client, message("in/x", r#"{"n": 1}"#, QoS::AtLeastOnce), 1);
    stage.publish(client, message("b", r#"{"n": 2}"#, QoS::AtLeastOnce), 2);
    stage.publish(client, message("both", r#"{"n": 3}"#, QoS::AtLeastOnce), 3);
    assert_eq!((a.dropped(), b.waiting()), (0, 1));
    deliver(&mut stage, &b, 1);
    assert_eq!(a.dropped(), 1);
    assert_eq!(stage.read(client), ["puback 1 0x00", "puback 2 0x00", "puback 3 0x00"]);
}

#[test]
fn a_client_is_not_read_from_when_as_many_publishes_wait_as_may() {
    let (a, b) = (Buffer::new(1), Buffer::new(1));
    let (mut stage, _) = stage(RULES, (&a, &b));
    let client = stage.connect(&Client { id: "c", keep_alive: 1, ..Client::default() });
    stage.read(client);
    for id in 1..=4 {
        stage.publish(client, message("in/x", r#"{"n": 1}"#, QoS::AtLeastOnce), id);
        assert!(stage.asked.held.is_empty(), "{id}");
    }
    stage.publish(client, message("free", "x", QoS::AtMostOnce), 0);
    assert_eq!(stage.asked.held, [(client, true)], "one waits, and three behind it");
    // Who is not read from is not silent.
    stage.wait(10_000);
    assert!(stage.asked.closed.is_empty());
    deliver(&mut stage, &a, 1);
    assert_eq!(stage.asked.held, [(client, true), (client, false)]);
    assert_eq!(stage.read(client), ["puback 1 0x00", "puback 2 0x00"]);
    stage.wait(10_000);
    assert_eq!(stage.asked.closed, [client]);
}

#[test]
fn more_publishes_than_the_receive_maximum_are_a_violation_while_they_wait_too() {
    let (a, b) = (Buffer::new(1), Buffer::new(1));
    let (mut stage, _) = stage(RULES, (&a, &b));
    let client = connect(&mut stage, "c");
    for id in 1..=6 {
        stage.publish(client, message("in/x", r#"{"n": 1}"#, QoS::AtLeastOnce), id);
    }
    assert_eq!(stage.read(client), ["puback 1 0x00", "disconnect 0x93"]);
    assert_eq!(a.waiting(), 0, "its ticket went with it");
}

#[test]
fn what_waits_ends_with_its_connection() {
    let (a, b) = (Buffer::new(1), Buffer::new(1));
    let (mut stage, watcher) = stage(RULES, (&a, &b));
    let client = connect(&mut stage, "c");
    for id in 1..=2 {
        stage.publish(client, message("in/x", r#"{"n": 1}"#, QoS::AtLeastOnce), id);
    }
    stage.publish(client, message("free", "x", QoS::AtMostOnce), 0);
    stage.publish(client, message("$SYS/broker/version", "9", QoS::AtMostOnce), 0);
    stage.subscribe(watcher, "$SYS/broker/#", QoS::AtMostOnce);
    stage.read(watcher);
    stage.send(client, &disconnect(ReasonCode::Success));
    // The client was not told that the broker has it; QoS 0 it will not send again. What it may not
    // say it may not say late either.
    assert_eq!(stage.read(watcher), ["free x"]);
    assert_eq!(stage.workers[0].counters().publishes_refused, 1);
    assert_eq!((a.waiting(), a.rows().len()), (0, 1));
    assert_eq!(stage.workers[0].counters().publishes_abandoned, 1);
    // A new connection of the client, taken over while it waits, leaves nothing either.
    let client = connect(&mut stage, "c");
    stage.publish(client, message("in/x", r#"{"n": 1}"#, QoS::AtLeastOnce), 1);
    assert_eq!(a.waiting(), 1);
    connect(&mut stage, "c");
    assert_eq!(a.waiting(), 0);
}

#[test]
fn a_will_waits_for_room() {
    let (a, b) = (Buffer::new(1), Buffer::new(1));
    let (mut stage, watcher) = stage(TELL_WILLS, (&a, &b));
    let filler = connect(&mut stage, "filler");
    stage.publish(filler, message("will", "x", QoS::AtLeastOnce), 1);
    stage.read(watcher);
    let will = Some(("will", 0));
    let will_qos = QoS::AtLeastOnce;
    let client = Client { id: "c", will, will_qos, ..Client::default() };
    for _ in 0..2 {
        let id = stage.connect(&client);
        stage.gone(id);
    }
    assert_eq!((a.waiting(), stage.read(watcher).len()), (2, 0));
    deliver(&mut stage, &a, 1);
    assert_eq!((a.waiting(), stage.read(watcher)), (1, vec!["will will".to_owned()]));
    // The process ends: better without its row than not at all.
    stage.handle(Input::PublishWills);
    assert_eq!((a.waiting(), stage.read(watcher)), (0, vec!["will will".to_owned()]));
    assert_eq!((a.rows().len(), a.dropped()), (2, 1));
}

const TELL_WILLS: &str = r#"
[rules.will]
sql = 'SELECT clientid FROM "will"'
[[rules.will.actions]]
type = "webhook"
connector = "a"
"#;

#[test]
fn an_acknowledgement_waits_until_a_durable_row_is_logged() {
    let durable = || {
        let state = Mutex::default();
        Arc::new(Buffer { rows_max: 9, holds: true, is_durable: true, state })
    };
    let (a, b) = (durable(), durable());
    let text = format!("{RULES}{RECEIVED}");
    let (mut stage, _) = stage(&text, (&a, &b));
    let client = connect(&mut stage, "c");
    stage.world.borrow_mut().commits_at_once = false;
    stage.publish(client, message("both", r#"{"n": 1}"#, QoS::AtLeastOnce), 1);
    assert!(stage.read(client).is_empty());
    let rows = stage.world.borrow().entries.iter().filter(|entry| *entry == "Row").count();
    assert_eq!(rows, 1, "one entry, however many actions");
    stage.commit();
    assert_eq!(stage.read(client), ["puback 1 0x00"]);
    stage.publish(client, message("fast", r#"{"n": 2}"#, QoS::AtLeastOnce), 2);
    assert_eq!(stage.read(client), ["puback 2 0x00"]);
    stage.send(client, &Packet::PubAck(ack(9)));
}

const RECEIVED: &str = r#"
[rules.fast]
ack = "received"
sql = 'SELECT payload.n AS n FROM "fast"'
[[rules.fast.actions]]
type = "webhook"
connector = "a"
"#;

#[test]
fn events_make_rows_and_never_wait() {
    let (a, b) = (Buffer::new(1), Buffer::new(1));
    let text = r#"
[rules.gone]
sql = 'SELECT clientid FROM "$events/client_disconnected"'
[[rules.gone.actions]]
type = "webhook"
connector = "a"
"#;
    let (mut stage, _) = stage(text, (&a, &b));
    for id in ["x", "y"] {
        let client = connect(&mut stage, id);
        stage.gone(client);
    }
    assert_eq!(a.rows(), [r#"0 {"clientid":"x"}"#]);
    assert_eq!((a.dropped(), a.waiting()), (1, 0));
}

#[test]
fn a_derived_message_is_admitted_with_its_origin() {
    let (a, b) = (Buffer::new(1), Buffer::new(1));
    let (mut stage, watcher) = stage(&format!("{RULES}{DERIVE}"), (&a, &b));
    let client = connect(&mut stage, "c");
    stage.publish(client, message("in/0", r#"{"n": 0}"#, QoS::AtLeastOnce), 1);
    stage.publish(client, message("raw", r#"{"n": 1}"#, QoS::AtLeastOnce), 2);
    stage.read(watcher);
    assert_eq!(stage.read(client), ["puback 1 0x00"]);
    // Meanwhile other rules come into force.
    put(&stage, DERIVE, (&a, &b));
    deliver(&mut stage, &a, 1);
    assert_eq!(stage.read(client), ["puback 2 0x00"]);
    assert_eq!(stage.read(watcher), [r#"raw {"n": 1}"#, r#"in/derived {"n":1}"#]);
    assert_eq!(a.rows().len(), 2);
}

const DERIVE: &str = r#"
[rules.derive]
sql = 'SELECT payload.n AS n FROM "raw"'
[[rules.derive.actions]]
type = "republish"
topic = "in/derived"
"#;

#[test]
fn a_sink_action_without_a_buffer_discards_and_counts() {
    let mut stage = Stage::new(Limits::default());
    stage.world.borrow_mut().rules = Stage::rules(2, RULES);
    let client = connect(&mut stage, "c");
    stage.publish(client, message("both", r#"{"n": 1}"#, QoS::AtLeastOnce), 1);
    let discarded = stage.workers[0].rule_counters().map(|(_, it)| it.actions_discarded);
    assert_eq!(discarded.sum::<u64>(), 2);
    assert_eq!(stage.read(client), ["puback 1 0x10"]);
}
