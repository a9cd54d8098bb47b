//! When a will is published.

use sluice_mqtt::{ReasonCode, Version};
use sluice_session::Limits;
use sluice_testkit::{Time, WireId};

use crate::stage::{Client, Stage, play};

const SAID: [&str; 1] = ["publish will gone q0"];

fn watch(stage: &mut Stage) -> WireId {
    let watcher = stage.connect(&Client::new("w"));
    stage.subscribe(watcher, "will", 0);
    watcher
}

fn mortal(delay: u32) -> Client<'static> {
    Client { will: Some(("will", "gone", delay)), ..Client::lasting("c") }
}

#[test]
fn a_normal_disconnect_takes_the_will_with_it_and_any_other_does_not() {
    play(&Limits::default(), |stage| {
        let watcher = watch(stage);
        let wire = stage.connect(&mortal(0));
        stage.disconnect(wire, ReasonCode::Success);
        assert!(stage.read(watcher).is_empty());
        // [MQTT5-3.14.4-3]
        for reason in [ReasonCode::DisconnectWithWill, ReasonCode::QuotaExceeded] {
            let wire = stage.connect(&mortal(0));
            stage.disconnect(wire, reason);
            assert_eq!(stage.read(watcher), SAID);
        }
        let wire = stage.connect(&mortal(0));
        stage.lose(wire);
        assert_eq!(stage.read(watcher), SAID);
    });
}

#[test]
fn a_client_that_comes_back_within_the_delay_cancels_it() {
    play(&Limits::default(), |stage| {
        let watcher = watch(stage);
        let wire = stage.connect(&mortal(5));
        stage.disconnect(wire, ReasonCode::DisconnectWithWill);
        stage.wait(Time::millis(4_900));
        let (wire, present) = stage.resume(&mortal(5));
        assert!(present);
        stage.wait(Time::seconds(10));
        assert!(stage.read(watcher).is_empty());
        stage.lose(wire);
        stage.wait(Time::millis(4_900));
        assert!(stage.read(watcher).is_empty());
        stage.wait(Time::millis(200));
        assert_eq!(stage.read(watcher), SAID);
    });
}

#[test]
fn a_clean_start_publishes_the_will_that_waits() {
    play(&Limits::default(), |stage| {
        let watcher = watch(stage);
        let wire = stage.connect(&mortal(100));
        stage.lose(wire);
        assert!(stage.read(watcher).is_empty());
        let (_, present) = stage.resume(&Client { clean_start: true, ..Client::lasting("c") });
        assert!(!present);
        // [MQTT5-3.1.3-9]
        assert_eq!(stage.read(watcher), SAID);
        stage.wait(Time::seconds(200));
        assert!(stage.read(watcher).is_empty());
    });
}

#[test]
fn no_delay_outlasts_the_session() {
    play(&Limits::default(), |stage| {
        let watcher = watch(stage);
        let wire = stage.connect(&Client { expiry: 0, ..mortal(100) });
        stage.lose(wire);
        assert_eq!(stage.read(watcher), SAID);
        let wire = stage.connect(&Client { expiry: 3, ..mortal(100) });
        stage.lose(wire);
        stage.wait(Time::millis(3_100));
        assert_eq!(stage.read(watcher), SAID);
    });
}

#[test]
fn a_takeover_publishes_a_will_without_delay() {
    play(&Limits::default(), |stage| {
        let watcher = watch(stage);
        let old = stage.connect(&mortal(0));
        stage.resume(&Client::lasting("c"));
        assert_eq!(stage.read(old), ["disconnect 0x8e", "closed"]);
        assert_eq!(stage.read(watcher), SAID);
    });
}

#[test]
fn wills_are_published_before_everybody_is_told_that_the_server_ends() {
    play(&Limits::default(), |stage| {
        let watcher = watch(stage);
        let mortals = [
            stage.connect(&mortal(0)),
            stage.connect(&Client { id: "d", ..mortal(100) }),
            stage.connect(&Client { id: "e", version: Version::V3_1_1, ..mortal(0) }),
        ];
        let away = stage.connect(&Client { id: "f", ..mortal(100) });
        stage.lose(away);
        stage.engine.publish_wills();
        stage.settle();
        stage.engine.disconnect_all();
        stage.settle();
        let mut expected = [SAID[0]; 6];
        expected[4] = "disconnect 0x8b";
        expected[5] = "closed";
        assert_eq!(stage.read(watcher), expected);
        for wire in mortals {
            assert_eq!(stage.read(wire).last().unwrap(), "closed");
        }
        let sum = stage.engine.sum();
        assert_eq!((sum.connections_open, sum.panics), (0, 0));
    });
}
