//! SUBSCRIBE and UNSUBSCRIBE. It does not know filters.

use std::collections::BTreeSet;

use sluice_hub::Input;
use sluice_mqtt::{MessageRef, Packet, Properties, QoS, Version, encode_unsubscribe};
use sluice_session::{Limits, Link};

use crate::stage::{Client, Stage, ack, message, packet_id, subscribe};

#[test]
fn suback_comes_before_retained_messages_and_these_before_what_follows() {
    let mut stage = Stage::new(Limits::default());
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    let retained = MessageRef { retain: true, ..message("t", "old", QoS::AtMostOnce) };
    stage.publish(client, retained, 0);
    stage.read(client);
    stage.handle(Input::Received(client, &subscribe(&["t"], QoS::AtMostOnce)));
    stage.publish(client, message("t", "new", QoS::AtMostOnce), 0);
    assert_eq!(stage.read(client), ["suback", "t old", "t new"]);
}

#[test]
fn a_filter_that_is_none_is_refused_and_the_others_are_granted() {
    let mut stage = Stage::new(Limits::default());
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    let filters = ["a/#/b", "$share/g/t", "t"];
    stage.handle(Input::Received(client, &subscribe(&filters, QoS::AtMostOnce)));
    stage.publish(client, message("t", "x", QoS::AtMostOnce), 0);
    assert_eq!(stage.read(client), ["connack 0x00", "suback 8f 9e 00", "t x"]);
}

#[test]
fn retained_messages_of_any_number_come_as_fast_as_the_client_takes_them() {
    let limits = Limits { max_queued_messages: 10, max_inflight: 4, ..Limits::default() };
    let mut stage = Stage::new(limits);
    let publisher = stage.connect(&Client { id: "p", ..Client::default() });
    let topics: Vec<_> = (0..500).map(|index| format!("t/{index:03}")).collect();
    for (index, topic) in topics.iter().enumerate() {
        let qos = if index % 3 == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
        stage.publish(publisher, MessageRef { retain: true, ..message(topic, "r", qos) }, 1);
    }
    let client = stage.connect(&Client { id: "c", expiry: 60, ..Client::default() });
    stage.subscribe(client, "#", QoS::AtLeastOnce);
    let mut read: Vec<String> = stage.read(client).split_off(2);
    assert!((4..10).contains(&read.len()), "what the window takes: {}", read.len());
    let mut acknowledged = 0;
    while acknowledged < 100 {
        acknowledged += 1;
        stage.send(client, &Packet::PubAck(ack(acknowledged)));
        read.extend(stage.read(client));
    }
    let expected: Vec<_> = topics.iter().map(|topic| format!("{topic} r")).collect();
    assert_eq!(read, expected[..read.len()], "each once and in order");
    // A session that goes on goes on with them, too; what was in flight comes again.
    stage.gone(client);
    let client = stage.connect(&Client { id: "c", expiry: 60, ..Client::default() });
    read.extend(stage.read(client).split_off(1));
    while acknowledged < 333 {
        acknowledged += 1;
        stage.send(client, &Packet::PubAck(ack(acknowledged)));
        read.extend(stage.read(client));
    }
    assert!(read.len() <= 500 + 4, "{}", read.len());
    let read: BTreeSet<_> = read.into_iter().collect();
    assert!(read.iter().eq(&expected));
    assert!(stage.workers[0].counters().balance());
    assert_eq!(stage.workers[0].counters().dropped_total(), 0);
}

#[test]
fn retained_messages_wait_for_a_slow_link_and_not_beyond_unsubscribe() {
    let mut stage = Stage::new(Limits::default());
    let publisher = stage.connect(&Client { id: "p", ..Client::default() });
    let payload = "r".repeat(Link::HIGH_WATER / 4);
    for topic in 0..20 {
        let topic = topic.to_string();
        let retained = MessageRef { retain: true, ..message(&topic, &payload, QoS::AtMostOnce) };
        stage.publish(publisher, retained, 0);
    }
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    stage.subscribe(client, "+", QoS::AtMostOnce);
    assert!(stage.workers[0].unwritten(client).len() < 2 * Link::HIGH_WATER);
    assert_eq!(stage.read(client).len(), 22);
    stage.subscribe(client, "+", QoS::AtMostOnce);
    let mut bytes = Vec::new();
    encode_unsubscribe(packet_id(9), Properties::EMPTY, &["+"], Version::V5, &mut bytes);
    stage.handle(Input::Received(client, &bytes));
    let read = stage.read(client);
    assert_eq!(read.last().map(String::as_str), Some("unsuback"));
    assert!(read.len() < 10, "{}", read.len());
}
