//! What waits for a log that commits late.

use sluice_mqtt::{AckType, ReasonCode, Version};
use sluice_testkit::{Conditions, Time};

use crate::stage::{Client, Stage, subscribe};

/// Entries are durable 50 ms after they are taken, those of a whole batch at once.
fn play_late(scene: impl Fn(&mut Stage)) {
    for (workers, seed) in [(1, 1), (2, 1), (2, 2), (2, 3), (3, 4)] {
        let commit = Some((50_000, 50_000));
        scene(&mut Stage::new(Conditions { seed, commit, ..Conditions::calm(workers) }));
    }
}

const COMMITTED: Time = Time::millis(200);

#[test]
fn a_takeover_before_connack_leaves_one_connection_with_the_session() {
    play_late(|stage| {
        let old = stage.dial(Version::V5);
        stage.bytes(old, &Client::lasting("c").encode());
        let new = stage.dial(Version::V5);
        stage.bytes(new, &Client::lasting("c").encode());
        assert!(stage.read(new).is_empty(), "its session is not logged yet");
        // DISCONNECT cannot be the first packet that a client gets.
        assert_eq!(stage.read(old), ["closed"]);
        stage.wait(COMMITTED);
        assert_eq!(stage.read(new), ["connack 0x00 present"]);
        let sum = stage.engine.sum();
        assert_eq!((sum.connections_open, sum.sessions), (1, 1));
    });
}

#[test]
fn what_a_client_says_in_one_breath_is_done_though_it_hears_no_answer() {
    play_late(|stage| {
        let watcher = stage.connect(&Client::new("w"));
        stage.subscribe(watcher, "t", 0);
        let wire = stage.dial(Version::V5);
        let mut bytes = Client::lasting("c").encode();
        bytes.extend(subscribe("t"));
        bytes.extend([0x32, 8, 0, 1, b't', 0, 5, 0, b'h', b'i']);
        bytes.extend([0xE0, 0]);
        stage.bytes(wire, &bytes);
        assert_eq!(stage.read(watcher), ["publish t hi q0"]);
        stage.wait(COMMITTED);
        assert!(stage.read(wire).last().is_some_and(|line| line == "closed"));
        let sum = stage.engine.sum();
        assert_eq!((sum.connections_open, sum.sessions), (1, 2));
        assert_eq!(stage.engine.subscriptions(), 2);
    });
}

#[test]
fn qos_2_waits_for_the_log_where_the_session_lasts_and_nothing_overtakes_it() {
    play_late(|stage| {
        let lasting = stage.dial(Version::V5);
        stage.bytes(lasting, &Client::lasting("c").encode());
        stage.wait(COMMITTED);
        stage.bytes(lasting, &subscribe("none"));
        stage.wait(COMMITTED);
        stage.read(lasting);
        let options = sluice_mqtt::SubscriptionOptions {
            qos: sluice_mqtt::QoS::ExactlyOnce,
            ..sluice_mqtt::SubscriptionOptions::default()
        };
        let passing = stage.connect(&Client::new("d"));
        stage.subscribe_with(passing, "t", options, 0);
        stage.ask(lasting, "t", options);
        stage.wait(COMMITTED);
        assert_eq!(stage.read(lasting), ["suback 900 02"]);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t", "1", (1, 1));
        stage.publish(publisher, "t", "2", (2, 2));
        stage.publish(publisher, "t", "3", (1, 3));
        stage.publish(publisher, "t", "4", (0, 0));
        let all = ["publish t 1 q1 #1", "publish t 2 q2 #2", "publish t 3 q1 #3", "publish t 4 q0"];
        assert_eq!(stage.read(passing), all);
        assert_eq!(stage.read(lasting), all[..1]);
        assert!(stage.read(publisher).is_empty());
        stage.wait(COMMITTED);
        assert_eq!(stage.read(lasting), all[1..]);
        let acks = ["puback 1 0x00", "pubrec 2 0x00", "puback 3 0x00"];
        assert_eq!(stage.read(publisher), acks);
    });
}

#[test]
fn acknowledgements_that_wait_are_lost_with_the_connection_and_asked_for_again() {
    play_late(|stage| {
        let watcher = stage.dial(Version::V5);
        stage.bytes(watcher, &Client::lasting("w").encode());
        stage.wait(COMMITTED);
        let options = sluice_mqtt::SubscriptionOptions {
            qos: sluice_mqtt::QoS::ExactlyOnce,
            ..sluice_mqtt::SubscriptionOptions::default()
        };
        stage.ask(watcher, "t", options);
        stage.wait(COMMITTED);
        assert_eq!(stage.read(watcher), ["connack 0x00", "suback 900 02"]);
        let first = stage.dial(Version::V5);
        stage.bytes(first, &Client::lasting("p").encode());
        stage.wait(COMMITTED);
        stage.publish(first, "t", "1", (2, 1));
        stage.lose(first);
        let second = stage.dial(Version::V5);
        stage.bytes(second, &Client::lasting("p").encode());
        stage.publish(second, "t", "1", (2, 1));
        assert!(stage.read(second).is_empty());
        stage.wait(COMMITTED);
        assert_eq!(stage.read(second), ["connack 0x00 present", "pubrec 1 0x00"]);
        stage.ack(second, AckType::PubRel, 1);
        assert!(stage.read(second).is_empty());
        stage.wait(COMMITTED);
        assert_eq!(stage.read(second), ["pubcomp 1 0x00"]);
        assert_eq!(stage.read(watcher), ["publish t 1 q2 #1"]);
        stage.disconnect(second, ReasonCode::Success);
    });
}

#[test]
fn what_waited_for_the_window_and_then_for_the_log_is_sent_once_the_log_is_there() {
    for seed in 1..=12 {
        let commit = Some((50_000, 50_000));
        let stage = &mut Stage::new(Conditions { seed, commit, ..Conditions::calm(2) });
        let wire = stage.dial(Version::V5);
        let narrow = Client { receive_maximum: Some(1), ..Client::lasting("c") };
        stage.bytes(wire, &narrow.encode());
        stage.wait(COMMITTED);
        let options = sluice_mqtt::SubscriptionOptions {
            qos: sluice_mqtt::QoS::ExactlyOnce,
            ..sluice_mqtt::SubscriptionOptions::default()
        };
        stage.ask(wire, "t", options);
        stage.wait(COMMITTED);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t", "1", (1, 1));
        stage.wait(COMMITTED);
        assert_eq!(stage.read(wire).last().unwrap(), "publish t 1 q1 #1");
        // Both wait for the window; with luck the log commits between them.
        stage.publish(publisher, "t", "2", (1, 2));
        stage.publish(publisher, "t", "3", (2, 3));
        stage.wait(Time::millis(60));
        stage.ack(wire, AckType::PubAck, 1);
        stage.ack(wire, AckType::PubAck, 2);
        stage.wait(COMMITTED);
        let expected = ["publish t 2 q1 #2", "publish t 3 q2 #3"];
        assert_eq!(stage.read(wire), expected, "seed {seed}");
    }
}
