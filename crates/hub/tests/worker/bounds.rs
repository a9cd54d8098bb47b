//! What one client can make the broker hold or do. It does not know how much memory there is.

use sluice_hub::Input;
use sluice_mqtt::{MessageRef, Packet, Publish, QoS, Version};
use sluice_session::Limits;

use crate::stage::{Client, Stage, ack, message, subscribe};

#[test]
fn what_is_in_flight_is_bounded_in_bytes_too() {
    let limits = Limits { max_queued_bytes: 10_000, ..Limits::default() };
    let mut stage = Stage::new(limits);
    let deaf = Client { id: "c", expiry: 60, receive_maximum: Some(u16::MAX), ..Client::default() };
    let deaf = stage.connect(&deaf);
    stage.subscribe(deaf, "t", QoS::AtLeastOnce);
    stage.read(deaf);
    let publisher = stage.connect(&Client { id: "p", ..Client::default() });
    let payload = "x".repeat(1000);
    for _ in 0..100 {
        stage.publish(publisher, message("t", &payload, QoS::AtLeastOnce), 1);
    }
    let sent = stage.read(deaf).len();
    assert!((9..=11).contains(&sent), "{sent}");
    let counters = stage.workers[0].counters();
    assert!(counters.dropped_queue_full > 70 && counters.balance(), "{counters:?}");
    // What it acknowledges makes room for what waits.
    for id in 1..=5 {
        stage.send(deaf, &Packet::PubAck(ack(id)));
    }
    assert_eq!(stage.read(deaf).len(), 5);
}

#[test]
fn a_filter_named_twice_in_one_subscribe_brings_its_retained_messages_once() {
    let mut stage = Stage::new(Limits::default());
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    let retained = MessageRef { retain: true, ..message("t", "r", QoS::AtMostOnce) };
    stage.publish(client, retained, 0);
    stage.read(client);
    let filters = ["#", "t", "#", "#", "t"];
    stage.handle(Input::Received(client, &subscribe(&filters, QoS::AtMostOnce)));
    assert_eq!(stage.read(client), ["suback", "t r", "t r"]);
    // A later SUBSCRIBE brings them again [MQTT5-3.8.4-3].
    stage.handle(Input::Received(client, &subscribe(&["#"], QoS::AtMostOnce)));
    assert_eq!(stage.read(client), ["suback", "t r"]);
}

#[test]
fn one_read_leads_to_so_much_work_and_the_rest_waits_its_turn() {
    let mut stage = Stage::new(Limits { deliveries_per_read: 3, ..Limits::default() });
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    stage.subscribe(client, "t", QoS::AtMostOnce);
    stage.read(client);
    let mut bytes = Vec::new();
    for payload in ["1", "2", "3", "4", "5", "6", "7"] {
        let message = message("t", payload, QoS::AtMostOnce);
        let publish = Packet::Publish(Publish { dup: false, packet_id: None, message });
        publish.encode(Version::V5, &mut bytes);
    }
    // The last packet comes in two pieces.
    let (most, end) = bytes.split_at(bytes.len() - 2);
    stage.handle(Input::Received(client, most));
    assert_eq!(stage.read(client), ["t 1", "t 2", "t 3"]);
    assert!(stage.workers[0].has_unread(client));
    stage.handle(Input::Received(client, &[]));
    assert_eq!(stage.read(client), ["t 4", "t 5", "t 6"]);
    assert!(!stage.workers[0].has_unread(client), "the rest is no whole packet");
    stage.handle(Input::Received(client, end));
    assert_eq!(stage.read(client), ["t 7"]);
}
