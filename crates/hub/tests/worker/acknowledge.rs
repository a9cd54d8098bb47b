//! What waits for the log, and what must not. It does not know the log.

use sluice_mqtt::{Packet, QoS};
use sluice_session::Limits;

use crate::stage::{Client, Stage, ack, message};

fn stage_that_waits() -> Stage {
    let stage = Stage::new(Limits::default());
    stage.world.borrow_mut().commits_at_once = false;
    stage
}

#[test]
fn pubrel_waits_until_its_pubrec_is_logged() {
    let mut stage = stage_that_waits();
    let client = stage.connect(&Client { id: "c", expiry: 60, ..Client::default() });
    stage.subscribe(client, "t", QoS::ExactlyOnce);
    stage.publish(client, message("t", "x", QoS::ExactlyOnce), 1);
    stage.commit();
    assert_eq!(stage.read(client), ["connack 0x00", "suback", "pubrec 1 0x00", "t x"]);
    stage.send(client, &Packet::PubRec(ack(1)));
    assert!(stage.read(client).is_empty());
    stage.commit();
    assert_eq!(stage.read(client), ["pubrel 1 0x00"]);
    // Of what the session does not know nothing is logged.
    stage.send(client, &Packet::PubRec(ack(77)));
    assert_eq!(stage.read(client), ["pubrel 77 0x92"]);
}

#[test]
fn nothing_leaves_before_connack() {
    let mut stage = stage_that_waits();
    let client = Client { id: "c", expiry: 60, ..Client::default() };
    let first = stage.connect(&client);
    stage.send(first, &Packet::PingReq);
    assert!(stage.read(first).is_empty());
    stage.commit();
    assert_eq!(stage.read(first), ["connack 0x00", "pingresp"]);
    let second = stage.connect(&client);
    assert_eq!(stage.read(first), ["disconnect 0x8e"]);
    // Taken over before it was let in: there is nothing to say goodbye to [MQTT5-3.14.0-1].
    stage.connect(&client);
    assert!(stage.read(second).is_empty());
    assert_eq!(stage.asked.closed, [first, second]);
}

#[test]
fn pings_are_answered_while_publishes_wait() {
    let mut stage = stage_that_waits();
    let durable = stage.connect(&Client { id: "d", expiry: 60, ..Client::default() });
    stage.subscribe(durable, "t", QoS::AtLeastOnce);
    stage.commit();
    let publisher = stage.connect(&Client { id: "p", ..Client::default() });
    stage.publish(publisher, message("t", "x", QoS::AtLeastOnce), 1);
    stage.send(publisher, &Packet::PingReq);
    assert_eq!(stage.read(publisher), ["connack 0x00", "pingresp"]);
    stage.commit();
    assert_eq!(stage.read(publisher), ["puback 1 0x00"]);
}

#[test]
fn a_new_connection_has_the_whole_receive_maximum_of_the_server() {
    let mut stage = Stage::new(Limits { receive_maximum: 2, ..Limits::default() });
    let client = Client { id: "c", expiry: 60, ..Client::default() };
    let first = stage.connect(&client);
    for id in 1..=2 {
        stage.publish(first, message("t", "x", QoS::ExactlyOnce), id);
    }
    stage.gone(first);
    let second = stage.connect(&client);
    stage.publish(second, message("t", "x", QoS::ExactlyOnce), 3);
    // What the first one sent is known all the same.
    stage.publish(second, message("t", "x", QoS::ExactlyOnce), 1);
    stage.send(second, &Packet::PubRel(ack(2)));
    let publishes = stage.workers[0].counters().publishes_without_subscribers;
    assert_eq!(publishes, 3);
    let read = stage.read(second);
    assert_eq!(read[1..], ["pubrec 3 0x10", "pubrec 1 0x00", "pubcomp 2 0x00"]);
    stage.publish(second, message("t", "x", QoS::ExactlyOnce), 4);
    stage.publish(second, message("t", "x", QoS::ExactlyOnce), 5);
    assert_eq!(stage.read(second), ["pubrec 4 0x10", "disconnect 0x93"]);
}

#[test]
fn what_waited_for_the_window_and_then_waits_for_the_log_is_not_forgotten() {
    let mut stage = stage_that_waits();
    let narrow = Client { id: "c", expiry: 60, receive_maximum: Some(1), ..Client::default() };
    let narrow = stage.connect(&narrow);
    stage.subscribe(narrow, "t", QoS::ExactlyOnce);
    let publisher = stage.connect(&Client { id: "p", ..Client::default() });
    stage.publish(publisher, message("t", "1", QoS::AtLeastOnce), 1);
    stage.publish(publisher, message("t", "2", QoS::AtLeastOnce), 2);
    let so_far = stage.appended();
    stage.publish(publisher, message("t", "3", QoS::ExactlyOnce), 3);
    // The log is durable up to before the last one, which waits behind another one for the window.
    stage.commit_to(so_far);
    assert_eq!(stage.read(narrow), ["connack 0x00", "suback", "t 1"]);
    stage.send(narrow, &Packet::PubAck(ack(1)));
    stage.send(narrow, &Packet::PubAck(ack(2)));
    assert_eq!(stage.read(narrow), ["t 2"]);
    stage.commit();
    assert_eq!(stage.read(narrow), ["t 3"]);
}
