//! Two connections of one client: the newer one has the session.

use sluice_session::Limits;

use crate::stage::{Client, play};

#[test]
fn the_old_connection_is_told_and_the_session_goes_on() {
    play(&Limits::default(), |stage| {
        let old = stage.connect(&Client::lasting("c"));
        stage.subscribe(old, "t", 1);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t", "1", (1, 1));
        assert_eq!(stage.read(old), ["publish t 1 q1 #1"]);
        let (new, present) = stage.resume(&Client::lasting("c"));
        assert!(present);
        // [MQTT5-3.1.4-3]
        assert_eq!(stage.read(old), ["disconnect 0x8e", "closed"]);
        assert_eq!(stage.read(new), ["publish t 1 q1 #1 dup"]);
        assert_eq!(stage.engine.sum().connections_open, 2);
    });
}

#[test]
fn an_old_connection_of_3_1_1_is_closed_without_a_word() {
    play(&Limits::default(), |stage| {
        let old = stage.connect(&Client::v3("c"));
        let (_, present) = stage.resume(&Client::lasting("c"));
        assert!(present);
        assert_eq!(stage.read(old), ["closed"]);
    });
}

#[test]
fn a_clean_start_takes_the_connection_and_ends_the_session() {
    play(&Limits::default(), |stage| {
        let old = stage.connect(&Client::lasting("c"));
        stage.subscribe(old, "t", 1);
        let clean = Client { clean_start: true, ..Client::lasting("c") };
        let (new, present) = stage.resume(&clean);
        assert!(!present);
        assert_eq!(stage.read(old), ["disconnect 0x8e", "closed"]);
        let publisher = stage.connect(&Client::new("p"));
        stage.publish(publisher, "t", "1", (1, 1));
        assert_eq!(stage.read(publisher), ["puback 1 0x10"]);
        assert!(stage.read(new).is_empty());
        assert_eq!(stage.engine.subscriptions(), 0);
    });
}
