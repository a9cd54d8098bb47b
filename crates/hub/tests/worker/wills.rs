//! Wills. It does not know who else may publish.

use sluice_mqtt::{QoS, ReasonCode};
use sluice_session::Limits;

use crate::stage::{Client, Stage, disconnect};

#[test]
fn a_will_cannot_speak_for_the_broker() {
    let mut stage = Stage::new(Limits::default());
    let will = Some(("$SYS/broker/version", 0));
    let id = stage.connect(&Client { id: "c", will, ..Client::default() });
    assert_eq!(stage.read(id), ["connack 0x87"]);
    assert_eq!(stage.asked.closed, [id]);
}

#[test]
fn a_will_is_not_delayed_beyond_the_session() {
    let mut stage = Stage::new(Limits::default());
    let watcher = stage.connect(&Client { id: "watcher", ..Client::default() });
    stage.subscribe(watcher, "will", QoS::AtMostOnce);
    stage.read(watcher);
    let will = Some(("will", 100));
    let id = stage.connect(&Client { id: "c", expiry: 10, will, ..Client::default() });
    stage.gone(id);
    stage.wait(9_900);
    assert!(stage.read(watcher).is_empty());
    stage.wait(200);
    assert_eq!(stage.read(watcher), ["will will"]);
    // Without a session there is nothing that could wait.
    let id = stage.connect(&Client { id: "c", will, ..Client::default() });
    stage.gone(id);
    assert_eq!(stage.read(watcher), ["will will"]);
}

#[test]
fn a_delayed_will_is_sent_once_and_the_log_is_told() {
    let mut stage = Stage::new(Limits::default());
    let watcher = stage.connect(&Client { id: "watcher", ..Client::default() });
    stage.subscribe(watcher, "will", QoS::AtMostOnce);
    stage.read(watcher);
    let will = Some(("will", 5));
    let id = stage.connect(&Client { id: "c", expiry: 60, will, ..Client::default() });
    stage.send(id, &disconnect(ReasonCode::DisconnectWithWill));
    stage.wait(4_900);
    assert!(stage.read(watcher).is_empty());
    stage.wait(20_000);
    assert_eq!(stage.read(watcher), ["will will"]);
    let wills = stage.world.borrow().entries.iter().filter(|entry| *entry == "Will").count();
    assert_eq!(wills, 2, "that it waits, and that it no longer does");
}

#[test]
fn a_client_that_comes_back_in_time_has_no_will_sent() {
    let mut stage = Stage::new(Limits::default());
    let watcher = stage.connect(&Client { id: "watcher", ..Client::default() });
    stage.subscribe(watcher, "will", QoS::AtMostOnce);
    stage.read(watcher);
    let client = Client { id: "c", expiry: 60, will: Some(("will", 5)), ..Client::default() };
    let id = stage.connect(&client);
    stage.gone(id);
    stage.wait(1_000);
    stage.connect(&client);
    stage.wait(30_000);
    assert!(stage.read(watcher).is_empty());
    // A clean start discards the session, and its will is due at once.
    let id = stage.connect(&client);
    stage.gone(id);
    stage.connect(&Client { id: "c", clean_start: true, ..Client::default() });
    assert_eq!(stage.read(watcher).last().map(String::as_str), Some("will will"));
}
