//! The client against packets that a server would send.

use sluice_mqtt::{AckType, Property, PropertyList, QoS, encode_ack};

use super::*;

struct Peer {
    client: Client,
    now: Instant,
    out: Vec<u8>,
    version: Version,
}

impl Peer {
    fn new(version: Version, connack: &PropertyList) -> Self {
        let options = ConnectOptions { keep_alive: 10, ..ConnectOptions::new(version, "c") };
        let mut out = Vec::new();
        let now = crate::clock::now();
        let client = Client::connect(&options, now, &mut out);
        let mut peer = Self { client, now, out, version };
        assert!(matches!(peer.sent().as_slice(), [Packet::Connect(_)]));
        let event = peer.feed(&Packet::ConnAck(ConnAck {
            session_present: false,
            reason: ReasonCode::Success,
            properties: connack.as_properties(),
        }));
        assert_eq!(event.unwrap(), "Connected { session_present: false }");
        peer
    }

    /// The event of a packet from the server, shown, or the error.
    fn feed(&mut self, packet: &Packet<'_>) -> Result<String, String> {
        let mut bytes = Vec::new();
        packet.encode(self.version, &mut bytes);
        match self.client.receive(&bytes, &mut self.out) {
            Ok(Some(Received { size, event, .. })) => {
                assert_eq!(size, bytes.len());
                Ok(event.map(|event| show(&event)).unwrap_or_default())
            }
            Ok(None) => panic!("a whole packet was not taken"),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The packets that the client has written, and forgets them.
    fn sent(&mut self) -> Vec<Packet<'static>> {
        let bytes = std::mem::take(&mut self.out).leak();
        let mut rest = &*bytes;
        let mut packets = Vec::new();
        while let Some(frame) = Frame::cut(rest, u32::MAX).unwrap() {
            rest = &rest[frame.size..];
            packets.push(Packet::decode(&frame, self.version).unwrap());
        }
        packets
    }

    fn publish(&mut self, qos: QoS) -> Option<PacketId> {
        self.client.publish(message("t", qos), self.now, &mut self.out)
    }
}

fn show(event: &Event<'_>) -> String {
    match event {
        Event::Message { message, .. } => format!("message {}", message.topic),
        Event::Published { packet_id, reason } => format!("published {packet_id} {reason:?}"),
        Event::Connected { .. }
        | Event::Refused(_)
        | Event::Subscribed(_)
        | Event::Unsubscribed(_)
        | Event::Disconnected(_) => format!("{event:?}"),
    }
}

fn message(topic: &str, qos: QoS) -> MessageRef<'_> {
    MessageRef {
        topic,
        payload: b"p",
        qos,
        retain: false,
        properties: Properties::EMPTY,
        expires_at: None,
    }
}

fn id(id: u16) -> PacketId {
    PacketId::new(id).unwrap()
}

fn delivery(topic: &str, qos: QoS, packet_id: Option<u16>) -> Packet<'_> {
    let packet_id = packet_id.map(id);
    Packet::Publish(Publish { dup: false, packet_id, message: message(topic, qos) })
}

fn ack(packet: fn(Ack<'static>) -> Packet<'static>, packet_id: u16) -> Packet<'static> {
    acknowledge(packet, id(packet_id), ReasonCode::Success)
}

#[test]
fn messages_at_every_qos_are_answered_once() {
    let mut peer = Peer::new(Version::V3_1_1, &PropertyList::new());
    assert_eq!(peer.feed(&delivery("a", QoS::AtMostOnce, None)).unwrap(), "message a");
    assert!(peer.sent().is_empty());
    assert_eq!(peer.feed(&delivery("b", QoS::AtLeastOnce, Some(5))).unwrap(), "message b");
    assert_eq!(peer.sent(), [ack(Packet::PubAck, 5)]);
    assert_eq!(peer.feed(&delivery("c", QoS::ExactlyOnce, Some(6))).unwrap(), "message c");
    assert_eq!(peer.feed(&delivery("c", QoS::ExactlyOnce, Some(6))).unwrap(), "");
    assert_eq!(peer.sent(), [ack(Packet::PubRec, 6), ack(Packet::PubRec, 6)]);
    assert_eq!(peer.feed(&ack(Packet::PubRel, 6)).unwrap(), "");
    assert_eq!(peer.sent(), [ack(Packet::PubComp, 6)]);
    assert_eq!(peer.feed(&delivery("c", QoS::ExactlyOnce, Some(6))).unwrap(), "message c");
}

#[test]
fn a_publish_is_settled_by_its_last_answer() {
    let mut peer = Peer::new(Version::V3_1_1, &PropertyList::new());
    assert_eq!(peer.publish(QoS::AtMostOnce), None);
    assert!(peer.client.is_settled());
    assert_eq!(peer.publish(QoS::AtLeastOnce), Some(id(1)));
    assert_eq!(peer.publish(QoS::ExactlyOnce), Some(id(2)));
    peer.sent();
    assert_eq!(peer.feed(&ack(Packet::PubRec, 2)).unwrap(), "");
    assert_eq!(peer.sent(), [ack(Packet::PubRel, 2)]);
    assert_eq!(peer.feed(&ack(Packet::PubComp, 2)).unwrap(), "published 2 Success");
    assert!(!peer.client.is_settled());
    assert_eq!(peer.feed(&ack(Packet::PubAck, 1)).unwrap(), "published 1 Success");
    assert!(peer.client.is_settled());
    assert_eq!(peer.feed(&ack(Packet::PubAck, 1)).unwrap(), "");
}

#[test]
fn a_refused_publish_is_settled_too() {
    let mut peer = Peer::new(Version::V5, &PropertyList::new());
    peer.publish(QoS::ExactlyOnce);
    let refusal = acknowledge(Packet::PubRec, id(1), ReasonCode::QuotaExceeded);
    assert_eq!(peer.feed(&refusal).unwrap(), "published 1 QuotaExceeded");
    assert!(peer.client.is_settled());
}

#[test]
fn the_server_s_receive_maximum_holds_publishes_back() {
    let mut properties = PropertyList::new();
    properties.push(Property::ReceiveMaximum(1));
    let mut peer = Peer::new(Version::V5, &properties);
    assert!(peer.client.may_publish());
    peer.publish(QoS::AtLeastOnce);
    assert!(!peer.client.may_publish());
    peer.feed(&ack(Packet::PubAck, 1)).unwrap();
    assert!(peer.client.may_publish());
}

#[test]
fn a_release_of_nothing_is_answered_with_its_reason() {
    let mut peer = Peer::new(Version::V5, &PropertyList::new());
    peer.feed(&ack(Packet::PubRel, 9)).unwrap();
    peer.feed(&ack(Packet::PubRec, 8)).unwrap();
    let reason = ReasonCode::PacketIdentifierNotFound;
    let answers =
        [acknowledge(Packet::PubComp, id(9), reason), acknowledge(Packet::PubRel, id(8), reason)];
    assert_eq!(peer.sent(), answers);
}

#[test]
fn aliases_stand_for_topics_within_their_limit() {
    let mut options = ConnectOptions::new(Version::V5, "c");
    options.properties.push(Property::TopicAliasMaximum(2));
    let mut peer = Peer::new(Version::V5, &PropertyList::new());
    peer.client.topic_aliases_max = options.topic_aliases_max();
    let mut feed = |topic, alias| {
        let mut properties = PropertyList::new();
        properties.push(Property::TopicAlias(alias));
        let message = MessageRef {
            properties: properties.as_properties(),
            ..message(topic, QoS::AtMostOnce)
        };
        peer.feed(&Packet::Publish(Publish { dup: false, packet_id: None, message }))
    };
    assert_eq!(feed("a/b", 2).unwrap(), "message a/b");
    assert_eq!(feed("", 2).unwrap(), "message a/b");
    assert_eq!(feed("", 1).unwrap_err(), "unexpected topic alias");
    assert_eq!(feed("x", 3).unwrap_err(), "unexpected topic alias");
}

#[test]
fn silence_is_pinged_and_then_given_up() {
    let mut peer = Peer::new(Version::V3_1_1, &PropertyList::new());
    let keep_alive = Duration::from_secs(10);
    let first = peer.now + keep_alive;
    assert_eq!(peer.client.deadline(), Some(first));
    peer.client.tick(first, &mut peer.out).unwrap();
    assert_eq!(peer.sent(), [Packet::PingReq]);
    peer.feed(&Packet::PingResp).unwrap();
    peer.client.tick(first + keep_alive, &mut peer.out).unwrap();
    assert_eq!(peer.sent(), [Packet::PingReq]);
    assert_eq!(peer.client.tick(first + keep_alive * 2, &mut peer.out), Err(PingUnanswered));
}

#[test]
fn the_server_s_keep_alive_goes_first() {
    let mut properties = PropertyList::new();
    properties.push(Property::ServerKeepAlive(3));
    let peer = Peer::new(Version::V5, &properties);
    assert_eq!(peer.client.deadline(), Some(peer.now + Duration::from_secs(3)));
}

#[test]
fn packets_out_of_place_end_the_connection() {
    let mut peer = Peer::new(Version::V3_1_1, &PropertyList::new());
    assert_eq!(peer.feed(&Packet::PingReq).unwrap_err(), "unexpected packet of a client");
    let disconnect = Packet::Disconnect(Disconnect {
        reason: ReasonCode::Success,
        properties: Properties::EMPTY,
    });
    assert_eq!(peer.feed(&disconnect).unwrap_err(), "unexpected DISCONNECT");
    let mut out = Vec::new();
    let options = ConnectOptions::new(Version::V5, "c");
    let mut client = Client::connect(&options, peer.now, &mut out);
    let mut bytes = Vec::new();
    encode_ack(AckType::PubAck, id(1), ReasonCode::Success, Version::V5, &mut bytes);
    assert!(client.receive(&bytes, &mut out).is_err());
}

#[test]
fn a_refusing_connack_is_told() {
    let mut out = Vec::new();
    let options = ConnectOptions::new(Version::V3_1_1, "c");
    let mut client = Client::connect(&options, crate::clock::now(), &mut out);
    let received = client.receive(&[0x20, 2, 0, 5], &mut out).unwrap().unwrap();
    assert!(matches!(received.event, Some(Event::Refused(ReasonCode::NotAuthorized))));
    assert!(!client.may_publish());
}

#[test]
fn a_resumed_session_remembers_what_it_received() {
    let mut peer = Peer::new(Version::V3_1_1, &PropertyList::new());
    peer.feed(&delivery("c", QoS::ExactlyOnce, Some(6))).unwrap();
    for (session_present, event) in [(true, ""), (false, "message c")] {
        let options = ConnectOptions::new(Version::V3_1_1, "c");
        peer.client = peer.client.reconnect(&options, peer.now, &mut peer.out);
        let properties = Properties::EMPTY;
        let reason = ReasonCode::Success;
        peer.feed(&Packet::ConnAck(ConnAck { session_present, reason, properties })).unwrap();
        assert_eq!(peer.feed(&delivery("c", QoS::ExactlyOnce, Some(6))).unwrap(), event);
    }
}
