//! Sessions with a link, without a worker.

use std::net::{Ipv4Addr, SocketAddr};

use sluice_mqtt::{Frame, Properties, Version};

use super::*;
use crate::Now;

fn session(key: u64) -> Session {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
    let facts = ClientFacts {
        client_id: "c".into(),
        username: None,
        peer: address,
        local: address,
        version: Version::V5,
        is_bridge: false,
        clean_start: false,
        keep_alive: 0,
        receive_maximum: 10,
        session_expiry: 60,
        connected_at: UnixMillis(0),
        connect_properties: Box::default(),
    };
    Session::new(Arc::new(facts), key, 60)
}

fn link(receive_maximum: u16) -> Link {
    Link::new(Version::V5, receive_maximum)
}

fn message(payload: &str, qos: QoS) -> MessageRef<'_> {
    MessageRef {
        topic: "t",
        payload: payload.as_bytes(),
        qos,
        retain: false,
        properties: Properties::EMPTY,
        expires_at: None,
    }
}

fn offer(session: &mut Session, link: Option<&mut Link>, message: MessageRef<'_>) -> Fate {
    let limits = Limits { max_queued_messages: 3, ..Limits::default() };
    let turn = Turn { now: Now::default(), committed: Position(5), limits: &limits };
    let owned = OnceCell::new();
    let qos = message.qos;
    let ready = Position::START;
    let offer = Offer {
        message,
        qos,
        retain: false,
        identifiers: &[],
        ready,
        logged: Position::START,
        owned: &owned,
        provenance: None,
    };
    session.offer(&offer, link, turn)
}

fn pump(session: &mut Session, link: &mut Link, unix_millis: u64) -> Pumped {
    let limits = Limits::default();
    let now = Now { monotonic: 0, unix_nanos: unix_millis * 1_000_000 };
    session.pump(link, Turn { now, committed: Position(5), limits: &limits }, &mut |_, _, _| {})
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a test wants two of fifteen packets")]
/// The PUBLISH and PUBREL packets in the link, as `dup payload id`; empties it.
fn sent(link: &mut Link) -> Vec<String> {
    let bytes = link.unwritten().to_vec();
    link.wrote(bytes.len());
    let mut rest = &bytes[..];
    let mut sent = Vec::new();
    while let Some(frame) = Frame::cut(rest, u32::MAX).unwrap() {
        rest = &rest[frame.size..];
        sent.push(match Packet::decode(&frame, Version::V5).unwrap() {
            Packet::Publish(publish) => {
                let payload = String::from_utf8_lossy(publish.message.payload).into_owned();
                let dup = if publish.dup { "dup " } else { "" };
                let id = publish.packet_id.map_or(0, |id| id.0.get());
                let expiry = publish.message.properties.message_expiry_interval();
                let expiry = expiry.map_or_else(String::new, |seconds| format!(" {seconds}s"));
                format!("{dup}{payload} {id}{expiry}")
            }
            Packet::PubRel(ack) => format!("release {}", ack.packet_id.0.get()),
            other => panic!("unexpected {other:?}"),
        });
    }
    sent
}

#[test]
fn a_connected_client_gets_messages_at_once() {
    let (mut session, mut link) = (session(1), link(10));
    session.attach(0);
    assert_eq!(offer(&mut session, Some(&mut link), message("a", QoS::AtMostOnce)), Fate::Sent);
    assert_eq!(offer(&mut session, Some(&mut link), message("b", QoS::AtLeastOnce)), Fate::Sent);
    assert_eq!(sent(&mut link), ["a 0", "b 1"]);
}

#[test]
fn a_full_window_makes_messages_wait_in_order() {
    let (mut session, mut link) = (session(1), link(1));
    session.attach(0);
    for (payload, fate) in [("a", Fate::Sent), ("b", Fate::Queued), ("c", Fate::Queued)] {
        let message = message(payload, QoS::AtLeastOnce);
        assert_eq!(offer(&mut session, Some(&mut link), message), fate);
    }
    // QoS 0 keeps its place behind them.
    let last = message("d", QoS::AtMostOnce);
    assert_eq!(offer(&mut session, Some(&mut link), last), Fate::Queued);
    let full = Fate::Dropped(Dropped::QueueFull);
    assert_eq!(offer(&mut session, Some(&mut link), message("e", QoS::AtMostOnce)), full);
    assert_eq!(sent(&mut link), ["a 1"]);
    assert!(session.delivery_done(PacketId::new(1).unwrap(), QoS::AtLeastOnce).is_known());
    assert_eq!(pump(&mut session, &mut link, 0).sent, 1);
    assert!(session.delivery_done(PacketId::new(2).unwrap(), QoS::AtLeastOnce).is_known());
    assert_eq!(pump(&mut session, &mut link, 0).sent, 2);
    assert_eq!(sent(&mut link), ["b 2", "c 3", "d 0"]);
}

#[test]
fn what_was_in_flight_is_sent_again_before_what_waits() {
    let (mut session, mut first) = (session(1), link(10));
    session.attach(0);
    offer(&mut session, Some(&mut first), message("a", QoS::ExactlyOnce));
    offer(&mut session, Some(&mut first), message("b", QoS::ExactlyOnce));
    offer(&mut session, Some(&mut first), message("c", QoS::AtLeastOnce));
    assert!(session.delivery_received(PacketId::new(2).unwrap()).is_known());
    session.connection = None;
    let offline = Fate::Dropped(Dropped::Offline);
    assert_eq!(offer(&mut session, None, message("x", QoS::AtMostOnce)), offline);
    assert_eq!(offer(&mut session, None, message("d", QoS::AtLeastOnce)), Fate::Queued);
    let mut second = link(2);
    session.attach(1);
    pump(&mut session, &mut second, 0);
    assert_eq!(sent(&mut second), ["dup a 1", "release 2"]);
    assert!(session.delivery_completed(PacketId::new(2).unwrap()));
    pump(&mut session, &mut second, 0);
    assert_eq!(sent(&mut second), ["dup c 3"]);
    assert!(session.delivery_done(PacketId::new(3).unwrap(), QoS::AtLeastOnce).is_known());
    pump(&mut session, &mut second, 0);
    assert_eq!(sent(&mut second), ["d 4"]);
}

#[test]
fn expiry_counts_down_while_a_message_waits() {
    let (mut session, mut link) = (session(1), link(10));
    let long =
        MessageRef { expires_at: Some(UnixMillis(60_000)), ..message("a", QoS::AtLeastOnce) };
    let short =
        MessageRef { expires_at: Some(UnixMillis(5_000)), ..message("b", QoS::AtLeastOnce) };
    assert_eq!(offer(&mut session, None, short), Fate::Queued);
    assert_eq!(offer(&mut session, None, long), Fate::Queued);
    session.attach(0);
    let pumped = pump(&mut session, &mut link, 5_000);
    assert_eq!(pumped, Pumped { sent: 1, expired: 1, too_large: 0 });
    assert_eq!(sent(&mut link), ["a 1 55s"]);
}

#[test]
fn a_message_too_large_for_the_client_takes_no_place_in_the_window() {
    let (mut session, mut link) = (session(1), link(1));
    link.maximum_packet_size = 20;
    session.attach(0);
    let large = "x".repeat(100);
    let too_large = Fate::Dropped(Dropped::TooLarge);
    assert_eq!(offer(&mut session, Some(&mut link), message(&large, QoS::AtLeastOnce)), too_large);
    assert_eq!(offer(&mut session, Some(&mut link), message("a", QoS::AtLeastOnce)), Fate::Sent);
}

#[test]
fn qos_2_to_a_durable_session_waits_for_the_log() {
    let (mut session, mut link) = (session(1), link(10));
    session.attach(0);
    let limits = Limits::default();
    let turn =
        |committed| Turn { now: Now::default(), committed: Position(committed), limits: &limits };
    let owned = OnceCell::new();
    let offer = Offer {
        message: message("a", QoS::ExactlyOnce),
        qos: QoS::ExactlyOnce,
        retain: false,
        identifiers: &[],
        ready: Position(7),
        logged: Position::START,
        owned: &owned,
        provenance: None,
    };
    assert_eq!(session.offer(&offer, Some(&mut link), turn(6)), Fate::Queued);
    assert!(session.awaits_log(Position(6)));
    session.pump(&mut link, turn(6), &mut |_, _, _| {});
    assert_eq!(sent(&mut link), [""; 0]);
    session.pump(&mut link, turn(7), &mut |_, _, _| {});
    assert_eq!(sent(&mut link), ["a 1"]);
}
