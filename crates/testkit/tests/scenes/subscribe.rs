//! What a subscription asks for, and what it is answered.

use sluice_mqtt::SubscriptionOptions;
use sluice_session::Limits;

use crate::stage::{Client, play, qos_of};

#[test]
fn no_local_keeps_a_clients_own_publishes_from_it() {
    play(&Limits::default(), |stage| {
        let wire = stage.connect(&Client::new("c"));
        let options = SubscriptionOptions { no_local: true, ..SubscriptionOptions::default() };
        stage.subscribe_with(wire, "t", options, 0);
        let other = stage.connect(&Client::new("d"));
        stage.publish(wire, "t", "own", (0, 0));
        stage.publish(other, "t", "other", (0, 0));
        // [MQTT5-3.8.3-3]
        assert_eq!(stage.read(wire), ["publish t other q0"]);
        // Another subscription of the same session wants it all the same.
        stage.subscribe(wire, "+", 0);
        stage.publish(wire, "t", "own", (0, 0));
        assert_eq!(stage.read(wire), ["publish t own q0"]);
    });
}

#[test]
fn a_message_that_is_not_for_its_publisher_is_not_kept_for_it() {
    play(&Limits::default(), |stage| {
        let wire = stage.connect(&Client::lasting("c"));
        let options = SubscriptionOptions { qos: qos_of(1), no_local: true, ..Default::default() };
        stage.subscribe_with(wire, "t", options, 0);
        let other = stage.connect(&Client::lasting("d"));
        stage.subscribe(other, "t", 1);
        stage.publish(wire, "t", "x", (1, 1));
        assert_eq!(stage.read(other), ["publish t x q1 #1"]);
        // Of the two only the other one has something to come.
        assert_eq!(stage.engine.log().owed().len(), 1);
    });
}

#[test]
fn overlapping_subscriptions_give_one_delivery_with_all_identifiers_and_the_highest_qos() {
    play(&Limits::default(), |stage| {
        let wire = stage.connect(&Client::new("c"));
        for (filter, qos, identifier) in [("t/#", 0, 7), ("t/a", 1, 3), ("+/a", 2, 0)] {
            let options =
                SubscriptionOptions { qos: qos_of(qos), ..SubscriptionOptions::default() };
            stage.subscribe_with(wire, filter, options, identifier);
        }
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t/a", "1", (2, 1));
        stage.publish(publisher, "t/b", "2", (2, 2));
        // [MQTT5-3.3.4-2], [MQTT5-3.3.4-4]
        let expected = ["publish t/a 1 q2 #1 ids [3, 7]", "publish t/b 2 q0 ids [7]"];
        assert_eq!(stage.read(wire), expected);
    });
}

#[test]
fn unsuback_tells_what_was_there() {
    play(&Limits::default(), |stage| {
        let wire = stage.connect(&Client::new("c"));
        stage.subscribe(wire, "a", 0);
        stage.unsubscribe(wire, &["a", "b", "a"]);
        assert_eq!(stage.read(wire), ["unsuback 901 00 11 11"]);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "a", "x", (0, 0));
        assert!(stage.read(wire).is_empty());
        let old = stage.connect(&Client::v3("d"));
        stage.unsubscribe(old, &["b"]);
        assert_eq!(stage.read(old), ["unsuback 901"]);
    });
}

#[test]
fn a_new_subscribe_replaces_the_options() {
    play(&Limits::default(), |stage| {
        let wire = stage.connect(&Client::new("c"));
        stage.subscribe(wire, "t", 2);
        stage.subscribe(wire, "t", 0);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t", "x", (2, 1));
        // [MQTT5-3.8.4-3]
        assert_eq!(stage.read(wire), ["publish t x q0"]);
        assert_eq!(stage.engine.subscriptions(), 1);
    });
}
