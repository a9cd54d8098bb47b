//! What the scenes stand on: workers with a world that one thread owns, and clients that are bytes.
//! It does not know what is right.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use sluice_hub::{
    CloseReason, ConnectionId, Effects, Entropy, Input, Placement, Report, Shared, Worker,
};
use sluice_journal::{Entry, Position, Store};
use sluice_mqtt::{
    Ack, Connect, Disconnect, Frame, Message, MessageRef, Packet, PacketId, Properties, Property,
    PropertyList, Publish, QoS, ReasonCode, ReasonCodes, SubscribeEntry, SubscriptionOptions,
    UnixMillis, Version, Will, encode_subscribe,
};
use sluice_router::{
    Retain, RetainedLimits, RetainedStore, SubscriptionChange, SubscriptionTree, WorkerId,
};
use sluice_rule::{RuleFile, RuleSet};
use sluice_session::{Limits, Now};
use sluice_topic::TopicFilter;

/// What all workers share.
pub(crate) struct World {
    tree: SubscriptionTree,
    retained: RetainedStore,
    pub(crate) rules: Arc<RuleSet>,
    /// Rules that come into force when something is retained.
    pub(crate) rules_at_retain: Option<Arc<RuleSet>>,
    appended: u64,
    committed: u64,
    /// Whether nobody waits for the log.
    pub(crate) commits_at_once: bool,
    /// Whether the next look at the log panics.
    pub(crate) panics: bool,
    /// The entries of the log, by name.
    pub(crate) entries: Vec<String>,
    session_key: u64,
}

/// One worker's handle.
#[derive(Clone)]
pub(crate) struct TestShared(pub(crate) Rc<RefCell<World>>);

impl Store for TestShared {
    fn append(&mut self, entry: &Entry<'_>) -> Position {
        let world = &mut *self.0.borrow_mut();
        let text = format!("{entry:?}");
        world.entries.push(text.split([' ', '{']).next().unwrap_or_default().to_owned());
        world.appended += 1;
        Position(world.appended)
    }

    fn committed(&self) -> Position {
        let world = &mut *self.0.borrow_mut();
        assert!(!std::mem::take(&mut world.panics), "as the scene wants it");
        Position(if world.commits_at_once { world.appended } else { world.committed })
    }
}

impl Shared for TestShared {
    fn subscriptions_version(&self) -> u64 {
        self.0.borrow().tree.version()
    }

    fn subscriptions(&self) -> SubscriptionTree {
        self.0.borrow().tree.clone()
    }

    fn change_subscriptions(&mut self, changes: &[SubscriptionChange]) {
        self.0.borrow_mut().tree.apply(changes);
    }

    fn retain(&mut self, message: &MessageRef<'_>) -> Retain {
        let world = &mut *self.0.borrow_mut();
        if let Some(rules) = world.rules_at_retain.take() {
            world.rules = rules;
        }
        let limits = RetainedLimits { messages_max: 100_000, bytes_max: usize::MAX };
        world.retained.retain(message, limits)
    }

    fn retained(
        &self,
        filter: &TopicFilter,
        after: Option<&str>,
        now: UnixMillis,
        limit: usize,
    ) -> Vec<Message> {
        self.0.borrow().retained.part(filter, after, now, limit)
    }

    fn rules_version(&self) -> u64 {
        self.0.borrow().rules.version()
    }

    fn rules(&self) -> Arc<RuleSet> {
        Arc::clone(&self.0.borrow().rules)
    }

    fn session_key(&mut self) -> u64 {
        let world = &mut *self.0.borrow_mut();
        world.session_key += 1;
        world.session_key
    }
}

/// What the workers asked for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) closed: Vec<ConnectionId>,
    pub(crate) held: Vec<(ConnectionId, bool)>,
    pub(crate) handed_over: Vec<(ConnectionId, WorkerId, Vec<u8>)>,
    pub(crate) reports: Vec<String>,
}

impl Effects for Asked {
    fn close(&mut self, connection: ConnectionId) {
        self.closed.push(connection);
    }

    fn hand_over(&mut self, connection: ConnectionId, home: WorkerId, unread: &[u8]) {
        self.handed_over.push((connection, home, unread.to_vec()));
    }

    fn hold(&mut self, connection: ConnectionId, held: bool) {
        self.held.push((connection, held));
    }

    fn report(&mut self, report: Report<'_>) {
        self.reports.push(format!("{report:?}"));
    }
}

/// Workers, and the time.
pub(crate) struct Stage {
    pub(crate) workers: Vec<Worker<TestShared>>,
    pub(crate) world: Rc<RefCell<World>>,
    pub(crate) asked: Asked,
    pub(crate) now: Now,
    entropy: Entropy,
}

impl Stage {
    pub(crate) fn new(limits: Limits) -> Self {
        Self::with_workers(1, limits)
    }

    pub(crate) fn with_workers(workers: u16, limits: Limits) -> Self {
        let world = Rc::new(RefCell::new(World {
            tree: SubscriptionTree::with_seed(1),
            retained: RetainedStore::default(),
            rules: Arc::new(RuleSet::new(1, Vec::<sluice_rule::ActiveRule>::new())),
            rules_at_retain: None,
            appended: 0,
            committed: 0,
            commits_at_once: true,
            panics: false,
            entries: Vec::new(),
            session_key: 0,
        }));
        let limits = Arc::new(limits);
        let worker = |index| {
            let placement =
                Placement { worker: WorkerId(index), workers, seed: 7, node: "node".into() };
            Worker::new(placement, Arc::clone(&limits), TestShared(Rc::clone(&world)))
        };
        Self {
            workers: (0..workers).map(worker).collect(),
            world,
            asked: Asked::default(),
            now: Now { monotonic: 1000, unix_nanos: 1_000_000_000_000 },
            entropy: Entropy::from_seed(3),
        }
    }

    pub(crate) fn accept(&mut self) -> ConnectionId {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        self.workers[0].accept(address, address, self.now)
    }

    pub(crate) fn handle(&mut self, input: Input<'_>) {
        self.handle_at(0, input);
    }

    pub(crate) fn handle_at(&mut self, worker: usize, input: Input<'_>) {
        self.workers[worker].handle(self.now, &mut self.entropy, input, &mut self.asked);
    }

    pub(crate) fn send(&mut self, id: ConnectionId, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(Version::V5, &mut bytes);
        self.handle(Input::Received(id, &bytes));
    }

    /// A 5.0 client that is let in.
    pub(crate) fn connect(&mut self, client: &Client<'_>) -> ConnectionId {
        let id = self.accept();
        self.handle(Input::Received(id, &client.connect()));
        id
    }

    pub(crate) fn subscribe(&mut self, id: ConnectionId, filter: &str, qos: QoS) {
        self.handle(Input::Received(id, &subscribe(&[filter], qos)));
    }

    pub(crate) fn publish(&mut self, id: ConnectionId, message: MessageRef<'_>, packet: u16) {
        let packet_id = (message.qos > QoS::AtMostOnce).then(|| packet_id(packet));
        self.send(id, &Packet::Publish(Publish { dup: false, packet_id, message }));
    }

    pub(crate) fn gone(&mut self, id: ConnectionId) {
        self.handle(Input::Closed(id, CloseReason::ByPeer));
    }

    /// Time passes; deadlines are looked at as a driver does.
    pub(crate) fn wait(&mut self, millis: u64) {
        let end = self.now.monotonic + millis;
        while let Some(deadline) = self.workers[0].deadline().filter(|at| *at <= end) {
            self.advance_to(deadline.max(self.now.monotonic));
            self.handle(Input::DeadlinePassed);
        }
        self.advance_to(end);
    }

    fn advance_to(&mut self, monotonic: u64) {
        self.now.unix_nanos += (monotonic - self.now.monotonic) * 1_000_000;
        self.now.monotonic = monotonic;
    }

    /// The log has become durable so far.
    pub(crate) fn commit(&mut self) {
        self.commit_to(self.appended());
    }

    pub(crate) fn appended(&self) -> u64 {
        self.world.borrow().appended
    }

    pub(crate) fn commit_to(&mut self, position: u64) {
        self.world.borrow_mut().committed = position;
        for worker in 0..self.workers.len() {
            self.handle_at(worker, Input::Committed);
        }
    }

    /// The packets that the client reads now.
    pub(crate) fn read(&mut self, id: ConnectionId) -> Vec<String> {
        let mut read = Vec::new();
        loop {
            let bytes = self.workers[0].unwritten(id).to_vec();
            if bytes.is_empty() {
                return read;
            }
            self.handle(Input::Wrote(id, bytes.len()));
            let mut rest = &bytes[..];
            while let Some(frame) = Frame::cut(rest, u32::MAX).unwrap() {
                rest = &rest[frame.size..];
                read.push(describe(&Packet::decode(&frame, Version::V5).unwrap()));
            }
        }
    }

    /// What the rules of this file text say is in force from now on.
    pub(crate) fn rules(version: u64, text: &str) -> Arc<RuleSet> {
        let rules = RuleFile::parse("rules.toml", text).unwrap().rules;
        Arc::new(RuleSet::new(version, rules))
    }
}

/// A CONNECT of version 5.0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client<'c> {
    pub(crate) id: &'c str,
    pub(crate) clean_start: bool,
    pub(crate) keep_alive: u16,
    pub(crate) expiry: u32,
    pub(crate) receive_maximum: Option<u16>,
    /// Topic and delay.
    pub(crate) will: Option<(&'c str, u32)>,
    pub(crate) will_qos: QoS,
}

impl Client<'_> {
    pub(crate) fn connect(&self) -> Vec<u8> {
        let mut properties = PropertyList::new();
        properties.push(Property::SessionExpiryInterval(self.expiry));
        if let Some(maximum) = self.receive_maximum {
            properties.push(Property::ReceiveMaximum(maximum));
        }
        let mut will_properties = PropertyList::new();
        if let Some((_, delay)) = self.will {
            will_properties.push(Property::WillDelayInterval(delay));
        }
        let will = self.will.map(|(topic, _)| Will {
            message: MessageRef {
                properties: will_properties.as_properties(),
                ..message(topic, "will", self.will_qos)
            },
        });
        let mut bytes = Vec::new();
        let connect = Connect {
            version: Version::V5,
            is_bridge: false,
            clean_start: self.clean_start,
            keep_alive: self.keep_alive,
            client_id: self.id,
            will,
            username: None,
            password: None,
            properties: properties.as_properties(),
        };
        connect.encode(&mut bytes);
        bytes
    }
}

pub(crate) fn message<'b>(topic: &'b str, payload: &'b str, qos: QoS) -> MessageRef<'b> {
    MessageRef {
        topic,
        payload: payload.as_bytes(),
        qos,
        retain: false,
        properties: Properties::EMPTY,
        expires_at: None,
    }
}

pub(crate) fn packet_id(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

pub(crate) fn subscribe(filters: &[&str], qos: QoS) -> Vec<u8> {
    let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
    let entries: Vec<_> = filters.iter().map(|filter| SubscribeEntry { filter, options }).collect();
    let mut bytes = Vec::new();
    encode_subscribe(packet_id(9), Properties::EMPTY, &entries, Version::V5, &mut bytes);
    bytes
}

pub(crate) fn disconnect(reason: ReasonCode) -> Packet<'static> {
    Packet::Disconnect(Disconnect { reason, properties: Properties::EMPTY })
}

pub(crate) fn ack(id: u16) -> Ack<'static> {
    Ack::new(packet_id(id), ReasonCode::Success)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "scenes look at what servers send")]
fn describe(packet: &Packet<'_>) -> String {
    let ack = |name: &str, ack: &Ack<'_>| {
        format!("{name} {} {:#04x}", ack.packet_id.get(), ack.reason.as_u8())
    };
    let list = |name: &str, reasons: ReasonCodes<'_>| {
        let failures = reasons.iter().filter(|reason| reason.is_failure()).count();
        let codes = reasons.iter().map(|reason| format!(" {:02x}", reason.as_u8()));
        if failures == 0 { name.to_owned() } else { name.to_owned() + &codes.collect::<String>() }
    };
    match packet {
        Packet::ConnAck(packet) => format!("connack {:#04x}", packet.reason.as_u8()),
        Packet::Publish(publish) => {
            let payload = String::from_utf8_lossy(publish.message.payload);
            format!("{} {payload}", publish.message.topic)
        }
        Packet::PubAck(packet) => ack("puback", packet),
        Packet::PubRec(packet) => ack("pubrec", packet),
        Packet::PubRel(packet) => ack("pubrel", packet),
        Packet::PubComp(packet) => ack("pubcomp", packet),
        Packet::SubAck(packet) => list("suback", packet.reasons),
        Packet::UnsubAck(packet) => list("unsuback", packet.reasons),
        Packet::PingResp => "pingresp".to_owned(),
        Packet::Disconnect(packet) => format!("disconnect {:#04x}", packet.reason.as_u8()),
        other => panic!("a server does not send {other:?}"),
    }
}
