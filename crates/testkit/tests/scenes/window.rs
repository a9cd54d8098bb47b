//! How many publishes may be unacknowledged, both ways.

use sluice_mqtt::{AckType, ReasonCode, Version};
use sluice_session::Limits;

use crate::stage::{Client, play};

#[test]
fn the_window_is_held_at_the_receive_maximum_until_pubcomp() {
    play(&Limits::default(), |stage| {
        let narrow = Client { receive_maximum: Some(1), ..Client::new("c") };
        let wire = stage.connect(&narrow);
        stage.subscribe(wire, "t", 2);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t", "1", (2, 1));
        stage.publish(publisher, "t", "2", (1, 2));
        assert_eq!(stage.read(wire), ["publish t 1 q2 #1"]);
        stage.ack(wire, AckType::PubRec, 1);
        assert_eq!(stage.read(wire), ["pubrel 1 0x00"]);
        stage.ack(wire, AckType::PubComp, 1);
        assert_eq!(stage.read(wire), ["publish t 2 q1 #2"]);
    });
}

#[test]
fn qos_0_does_not_wait_for_the_window_but_for_its_place() {
    play(&Limits::default(), |stage| {
        let narrow = Client { receive_maximum: Some(1), ..Client::new("c") };
        let wire = stage.connect(&narrow);
        stage.subscribe(wire, "t", 1);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t", "1", (1, 1));
        stage.publish(publisher, "t", "2", (0, 0));
        assert_eq!(stage.read(wire), ["publish t 1 q1 #1", "publish t 2 q0"]);
        stage.publish(publisher, "t", "3", (1, 2));
        stage.publish(publisher, "t", "4", (0, 0));
        assert!(stage.read(wire).is_empty());
        stage.ack(wire, AckType::PubAck, 1);
        assert_eq!(stage.read(wire), ["publish t 3 q1 #2", "publish t 4 q0"]);
    });
}

#[test]
fn a_pubrec_with_an_error_ends_the_exchange() {
    play(&Limits::default(), |stage| {
        let narrow = Client { receive_maximum: Some(1), ..Client::lasting("c") };
        let wire = stage.connect(&narrow);
        stage.subscribe(wire, "t", 2);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t", "1", (2, 1));
        stage.publish(publisher, "t", "2", (2, 2));
        stage.read(wire);
        // [MQTT5-4.3.3-4]
        stage.ack_with(wire, AckType::PubRec, 1, ReasonCode::QuotaExceeded);
        assert_eq!(stage.read(wire), ["publish t 2 q2 #2"]);
        stage.lose(wire);
        let (again, _) = stage.resume(&narrow);
        assert_eq!(stage.read(again), ["publish t 2 q2 #2 dup"]);
    });
}

#[test]
fn a_message_too_large_for_the_client_frees_its_place() {
    play(&Limits::default(), |stage| {
        let small = Client {
            receive_maximum: Some(1),
            maximum_packet_size: Some(40),
            ..Client::lasting("c")
        };
        let wire = stage.connect(&small);
        stage.subscribe(wire, "t", 1);
        let publisher = stage.connect(&Client::new("p"));
        let large = "x".repeat(100);
        stage.publish(publisher, "t", "1", (1, 1));
        stage.publish(publisher, "t", &large, (1, 2));
        stage.publish(publisher, "t", "3", (1, 3));
        // [MQTT5-3.1.2-25]
        assert_eq!(stage.read(wire), ["publish t 1 q1 #1"]);
        stage.ack(wire, AckType::PubAck, 1);
        assert_eq!(stage.read(wire), ["publish t 3 q1 #2"]);
        assert_eq!(stage.engine.sum().dropped_too_large, 1);
    });
}

#[test]
fn what_is_too_large_for_the_next_connection_frees_its_place() {
    play(&Limits::default(), |stage| {
        let first = stage.connect(&Client::lasting("c"));
        stage.subscribe(first, "t", 1);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t", &"x".repeat(100), (1, 1));
        stage.publish(publisher, "t", "2", (1, 2));
        assert_eq!(stage.read(first).len(), 2);
        stage.lose(first);
        let small = Client {
            receive_maximum: Some(1),
            maximum_packet_size: Some(40),
            ..Client::lasting("c")
        };
        let (second, _) = stage.resume(&small);
        assert_eq!(stage.read(second), ["publish t 2 q1 #2 dup"]);
    });
}

#[test]
fn a_client_that_exceeds_the_servers_receive_maximum_is_told_so() {
    let limits = Limits { receive_maximum: 2, ..Limits::default() };
    play(&limits, |stage| {
        let wire = stage.connect(&Client::new("p"));
        for id in 1..=3 {
            stage.publish(wire, "t", "x", (2, id));
        }
        // [MQTT5-3.3.4-7]
        let expected = ["pubrec 1 0x10", "pubrec 2 0x10", "disconnect 0x93", "closed"];
        assert_eq!(stage.read(wire), expected);
    });
}

#[test]
fn a_3_1_1_client_has_the_servers_window() {
    let limits = Limits { max_inflight: 2, ..Limits::default() };
    play(&limits, |stage| {
        let wire = stage.connect(&Client::v3("c"));
        stage.subscribe(wire, "t", 1);
        let publisher = stage.connect(&Client { version: Version::V3_1, ..Client::new("p") });
        for id in 1..=3 {
            stage.publish(publisher, "t", "x", (1, id));
        }
        assert_eq!(stage.read(wire), ["publish t x q1 #1", "publish t x q1 #2"]);
        stage.ack(wire, AckType::PubAck, 1);
        assert_eq!(stage.read(wire), ["publish t x q1 #3"]);
    });
}
