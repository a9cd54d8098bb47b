//! What a PUBLISH does, and what it is answered.

use sluice_mqtt::{AckType, MessageRef, Packet, Property, PropertyList, Publish};
use sluice_session::Limits;
use sluice_testkit::Time;

use crate::stage::{Client, message, packet_id, play};

#[test]
fn a_repeated_qos_2_publish_gets_pubrec_again_and_is_delivered_once() {
    play(&Limits::default(), |stage| {
        let watcher = stage.connect(&Client::new("w"));
        stage.subscribe(watcher, "t", 2);
        let wire = stage.connect(&Client::new("p"));
        for dup in [false, true, true] {
            let packet_id = Some(packet_id(1));
            let publish = Publish { dup, packet_id, message: message("t", "1", 2) };
            stage.send(wire, &Packet::Publish(publish));
        }
        // [MQTT5-4.3.3-10]
        assert_eq!(stage.read(wire), ["pubrec 1 0x00"; 3]);
        stage.ack(wire, AckType::PubRel, 1);
        assert_eq!(stage.read(wire), ["pubcomp 1 0x00"]);
        assert_eq!(stage.read(watcher), ["publish t 1 q2 #1"]);
    });
}

#[test]
fn pubrel_of_an_unknown_identifier_is_told_so() {
    play(&Limits::default(), |stage| {
        let wire = stage.connect(&Client::new("p"));
        stage.ack(wire, AckType::PubRel, 5);
        assert_eq!(stage.read(wire), ["pubcomp 5 0x92"]);
        let old = stage.connect(&Client::v3("q"));
        stage.ack(old, AckType::PubRel, 5);
        assert_eq!(stage.read(old), ["pubcomp 5 0x00"]);
    });
}

#[test]
fn acknowledgements_say_when_nobody_subscribes() {
    play(&Limits::default(), |stage| {
        let wire = stage.connect(&Client::new("p"));
        stage.publish(wire, "t", "x", (1, 1));
        stage.publish(wire, "t", "x", (2, 2));
        assert_eq!(stage.read(wire), ["puback 1 0x10", "pubrec 2 0x10"]);
        let old = stage.connect(&Client::v3("q"));
        stage.publish(old, "t", "x", (1, 1));
        assert_eq!(stage.read(old), ["puback 1 0x00"]);
    });
}

#[test]
fn topics_with_a_dollar_are_hidden_from_wildcards() {
    play(&Limits::default(), |stage| {
        let wire = stage.connect(&Client::new("w"));
        for filter in ["#", "+/a", "+/#"] {
            stage.subscribe(wire, filter, 0);
        }
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "$own/a", "hidden", (0, 0));
        // [MQTT5-4.7.2-1]
        assert!(stage.read(wire).is_empty());
        stage.subscribe(wire, "$own/#", 0);
        stage.publish(publisher, "$own/a", "seen", (0, 0));
        assert_eq!(stage.read(wire), ["publish $own/a seen q0"]);
    });
}

#[test]
fn an_alias_stands_for_its_topic_on_its_connection() {
    play(&Limits { topic_alias_maximum: 2, ..Limits::default() }, |stage| {
        let watcher = stage.connect(&Client::new("w"));
        stage.subscribe(watcher, "#", 0);
        let wire = stage.connect(&Client::new("p"));
        let publish = |stage: &mut crate::stage::Stage, wire, topic, alias| {
            let mut properties = PropertyList::new();
            properties.push(Property::TopicAlias(alias));
            let properties = properties.as_properties();
            let message = MessageRef { properties, ..message(topic, "x", 0) };
            stage.publish_message(wire, &message, 0);
        };
        publish(stage, wire, "a", 1);
        publish(stage, wire, "", 1);
        publish(stage, wire, "b", 1);
        publish(stage, wire, "", 1);
        let expected = ["publish a x q0", "publish a x q0", "publish b x q0", "publish b x q0"];
        assert_eq!(stage.read(watcher), expected);
        // [MQTT5-3.3.2-9]
        publish(stage, wire, "a", 3);
        assert_eq!(stage.read(wire), ["disconnect 0x94", "closed"]);
        let wire = stage.connect(&Client::new("p"));
        publish(stage, wire, "", 1);
        assert_eq!(stage.read(wire), ["disconnect 0x82", "closed"]);
        assert!(stage.read(watcher).is_empty());
    });
}

#[test]
fn a_message_tells_how_long_it_still_lives_and_then_is_gone() {
    play(&Limits::default(), |stage| {
        let first = stage.connect(&Client::lasting("c"));
        stage.subscribe(first, "t", 1);
        stage.lose(first);
        let publisher = stage.connect(&Client::new("p"));
        for (id, payload, seconds) in [(1, "short", 3), (2, "long", 60)] {
            let mut properties = PropertyList::new();
            properties.push(Property::MessageExpiryInterval(seconds));
            let properties = properties.as_properties();
            let message = MessageRef { properties, ..message("t", payload, 1) };
            stage.publish_message(publisher, &message, id);
        }
        stage.wait(Time::seconds(10));
        let (second, _) = stage.resume(&Client::lasting("c"));
        // [MQTT5-3.3.2-5], [MQTT5-3.3.2-6]
        assert_eq!(stage.read(second), ["publish t long q1 #1 expires 50"]);
        assert_eq!(stage.engine.sum().dropped_expired, 1);
    });
}

#[test]
fn what_the_broker_says_of_itself_nobody_else_can_say() {
    play(&Limits::default(), |stage| {
        let wire = stage.connect(&Client::new("p"));
        stage.publish(wire, "$SYS/broker/version", "9", (1, 1));
        stage.publish(wire, "$SYS/broker/version", "9", (2, 2));
        assert_eq!(stage.read(wire), ["puback 1 0x87", "pubrec 2 0x87"]);
    });
}
