//! CONNECT and DISCONNECT. It does not know messages beyond what they need.

use sluice_hub::Input;
use sluice_mqtt::{Disconnect, Packet, Property, PropertyList, QoS, ReasonCode};
use sluice_session::Limits;

use crate::stage::{Client, Stage, message};

#[test]
fn a_client_that_names_no_receive_maximum_gets_max_inflight() {
    let mut stage = Stage::new(Limits { max_inflight: 3, ..Limits::default() });
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    stage.subscribe(client, "t", QoS::AtLeastOnce);
    stage.read(client);
    for id in 1..=5 {
        stage.publish(client, message("t", "x", QoS::AtLeastOnce), id);
    }
    let delivered = stage.read(client).iter().filter(|packet| *packet == "t x").count();
    assert_eq!(delivered, 3);
}

#[test]
fn an_expiry_that_the_server_cut_to_nothing_may_be_repeated_at_disconnect() {
    let mut stage = Stage::new(Limits { session_expiry_max: 0, ..Limits::default() });
    let client = stage.connect(&Client { id: "c", expiry: 60, ..Client::default() });
    let mut properties = PropertyList::new();
    properties.push(Property::SessionExpiryInterval(60));
    let goodbye =
        Disconnect { reason: ReasonCode::Success, properties: properties.as_properties() };
    stage.send(client, &Packet::Disconnect(goodbye));
    assert_eq!(stage.read(client), ["connack 0x00"]);
    assert_eq!(stage.workers[0].counters().sessions, 0);
}

#[test]
fn an_expiry_after_none_is_a_protocol_error() {
    let mut stage = Stage::new(Limits::default());
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    let mut properties = PropertyList::new();
    properties.push(Property::SessionExpiryInterval(60));
    let goodbye =
        Disconnect { reason: ReasonCode::Success, properties: properties.as_properties() };
    stage.send(client, &Packet::Disconnect(goodbye));
    assert_eq!(stage.read(client), ["connack 0x00", "disconnect 0x82"]);
}

#[test]
fn a_takeover_tells_the_old_connection_and_keeps_what_waits() {
    let mut stage = Stage::new(Limits::default());
    let c = Client { id: "c", expiry: 60, ..Client::default() };
    let old = stage.connect(&c);
    stage.subscribe(old, "t", QoS::AtLeastOnce);
    stage.read(old);
    let publisher = stage.connect(&Client { id: "p", ..Client::default() });
    stage.publish(publisher, message("t", "1", QoS::AtLeastOnce), 1);
    let new = stage.connect(&c);
    assert_eq!(stage.read(old), ["t 1", "disconnect 0x8e"]);
    assert_eq!(stage.asked.closed, [old]);
    stage.publish(publisher, message("t", "2", QoS::AtLeastOnce), 2);
    assert_eq!(stage.read(new), ["connack 0x00", "t 1", "t 2"]);
}

#[test]
fn a_first_byte_that_begins_no_connect_is_refused_at_once() {
    let mut stage = Stage::new(Limits::default());
    let id = stage.accept();
    stage.handle(Input::Received(id, b"G"));
    assert_eq!(stage.workers[0].counters().connections_refused, 1);
    let id = stage.accept();
    stage.handle(Input::Received(id, &[0x10]));
    assert_eq!(stage.workers[0].counters().connections_refused, 1, "CONNECT may come byte by byte");
}
