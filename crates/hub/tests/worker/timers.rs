//! Keep alive, the time for CONNECT, session expiry. It does not know sockets.

use sluice_hub::Input;
use sluice_mqtt::{Packet, QoS, ReasonCode};
use sluice_session::{Limits, Link};

use crate::stage::{Client, Stage, disconnect, message};

#[test]
fn a_client_that_trickles_its_connect_is_overdue_all_the_same() {
    let mut stage = Stage::new(Limits { connect_timeout: 10_000, ..Limits::default() });
    let id = stage.accept();
    let connect = Client { id: "slow", ..Client::default() }.connect();
    for byte in connect.chunks(1).take(4) {
        stage.handle(Input::Received(id, byte));
        stage.wait(3_000);
    }
    assert_eq!(stage.asked.closed, [id]);
}

#[test]
fn time_for_connect_may_be_without_end() {
    let mut stage = Stage::new(Limits { connect_timeout: u64::MAX, ..Limits::default() });
    stage.accept();
    stage.wait(1_000_000);
    assert!(stage.asked.closed.is_empty());
}

#[test]
fn a_silent_client_is_closed_and_a_pinging_one_is_not() {
    let mut stage = Stage::new(Limits::default());
    let id = stage.connect(&Client { id: "c", keep_alive: 10, ..Client::default() });
    stage.wait(14_000);
    stage.send(id, &Packet::PingReq);
    stage.wait(14_900);
    assert!(stage.asked.closed.is_empty());
    stage.wait(200);
    assert_eq!(stage.asked.closed, [id]);
    assert_eq!(stage.read(id), ["connack 0x00", "pingresp", "disconnect 0x8d"]);
}

#[test]
fn a_client_that_is_not_read_from_is_not_called_silent() {
    let mut stage = Stage::new(Limits::default());
    let id = stage.connect(&Client { id: "c", keep_alive: 10, ..Client::default() });
    stage.subscribe(id, "t", QoS::AtMostOnce);
    let payload = "x".repeat(Link::HIGH_WATER);
    stage.publish(id, message("t", &payload, QoS::AtMostOnce), 0);
    assert_eq!(stage.asked.held, [(id, true)]);
    stage.wait(60_000);
    assert!(stage.asked.closed.is_empty());
    // It reads at last: from now on it may be silent again.
    stage.read(id);
    assert_eq!(stage.asked.held, [(id, true), (id, false)]);
    stage.wait(14_000);
    assert!(stage.asked.closed.is_empty());
    stage.wait(16_000);
    assert_eq!(stage.asked.closed, [id]);
}

#[test]
fn a_session_ends_with_its_expiry_and_not_before() {
    let mut stage = Stage::new(Limits::default());
    let id = stage.connect(&Client { id: "c", expiry: 10, ..Client::default() });
    stage.send(id, &disconnect(ReasonCode::Success));
    stage.wait(9_900);
    assert_eq!(stage.workers[0].counters().sessions, 1);
    stage.wait(200);
    assert_eq!(stage.workers[0].counters().sessions, 0);
}

#[test]
fn a_session_without_end_waits_for_no_timer() {
    let limits = Limits { session_expiry_max: u32::MAX, ..Limits::default() };
    let mut stage = Stage::new(limits);
    let id = stage.connect(&Client { id: "c", expiry: u32::MAX, ..Client::default() });
    stage.send(id, &disconnect(ReasonCode::Success));
    assert_eq!(stage.workers[0].deadline(), None);
}
