//! What the scenes stand on: a calm broker, and clients that write packets and read lines. It does
//! not know what is right.

use std::collections::BTreeMap;

use sluice_mqtt::{
    Ack, AckType, Connect, Disconnect, Frame, MessageRef, Packet, PacketId, Properties, Property,
    PropertyList, Publish, QoS, ReasonCode, ReasonCodes, SubscribeEntry, SubscriptionOptions,
    Version, Will, encode_subscribe, encode_unsubscribe,
};
use sluice_session::Limits;
use sluice_testkit::{Conditions, End, Engine, Time, WireId};

/// A broker on which nothing is late.
pub(crate) struct Stage {
    pub(crate) engine: Engine,
    partial: BTreeMap<WireId, Vec<u8>>,
    versions: BTreeMap<WireId, Version>,
    workers: usize,
    connections: usize,
}

/// Plays a scene on one worker, and on several with clients at home in different places.
pub(crate) fn play(limits: &Limits, scene: impl Fn(&mut Stage)) {
    for (workers, seed) in [(1, 1), (2, 1), (2, 2), (2, 3), (3, 4), (4, 5)] {
        let conditions = Conditions { seed, limits: limits.clone(), ..Conditions::calm(workers) };
        scene(&mut Stage::new(conditions));
    }
}

impl Stage {
    pub(crate) fn new(conditions: Conditions) -> Self {
        let workers = usize::from(conditions.workers);
        Self {
            engine: Engine::new(conditions),
            partial: BTreeMap::new(),
            versions: BTreeMap::new(),
            workers,
            connections: 0,
        }
    }

    /// Opens a connection, on each worker in turn.
    pub(crate) fn dial(&mut self, version: Version) -> WireId {
        self.connections += 1;
        let wire = self.engine.connect(self.connections % self.workers, version);
        self.versions.insert(wire, version);
        self.settle();
        wire
    }

    /// A client that is let in.
    pub(crate) fn connect(&mut self, client: &Client<'_>) -> WireId {
        let wire = self.dial(client.version);
        self.bytes(wire, &client.encode());
        let connack = self.partial_read(wire, 1);
        assert!(connack[0].starts_with("connack 0x00"), "{connack:?}");
        wire
    }

    /// The same, and whether its session was there.
    pub(crate) fn resume(&mut self, client: &Client<'_>) -> (WireId, bool) {
        let wire = self.dial(client.version);
        self.bytes(wire, &client.encode());
        let connack = self.partial_read(wire, 1);
        assert!(connack[0].starts_with("connack 0x00"), "{connack:?}");
        (wire, connack[0].contains("present"))
    }

    pub(crate) fn bytes(&mut self, wire: WireId, bytes: &[u8]) {
        self.engine.send(wire, bytes);
        self.settle();
    }

    pub(crate) fn send(&mut self, wire: WireId, packet: &Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(self.versions[&wire], &mut bytes);
        self.bytes(wire, &bytes);
    }

    /// Publishes: `(QoS, packet identifier)`.
    pub(crate) fn publish(
        &mut self,
        wire: WireId,
        topic: &str,
        payload: &str,
        (qos, id): (u8, u16),
    ) {
        self.publish_message(wire, &message(topic, payload, qos), id);
    }

    pub(crate) fn publish_message(&mut self, wire: WireId, message: &MessageRef<'_>, id: u16) {
        let packet_id = PacketId::new(id).filter(|_| message.qos > QoS::AtMostOnce);
        self.send(wire, &Packet::Publish(Publish { dup: false, packet_id, message: *message }));
    }

    pub(crate) fn ack(&mut self, wire: WireId, ack_type: AckType, id: u16) {
        self.ack_with(wire, ack_type, id, ReasonCode::Success);
    }

    pub(crate) fn ack_with(&mut self, wire: WireId, ack_type: AckType, id: u16, code: ReasonCode) {
        let mut bytes = Vec::new();
        Ack::new(packet_id(id), code).encode(ack_type, self.versions[&wire], &mut bytes);
        self.bytes(wire, &bytes);
    }

    /// Subscribes and takes SUBACK.
    pub(crate) fn subscribe(&mut self, wire: WireId, filter: &str, qos: u8) {
        let options = SubscriptionOptions { qos: qos_of(qos), ..SubscriptionOptions::default() };
        self.subscribe_with(wire, filter, options, 0);
    }

    pub(crate) fn subscribe_with(
        &mut self,
        wire: WireId,
        filter: &str,
        options: SubscriptionOptions,
        identifier: u32,
    ) {
        let mut properties = PropertyList::new();
        if identifier > 0 {
            properties.push(Property::SubscriptionIdentifier(identifier));
        }
        let entries = [SubscribeEntry { filter, options }];
        let properties = properties.as_properties();
        let mut bytes = Vec::new();
        let version = self.versions[&wire];
        encode_subscribe(packet_id(900), properties, &entries, version, &mut bytes);
        self.bytes(wire, &bytes);
        let suback = self.partial_read(wire, 1);
        assert_eq!(suback, [format!("suback 900 {:02x}", options.qos.as_u8())]);
    }

    /// Subscribes and does not wait.
    pub(crate) fn ask(&mut self, wire: WireId, filter: &str, options: SubscriptionOptions) {
        let entries = [SubscribeEntry { filter, options }];
        let mut bytes = Vec::new();
        let (version, none) = (self.versions[&wire], Properties::EMPTY);
        encode_subscribe(packet_id(900), none, &entries, version, &mut bytes);
        self.bytes(wire, &bytes);
    }

    pub(crate) fn unsubscribe(&mut self, wire: WireId, filters: &[&str]) {
        let mut bytes = Vec::new();
        let version = self.versions[&wire];
        encode_unsubscribe(packet_id(901), Properties::EMPTY, filters, version, &mut bytes);
        self.bytes(wire, &bytes);
    }

    pub(crate) fn disconnect(&mut self, wire: WireId, reason: ReasonCode) {
        self.disconnect_with(wire, reason, Properties::EMPTY);
    }

    pub(crate) fn disconnect_with(
        &mut self,
        wire: WireId,
        reason: ReasonCode,
        properties: Properties<'_>,
    ) {
        self.send(wire, &Packet::Disconnect(Disconnect { reason, properties }));
    }

    /// The connection breaks.
    pub(crate) fn lose(&mut self, wire: WireId) {
        self.engine.leave(wire, End::Broken);
        self.settle();
    }

    /// Time passes.
    pub(crate) fn wait(&mut self, time: Time) {
        let until = self.engine.now() + time;
        while self.engine.step(until).is_some() {}
        let violations = self.engine.take_violations();
        assert!(violations.is_empty(), "{violations:?}");
    }

    /// Everything that follows at once happens.
    pub(crate) fn settle(&mut self) {
        self.wait(Time::default());
    }

    /// The packets that have come, as lines; `closed` when nothing more can.
    pub(crate) fn read(&mut self, wire: WireId) -> Vec<String> {
        self.partial_read(wire, usize::MAX)
    }

    fn partial_read(&mut self, wire: WireId, packets: usize) -> Vec<String> {
        let (bytes, mut end) = self.engine.read(wire, usize::MAX);
        let mut all = self.partial.remove(&wire).unwrap_or_default();
        all.extend(bytes);
        self.settle();
        loop {
            // Reading makes room for more.
            let (bytes, later) = self.engine.read(wire, usize::MAX);
            end = end.or(later);
            if bytes.is_empty() {
                break;
            }
            all.extend(bytes);
            self.settle();
        }
        let mut rest = &all[..];
        let mut lines = Vec::new();
        while lines.len() < packets
            && let Some(frame) = Frame::cut(rest, u32::MAX).unwrap()
        {
            rest = &rest[frame.size..];
            lines.push(describe(&Packet::decode(&frame, self.versions[&wire]).unwrap()));
        }
        if end.is_some() && rest.is_empty() && lines.len() < packets {
            lines.push("closed".to_owned());
        }
        self.partial.insert(wire, rest.to_vec());
        lines
    }
}

/// A CONNECT.
#[derive(Clone, Debug)]
pub(crate) struct Client<'c> {
    pub(crate) id: &'c str,
    pub(crate) version: Version,
    pub(crate) clean_start: bool,
    pub(crate) keep_alive: u16,
    pub(crate) expiry: u32,
    pub(crate) receive_maximum: Option<u16>,
    pub(crate) maximum_packet_size: Option<u32>,
    /// Topic, payload, delay.
    pub(crate) will: Option<(&'c str, &'c str, u32)>,
}

impl<'c> Client<'c> {
    /// Of 5.0, with a session that ends with its connection.
    pub(crate) const fn new(id: &'c str) -> Self {
        Self {
            id,
            version: Version::V5,
            clean_start: false,
            keep_alive: 0,
            expiry: 0,
            receive_maximum: None,
            maximum_packet_size: None,
            will: None,
        }
    }

    /// Of 5.0, with a session that stays for an hour.
    pub(crate) const fn lasting(id: &'c str) -> Self {
        Self { expiry: 3600, ..Self::new(id) }
    }

    /// Of 3.1.1, with a session that stays.
    pub(crate) const fn v3(id: &'c str) -> Self {
        Self { version: Version::V3_1_1, ..Self::new(id) }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut properties = PropertyList::new();
        let mut will_properties = PropertyList::new();
        if self.version == Version::V5 {
            properties.push(Property::SessionExpiryInterval(self.expiry));
            properties.extend(self.receive_maximum.map(Property::ReceiveMaximum));
            properties.extend(self.maximum_packet_size.map(Property::MaximumPacketSize));
            if let Some((_, _, delay)) = self.will {
                will_properties.push(Property::WillDelayInterval(delay));
            }
        }
        let will = self.will.map(|(topic, payload, _)| Will {
            message: MessageRef {
                properties: will_properties.as_properties(),
                ..message(topic, payload, 0)
            },
        });
        let connect = Connect {
            version: self.version,
            is_bridge: false,
            clean_start: self.clean_start,
            keep_alive: self.keep_alive,
            client_id: self.id,
            will,
            username: None,
            password: None,
            properties: properties.as_properties(),
        };
        let mut bytes = Vec::new();
        connect.encode(&mut bytes);
        bytes
    }
}

pub(crate) fn message<'b>(topic: &'b str, payload: &'b str, qos: u8) -> MessageRef<'b> {
    MessageRef {
        topic,
        payload: payload.as_bytes(),
        qos: qos_of(qos),
        retain: false,
        properties: Properties::EMPTY,
        expires_at: None,
    }
}

/// A SUBSCRIBE at QoS 0.
pub(crate) fn subscribe(filter: &str) -> Vec<u8> {
    let entries = [SubscribeEntry { filter, options: SubscriptionOptions::default() }];
    let mut bytes = Vec::new();
    encode_subscribe(packet_id(900), Properties::EMPTY, &entries, Version::V5, &mut bytes);
    bytes
}

pub(crate) fn qos_of(level: u8) -> QoS {
    QoS::from_bits(level).unwrap()
}

pub(crate) fn packet_id(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

/// One line for each packet: `publish t/a text q1 #3 dup retain ids [1] expires 5`.
#[expect(clippy::wildcard_enum_match_arm, reason = "scenes look at what servers send")]
fn describe(packet: &Packet<'_>) -> String {
    let ack = |name: &str, ack: &Ack<'_>| {
        format!("{name} {} {:#04x}", ack.packet_id.get(), ack.reason.as_u8())
    };
    let codes = |reasons: ReasonCodes<'_>| {
        reasons.iter().map(|reason| format!(" {:02x}", reason.as_u8())).collect::<String>()
    };
    match packet {
        Packet::ConnAck(ack) => {
            let present = if ack.session_present { " present" } else { "" };
            format!("connack {:#04x}{present}", ack.reason.as_u8())
        }
        Packet::Publish(publish) => describe_publish(publish),
        Packet::PubAck(packet) => ack("puback", packet),
        Packet::PubRec(packet) => ack("pubrec", packet),
        Packet::PubRel(packet) => ack("pubrel", packet),
        Packet::PubComp(packet) => ack("pubcomp", packet),
        Packet::SubAck(packet) => {
            format!("suback {}{}", packet.packet_id.get(), codes(packet.reasons))
        }
        Packet::UnsubAck(packet) => {
            format!("unsuback {}{}", packet.packet_id.get(), codes(packet.reasons))
        }
        Packet::PingResp => "pingresp".to_owned(),
        Packet::Disconnect(packet) => format!("disconnect {:#04x}", packet.reason.as_u8()),
        other => panic!("a server does not send {other:?}"),
    }
}

fn describe_publish(publish: &Publish<'_>) -> String {
    let message = &publish.message;
    let payload = String::from_utf8_lossy(message.payload);
    let mut line = format!("publish {} {payload} q{}", message.topic, message.qos.as_u8());
    if let Some(id) = publish.packet_id {
        line += &format!(" #{id}");
    }
    if publish.dup {
        line += " dup";
    }
    if message.retain {
        line += " retain";
    }
    let identifiers: Vec<u32> = message.properties.subscription_identifiers().collect();
    if !identifiers.is_empty() {
        line += &format!(" ids {identifiers:?}");
    }
    if let Some(seconds) = message.properties.message_expiry_interval() {
        line += &format!(" expires {seconds}");
    }
    line
}
