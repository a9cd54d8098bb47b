//! The window on its own.

use sluice_mqtt::{MessageRef, Properties};

use super::*;

fn message(payload: &[u8]) -> Option<Box<InflightMessage>> {
    let message = MessageRef {
        topic: "t",
        payload,
        qos: QoS::ExactlyOnce,
        retain: false,
        properties: Properties::default(),
        expires_at: None,
    };
    Some(Box::new(InflightMessage {
        message: Message::from(&message),
        retain: false,
        identifiers: Box::default(),
        provenance: None,
    }))
}

fn resent(inflight: &mut Inflight, receive_maximum: u16) -> Vec<(u16, &'static str)> {
    let mut resent = Vec::new();
    while let Some(resend) = inflight.resend(receive_maximum) {
        resent.push(match resend {
            Resend::Publish(id, _, _) => (id.0.get(), "publish"),
            Resend::Release(id) => (id.0.get(), "release"),
        });
    }
    resent
}

#[test]
fn the_window_is_exactly_the_receive_maximum() {
    let mut inflight = Inflight::default();
    let first = inflight.push(None, QoS::AtLeastOnce);
    inflight.push(None, QoS::AtLeastOnce);
    assert!(!inflight.has_room(2, usize::MAX));
    assert!(inflight.published_is_done(first, QoS::AtLeastOnce).is_known());
    assert!(inflight.has_room(2, usize::MAX));
    assert!(!inflight.published_is_done(first, QoS::AtLeastOnce).is_known());
}

#[test]
fn qos_2_holds_its_place_until_pubcomp() {
    let mut inflight = Inflight::default();
    let id = inflight.push(None, QoS::ExactlyOnce);
    assert!(!inflight.published_is_done(id, QoS::AtLeastOnce).is_known());
    assert!(!inflight.completed(id));
    assert!(inflight.received(id).is_known());
    assert!(inflight.received(id).is_known());
    assert!(!inflight.has_room(1, usize::MAX));
    assert!(inflight.completed(id));
    assert!(inflight.has_room(1, usize::MAX));
}

#[test]
fn an_identifier_in_flight_is_never_given_again() {
    let mut inflight = Inflight::default();
    let oldest = inflight.push(None, QoS::AtLeastOnce);
    for _ in 0..usize::from(u16::MAX) - 1 {
        assert!(inflight.has_room(u16::MAX, usize::MAX));
        let id = inflight.push(None, QoS::AtLeastOnce);
        assert_ne!(id, oldest);
        assert!(inflight.published_is_done(id, QoS::AtLeastOnce).is_known());
    }
    assert!(!inflight.has_room(u16::MAX, usize::MAX));
    assert!(inflight.published_is_done(oldest, QoS::AtLeastOnce).is_known());
    assert!(inflight.len() == 0 && inflight.has_room(1, usize::MAX));
    assert_eq!(inflight.push(None, QoS::AtLeastOnce), oldest);
}

#[test]
fn identifiers_wrap_around() {
    let mut inflight = Inflight::default();
    for turn in 0..200_000_u32 {
        let id = inflight.push(None, QoS::AtLeastOnce);
        assert_eq!(u32::from(id.0.get()), turn % 65_535 + 1);
        assert!(inflight.published_is_done(id, QoS::AtLeastOnce).is_known());
    }
}

#[test]
fn a_resend_keeps_order_and_the_new_window() {
    let mut inflight = Inflight::default();
    let ids: Vec<_> = (0..4_u8).map(|n| inflight.push(message(&[n]), QoS::ExactlyOnce)).collect();
    assert!(inflight.received(ids[1]).is_known() && inflight.completed(ids[1]));
    assert!(inflight.received(ids[2]).is_known());
    inflight.restart();
    assert!(!inflight.has_room(10, usize::MAX));
    assert_eq!(resent(&mut inflight, 2), [(1, "publish"), (3, "release")]);
    assert!(inflight.completed(ids[2]));
    assert_eq!(resent(&mut inflight, 2), [(4, "publish")]);
    assert!(!inflight.has_room(2, usize::MAX) && inflight.has_room(3, usize::MAX));
}
