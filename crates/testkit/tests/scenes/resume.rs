//! What a session carries from one connection to the next.

use sluice_mqtt::{AckType, Packet, Property, PropertyList, Publish, ReasonCode};
use sluice_session::Limits;
use sluice_testkit::Time;

use crate::stage::{Client, message, packet_id, play};

#[test]
fn what_was_in_flight_comes_in_its_order_within_the_new_receive_maximum() {
    play(&Limits::default(), |stage| {
        let first = stage.connect(&Client::lasting("c"));
        stage.subscribe(first, "t", 2);
        let publisher = stage.connect(&Client::new("p"));
        for (payload, qos) in [("1", 1), ("2", 2), ("3", 1), ("4", 2)] {
            stage.publish(publisher, "t", payload, (qos, payload.parse().unwrap()));
        }
        assert_eq!(stage.read(first).len(), 4);
        stage.lose(first);
        stage.publish(publisher, "t", "5", (1, 5));
        let narrow = Client { receive_maximum: Some(2), ..Client::lasting("c") };
        let (second, _) = stage.resume(&narrow);
        // [MQTT5-4.4.0-1], [MQTT5-3.3.4-9]
        assert_eq!(stage.read(second), ["publish t 1 q1 #1 dup", "publish t 2 q2 #2 dup"]);
        stage.ack(second, AckType::PubAck, 1);
        assert_eq!(stage.read(second), ["publish t 3 q1 #3 dup"]);
        stage.ack(second, AckType::PubRec, 2);
        assert_eq!(stage.read(second), ["pubrel 2 0x00"]);
        stage.ack(second, AckType::PubComp, 2);
        assert_eq!(stage.read(second), ["publish t 4 q2 #4 dup"]);
        stage.ack(second, AckType::PubAck, 3);
        assert_eq!(stage.read(second), ["publish t 5 q1 #5"]);
    });
}

#[test]
fn after_pubrec_only_pubrel_is_repeated() {
    play(&Limits::default(), |stage| {
        let first = stage.connect(&Client::lasting("c"));
        stage.subscribe(first, "t", 2);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t", "1", (2, 1));
        stage.read(first);
        stage.ack(first, AckType::PubRec, 1);
        assert_eq!(stage.read(first), ["pubrel 1 0x00"]);
        stage.lose(first);
        let (second, _) = stage.resume(&Client::lasting("c"));
        assert_eq!(stage.read(second), ["pubrel 1 0x00"]);
        stage.ack(second, AckType::PubComp, 1);
        stage.lose(second);
        let (third, _) = stage.resume(&Client::lasting("c"));
        assert!(stage.read(third).is_empty());
    });
}

#[test]
fn a_publisher_may_finish_qos_2_on_another_connection() {
    play(&Limits::default(), |stage| {
        let watcher = stage.connect(&Client::new("w"));
        stage.subscribe(watcher, "t", 0);
        let first = stage.connect(&Client::lasting("p"));
        stage.publish(first, "t", "1", (2, 7));
        assert_eq!(stage.read(first), ["pubrec 7 0x00"]);
        stage.lose(first);
        let (second, _) = stage.resume(&Client::lasting("p"));
        let again =
            Publish { dup: true, packet_id: Some(packet_id(7)), message: message("t", "1", 2) };
        stage.send(second, &Packet::Publish(again));
        assert_eq!(stage.read(second), ["pubrec 7 0x00"]);
        stage.ack(second, AckType::PubRel, 7);
        assert_eq!(stage.read(second), ["pubcomp 7 0x00"]);
        assert_eq!(stage.read(watcher), ["publish t 1 q0"]);
        // The identifier is free: what comes under it now is new.
        stage.publish(second, "t", "2", (2, 7));
        assert_eq!(stage.read(watcher), ["publish t 2 q0"]);
    });
}

#[test]
fn what_waits_for_an_absent_client_keeps_its_order() {
    play(&Limits::default(), |stage| {
        let first = stage.connect(&Client::v3("c"));
        stage.subscribe(first, "#", 2);
        stage.disconnect(first, ReasonCode::Success);
        let publisher = stage.connect(&Client::new("p"));
        for (payload, qos) in [("1", 2), ("2", 1), ("3", 0), ("4", 2), ("5", 1)] {
            stage.publish(publisher, "t", payload, (qos, payload.parse().unwrap()));
        }
        let (second, present) = stage.resume(&Client::v3("c"));
        assert!(present);
        let expected = ["publish t 1 q2 #1", "publish t 2 q1 #2", "publish t 4 q2 #3"];
        assert_eq!(stage.read(second)[..3], expected);
        let sum = stage.engine.sum();
        assert_eq!((sum.dropped_offline, sum.offered), (1, 5));
    });
}

#[test]
fn disconnect_may_end_the_session_earlier() {
    play(&Limits::default(), |stage| {
        let first = stage.connect(&Client::lasting("c"));
        let mut now = PropertyList::new();
        now.push(Property::SessionExpiryInterval(0));
        stage.disconnect_with(first, ReasonCode::Success, now.as_properties());
        assert_eq!(stage.engine.sum().sessions, 0);
        let (second, present) = stage.resume(&Client::lasting("c"));
        assert!(!present);
        let mut soon = PropertyList::new();
        soon.push(Property::SessionExpiryInterval(5));
        stage.disconnect_with(second, ReasonCode::Success, soon.as_properties());
        stage.wait(Time::millis(4_900));
        assert_eq!(stage.engine.sum().sessions, 1);
        stage.wait(Time::millis(200));
        assert_eq!(stage.engine.sum().sessions, 0);
    });
}

#[test]
fn disconnect_cannot_give_a_session_that_connect_did_not_ask_for() {
    play(&Limits::default(), |stage| {
        let wire = stage.connect(&Client::new("c"));
        let mut more = PropertyList::new();
        more.push(Property::SessionExpiryInterval(5));
        stage.disconnect_with(wire, ReasonCode::Success, more.as_properties());
        // [MQTT5-3.1.2.11.2]
        assert_eq!(stage.read(wire), ["disconnect 0x82", "closed"]);
        assert_eq!(stage.engine.sum().sessions, 0);
    });
}

#[test]
fn what_waits_ends_with_the_session_and_is_counted() {
    play(&Limits::default(), |stage| {
        let first = stage.connect(&Client { expiry: 10, ..Client::new("c") });
        stage.subscribe(first, "t", 1);
        stage.lose(first);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t", "1", (1, 1));
        assert_eq!(stage.engine.sum().waiting, 1);
        stage.wait(Time::seconds(11));
        let sum = stage.engine.sum();
        assert_eq!((sum.waiting, sum.dropped_session_ended, sum.sessions), (0, 1, 1));
        let (_, present) = stage.resume(&Client { expiry: 10, ..Client::new("c") });
        assert!(!present);
    });
}
