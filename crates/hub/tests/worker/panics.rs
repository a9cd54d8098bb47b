//! A bug in the middle of a turn. It does not know which.

use sluice_hub::Input;
use sluice_mqtt::QoS;
use sluice_session::Limits;

use crate::stage::{Client, Stage, message};

#[test]
fn a_panic_ends_the_connection_at_hand_and_nothing_else() {
    let mut stage = Stage::new(Limits { max_inflight: 1, ..Limits::default() });
    let hit = stage.connect(&Client { id: "hit", expiry: 60, ..Client::default() });
    stage.subscribe(hit, "t", QoS::AtLeastOnce);
    let other = stage.connect(&Client { id: "other", ..Client::default() });
    stage.subscribe(other, "t", QoS::AtMostOnce);
    stage.read(other);
    for id in 1..=2 {
        stage.publish(other, message("t", "x", QoS::AtLeastOnce), id);
    }
    stage.read(other);
    stage.world.borrow_mut().panics = true;
    stage.handle(Input::Wrote(hit, 1));
    assert_eq!(stage.asked.closed, [hit]);
    assert_eq!(stage.workers[0].counters().panics, 1);
    stage.workers[0].release(hit);
    assert_eq!(stage.workers[0].counters().connections_open, 1);
    // Its session goes on without it, and others never noticed.
    stage.publish(other, message("t", "x", QoS::AtLeastOnce), 3);
    assert_eq!(stage.read(other), ["t x", "puback 3 0x00"]);
    let again = stage.connect(&Client { id: "hit", expiry: 60, ..Client::default() });
    assert_eq!(stage.read(again), ["connack 0x00", "t x"]);
}
