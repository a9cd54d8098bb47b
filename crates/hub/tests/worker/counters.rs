//! Numbers that operators read. It does not know how.

use sluice_hub::Input;
use sluice_mqtt::QoS;
use sluice_session::Limits;

use crate::stage::{Client, Stage, message};

#[test]
fn a_connection_that_moves_to_its_home_is_counted_once() {
    let mut stage = Stage::with_workers(2, Limits::default());
    // Some identifiers are at home on the other worker.
    for index in 0..20 {
        stage.connect(&Client { id: &format!("client-{index}"), ..Client::default() });
    }
    let moved = std::mem::take(&mut stage.asked.handed_over);
    assert!(!moved.is_empty());
    for (_, home, unread) in &moved {
        assert_eq!(home.0, 1);
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
        let id = stage.workers[1].accept(address, address, stage.now);
        stage.handle_at(1, Input::Received(id, unread));
    }
    assert!(stage.asked.handed_over.is_empty(), "it moves once");
    let mut all = stage.workers[0].counters();
    all.add(&stage.workers[1].counters());
    assert_eq!((all.connections_accepted, all.connections_open), (20, 20));
    assert_eq!((all.sessions, all.packets_received), (20, 20));
    let bytes: usize = (0..20)
        .map(|index| Client { id: &format!("client-{index}"), ..Client::default() }.connect().len())
        .sum();
    assert_eq!(all.bytes_received, bytes as u64);
}

#[test]
fn every_offer_is_accounted_for() {
    let limits = Limits { max_queued_messages: 2, ..Limits::default() };
    let mut stage = Stage::new(limits);
    let away = stage.connect(&Client { id: "away", expiry: 60, ..Client::default() });
    stage.subscribe(away, "#", QoS::AtLeastOnce);
    stage.gone(away);
    let publisher = stage.connect(&Client { id: "p", ..Client::default() });
    stage.publish(publisher, message("t", "x", QoS::AtMostOnce), 0);
    for id in 1..=3 {
        stage.publish(publisher, message("t", "x", QoS::AtLeastOnce), id);
    }
    let counters = stage.workers[0].counters();
    assert_eq!((counters.offered, counters.waiting), (4, 2));
    assert_eq!((counters.dropped_offline, counters.dropped_queue_full), (1, 1));
    stage.wait(61_000);
    let counters = stage.workers[0].counters();
    assert_eq!((counters.waiting, counters.dropped_session_ended), (0, 2));
    assert!(counters.balance());
}
