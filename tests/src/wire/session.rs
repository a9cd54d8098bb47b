//! What of a session outlives its connection.

use crate::harness::{Connect, Publish, RawClient, Server, packet_id};

/// A 5.0 session that outlives its connection by far.
fn lasting(client_id: &str) -> Connect {
    Connect::v5(client_id).resume().expiry(3600)
}

/// Connects to a session that must be there already.
#[track_caller]
fn resume(server: &Server, connect: &Connect) -> RawClient {
    let (client, connack) = RawClient::connect(server.mqtt, connect);
    assert_eq!(connack.body[..2], [1, 0], "session present, success");
    client
}

#[test]
fn redelivery_stays_within_the_new_receive_maximum() {
    let server = Server::start();
    let mut receiver = RawClient::open(server.mqtt, &lasting("again"));
    receiver.subscribe("session/again", 1);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    for number in 1..=6 {
        sender.publish_acknowledged("session/again", &number.to_string());
    }
    let before: Vec<_> = (0..6).map(|_| receiver.receive_publish()).collect();
    receiver.cut();

    let mut receiver = resume(&server, &lasting("again").receive_maximum(2));
    for first in &before[..2] {
        let received = receiver.receive_publish();
        assert!(received.dup, "a redelivery says so");
        assert_eq!(received.payload, first.payload);
        assert_eq!(received.packet_id, first.packet_id);
    }
    receiver.ping(); // the window is full
    for number in 2..6 {
        receiver.send(&packet_id(0x40, before[number - 2].packet_id));
        let received = receiver.receive_publish();
        assert_eq!(
            (received.payload.as_str(), received.dup),
            (before[number].payload.as_str(), true)
        );
        assert_eq!(received.packet_id, before[number].packet_id);
        receiver.ping();
    }
}

#[test]
fn an_exchange_of_qos_2_goes_on_where_it_stood() {
    let server = Server::start();
    let mut receiver = RawClient::open(server.mqtt, &lasting("half"));
    receiver.subscribe("session/half", 2);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    sender.publish(&Publish::new("session/half", "first").qos(2, 1));
    sender.publish(&Publish::new("session/half", "second").qos(2, 2));
    let (first, second) = (receiver.receive_publish(), receiver.receive_publish());
    receiver.send(&packet_id(0x50, first.packet_id));
    receiver.expect_bytes(&packet_id(0x62, first.packet_id));
    receiver.cut();

    let mut receiver = resume(&server, &lasting("half"));
    // The first is past its PUBREC: only its PUBREL comes again.
    receiver.expect_bytes(&packet_id(0x62, first.packet_id));
    let again = receiver.receive_publish();
    assert_eq!((again.payload.as_str(), again.dup), ("second", true));
    assert_eq!(again.packet_id, second.packet_id);
    receiver.send(&packet_id(0x70, first.packet_id));
    receiver.ping();
}

#[test]
fn the_receive_state_of_qos_2_survives_a_reconnect() {
    let server = Server::start();
    let mut receiver = RawClient::open_5(server.mqtt, "receiver");
    receiver.subscribe("session/state", 2);
    let mut sender = RawClient::open(server.mqtt, &lasting("state"));
    sender.publish(&Publish::new("session/state", "once").qos(2, 7));
    assert_eq!(sender.expect(0x50).packet_id(), 7);
    sender.cut();

    let mut sender = resume(&server, &lasting("state"));
    sender.publish(&Publish::new("session/state", "once").qos(2, 7).dup());
    assert_eq!(sender.expect(0x50).packet_id(), 7);
    sender.send(&packet_id(0x62, 7));
    let pubcomp = sender.expect(0x70);
    assert_eq!((pubcomp.packet_id(), pubcomp.reason()), (7, 0));
    sender.publish(&Publish::new("session/state", "sentinel").qos(2, 8));
    assert_eq!(receiver.receive_publish().payload, "once");
    assert_eq!(receiver.receive_publish().payload, "sentinel");
}

#[test]
fn a_sender_that_is_cut_anywhere_sends_once() {
    let server = Server::start();
    let mut receiver = RawClient::open_5(server.mqtt, "receiver");
    receiver.subscribe("session/once", 0);
    for connect in [lasting("cut-sender"), Connect::v3("cut-sender-3").resume()] {
        let mut sender = RawClient::open(server.mqtt, &connect);
        for number in 1..=100 {
            let publish = Publish::new("session/once", &number.to_string()).qos(2, number);
            sender.publish(&publish);
            if number % 4 == 1 {
                sender.cut();
                sender = resume(&server, &connect);
                sender.publish(&publish.dup());
            }
            assert_eq!(sender.expect(0x50).packet_id(), number);
            if number % 4 == 2 {
                sender.cut();
                sender = resume(&server, &connect);
            }
            sender.send(&packet_id(0x62, number));
            if number % 4 == 3 {
                sender.cut();
                sender = resume(&server, &connect);
                sender.send(&packet_id(0x62, number));
            }
            assert_eq!(sender.expect(0x70).packet_id(), number);
        }
        let wanted: Vec<_> = (1..=100).map(|number: u16| number.to_string()).collect();
        assert_eq!(receiver.receive_payloads(100), wanted);
    }
    receiver.ping();
}

#[test]
fn a_receiver_that_is_cut_anywhere_gets_once() {
    let server = Server::start();
    for connect in [lasting("cut-receiver"), Connect::v3("cut-receiver-3").resume()] {
        let mut receiver = RawClient::open(server.mqtt, &connect);
        receiver.subscribe("session/got", 2);
        let mut sender = RawClient::open_5(server.mqtt, "sender");
        for number in 1..=100 {
            sender.publish(&Publish::new("session/got", &number.to_string()).qos(2, number));
            sender.expect(0x50);
            sender.send(&packet_id(0x62, number));
            sender.expect(0x70);
            let received = receiver.receive_publish();
            assert_eq!((received.payload, received.dup), (number.to_string(), false));
            let id = received.packet_id;
            if number % 4 == 1 {
                receiver.cut();
                receiver = resume(&server, &connect);
                let again = receiver.receive_publish();
                assert_eq!((again.packet_id, again.dup), (id, true));
                assert_eq!(again.payload, number.to_string());
            }
            receiver.send(&packet_id(0x50, id));
            receiver.expect_bytes(&packet_id(0x62, id));
            if number % 4 == 2 {
                receiver.cut();
                receiver = resume(&server, &connect);
                receiver.expect_bytes(&packet_id(0x62, id));
            }
            receiver.send(&packet_id(0x70, id));
        }
        receiver.ping();
    }
}

#[test]
fn offline_messages_keep_their_order() {
    let server = Server::start();
    for connect in [lasting("offline-5"), Connect::v3("offline-3").resume()] {
        let mut receiver = RawClient::open(server.mqtt, &connect);
        receiver.subscribe("session/offline/#", 1);
        receiver.disconnect();
        let mut sender = RawClient::open_5(server.mqtt, "sender");
        let sent: Vec<_> = (0..100).map(|number| number.to_string()).collect();
        for (number, payload) in sent.iter().enumerate() {
            sender.publish_acknowledged(&format!("session/offline/{}", number % 3), payload);
        }
        let mut receiver = resume(&server, &connect);
        assert_eq!(receiver.receive_payloads(100), sent);
        receiver.ping();
    }
}

#[test]
fn a_clean_session_leaves_nothing() {
    let server = Server::start();
    let mut receiver = RawClient::open_3(server.mqtt, "clean");
    receiver.subscribe("session/clean", 1);
    receiver.disconnect();
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    sender.publish_acknowledged("session/clean", "lost");
    let (mut receiver, connack) = RawClient::connect(server.mqtt, &Connect::v3("clean").resume());
    assert_eq!(connack.body, [0, 0]);
    receiver.ping();
    // And a clean start discards what a lasting session had.
    receiver.subscribe("session/clean", 1);
    receiver.disconnect();
    let (mut receiver, connack) = RawClient::connect(server.mqtt, &Connect::v3("clean"));
    assert_eq!(connack.body, [0, 0]);
    sender.publish_acknowledged("session/clean", "lost too");
    receiver.ping();
}

#[test]
fn without_an_expiry_a_5_0_session_ends_with_its_connection() {
    let server = Server::start();
    RawClient::open(server.mqtt, &Connect::v5("short").resume()).disconnect();
    let (_, connack) = RawClient::connect(server.mqtt, &Connect::v5("short").resume());
    assert_eq!(connack.body[..2], [0, 0]);
    // DISCONNECT may end a session that was to last.
    let mut client = RawClient::open(server.mqtt, &lasting("given-up"));
    client.send(&[0xe0, 7, 0, 5, 0x11, 0, 0, 0, 0]);
    client.expect_closed();
    let (_, connack) = RawClient::connect(server.mqtt, &lasting("given-up"));
    assert_eq!(connack.body[..2], [0, 0]);
}

#[test]
fn a_takeover_tells_the_old_connection() {
    let server = Server::start();
    let mut old = RawClient::open(server.mqtt, &lasting("same"));
    old.subscribe("session/same", 1);
    let mut new = resume(&server, &lasting("same"));
    old.expect_refusal(&[0x8e]);
    // The subscription went over with the session.
    RawClient::open_5(server.mqtt, "sender").publish_acknowledged("session/same", "here");
    assert_eq!(new.receive_payloads(1), ["here"]);
    new.ping();

    let mut old = RawClient::open_3(server.mqtt, "same-3");
    let mut new = RawClient::open_3(server.mqtt, "same-3");
    old.expect_closed();
    new.ping();
}

#[test]
fn a_3_1_1_client_gets_its_own_format() {
    let server = Server::start();
    let mut receiver = RawClient::open(server.mqtt, &Connect::v3("old").resume());
    receiver.subscribe("session/old", 2);
    receiver.disconnect();
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    let property = [&[0x03, 0, 4], b"text".as_slice()].concat();
    let publish = Publish::new("session/old", "plain").property(&property);
    sender.publish(&publish.clone().qos(2, 1));
    sender.expect(0x50);
    sender.send(&packet_id(0x62, 1));
    sender.expect(0x70);
    let mut receiver = resume(&server, &Connect::v3("old").resume());
    let received = receiver.receive_publish();
    assert_eq!((received.payload.as_str(), received.qos), ("plain", 2));
    receiver.send(&packet_id(0x50, received.packet_id));
    receiver.expect_bytes(&packet_id(0x62, received.packet_id));
    receiver.send(&packet_id(0x70, received.packet_id));
    sender.publish(&publish);
    assert_eq!(receiver.receive_publish().payload, "plain");
    // Errors have no packet of their own: the connection just ends.
    receiver.send(&[0xc0, 1, 0]);
    receiver.expect_closed();
}
