//! Retained messages, and when a subscription brings them.

use sluice_mqtt::{
    MessageRef, Packet, Property, PropertyList, RetainHandling, SubscriptionOptions, Version,
};
use sluice_session::Limits;
use sluice_testkit::{Conditions, Time, WireId};

use crate::stage::{Client, Stage, message, play, qos_of};

fn keep(stage: &mut Stage, wire: WireId, topic: &str, payload: &str) {
    let message = MessageRef { retain: true, ..message(topic, payload, 0) };
    stage.publish_message(wire, &message, 0);
}

#[test]
fn a_new_subscription_brings_the_last_message_of_each_topic() {
    play(&Limits::default(), |stage| {
        let publisher = stage.connect(&Client::new("p"));
        keep(stage, publisher, "t/a", "1");
        keep(stage, publisher, "t/a", "2");
        keep(stage, publisher, "t/b", "3");
        keep(stage, publisher, "t/b", "");
        let wire = stage.connect(&Client::new("c"));
        stage.subscribe(wire, "t/#", 0);
        // [MQTT5-3.3.1-6], [MQTT5-3.3.1-8]
        assert_eq!(stage.read(wire), ["publish t/a 2 q0 retain"]);
        // To a subscription that is there already it is a message like any other.
        keep(stage, publisher, "t/a", "4");
        assert_eq!(stage.read(wire), ["publish t/a 4 q0"]);
    });
}

#[test]
fn retain_handling_says_when() {
    play(&Limits::default(), |stage| {
        let publisher = stage.connect(&Client::new("p"));
        keep(stage, publisher, "t", "x");
        let wire = stage.connect(&Client::new("c"));
        let came = ["publish t x q0 retain"].as_slice();
        let none = [].as_slice();
        for (retain_handling, expected) in [
            (RetainHandling::DoNotSend, none),
            (RetainHandling::SendIfNew, none),
            (RetainHandling::Send, came),
            (RetainHandling::Send, came),
        ] {
            let options = SubscriptionOptions { retain_handling, ..SubscriptionOptions::default() };
            stage.subscribe_with(wire, "t", options, 0);
            assert_eq!(stage.read(wire), expected, "{retain_handling:?}");
        }
        stage.unsubscribe(wire, &["t"]);
        stage.read(wire);
        let retain_handling = RetainHandling::SendIfNew;
        let options = SubscriptionOptions { retain_handling, ..SubscriptionOptions::default() };
        stage.subscribe_with(wire, "t", options, 0);
        assert_eq!(stage.read(wire), came);
    });
}

#[test]
fn retain_as_published_keeps_the_flag() {
    play(&Limits::default(), |stage| {
        let wire = stage.connect(&Client::new("c"));
        let options =
            SubscriptionOptions { retain_as_published: true, ..SubscriptionOptions::default() };
        stage.subscribe_with(wire, "t", options, 0);
        let other = stage.connect(&Client::new("d"));
        stage.subscribe(other, "t", 0);
        let publisher = stage.connect(&Client::new("p"));
        keep(stage, publisher, "t", "1");
        stage.publish(publisher, "t", "2", (0, 0));
        // [MQTT5-3.3.1-12], [MQTT5-3.3.1-13]
        assert_eq!(stage.read(wire), ["publish t 1 q0 retain", "publish t 2 q0"]);
        assert_eq!(stage.read(other), ["publish t 1 q0", "publish t 2 q0"]);
    });
}

#[test]
fn a_retained_message_has_the_lower_qos_and_the_identifier_and_expires() {
    play(&Limits::default(), |stage| {
        let publisher = stage.connect(&Client::new("p"));
        let mut properties = PropertyList::new();
        properties.push(Property::MessageExpiryInterval(10));
        let properties = properties.as_properties();
        let message = MessageRef { retain: true, properties, ..message("t", "x", 2) };
        stage.publish_message(publisher, &message, 1);
        stage.wait(Time::seconds(4));
        let wire = stage.connect(&Client::new("c"));
        let options = SubscriptionOptions { qos: qos_of(1), ..SubscriptionOptions::default() };
        stage.subscribe_with(wire, "t", options, 8);
        assert_eq!(stage.read(wire), ["publish t x q1 #1 retain ids [8] expires 6"]);
        stage.wait(Time::seconds(7));
        stage.subscribe_with(wire, "t", options, 8);
        assert!(stage.read(wire).is_empty());
    });
}

/// A worker's turn takes time here, so that publish and subscribe overlap in every way.
#[test]
fn a_message_kept_while_somebody_subscribes_comes_in_one_way_or_the_other() {
    let (mut kept, mut live) = (0, 0);
    for seed in 1..=300 {
        let calm = Conditions::calm(2);
        let conditions = Conditions { seed, turn: (0, 2_000), post: (0, 500), ..calm };
        let stage = &mut Stage::new(conditions);
        let [publisher, subscriber] = ["p", "c"].map(|id| {
            let wire = stage.dial(Version::V5);
            stage.bytes(wire, &Client::new(id).encode());
            stage.wait(Time::millis(20));
            assert_eq!(stage.read(wire), ["connack 0x00"]);
            wire
        });
        let pause = Time(seed * 7 % 2_000);
        let subscribe = |stage: &mut Stage| {
            let bytes = crate::stage::subscribe("t");
            stage.bytes(subscriber, &bytes);
        };
        if seed % 2 == 0 {
            subscribe(stage);
            stage.wait(pause);
        }
        keep(stage, publisher, "t", "x");
        if seed % 2 == 1 {
            stage.wait(pause);
            subscribe(stage);
        }
        stage.wait(Time::millis(20));
        stage.send(subscriber, &Packet::PingReq);
        stage.wait(Time::millis(20));
        let read = stage.read(subscriber);
        kept += u32::from(read.iter().any(|line| line == "publish t x q0 retain"));
        live += u32::from(read.iter().any(|line| line == "publish t x q0"));
        assert!(read.iter().any(|line| line.starts_with("publish t x")), "{seed}: {read:?}");
    }
    assert!(kept > 50 && live > 50, "{kept} {live}");
}
