//! Inflight windows and the exchanges of QoS 1 and 2, in both directions.

use crate::harness::{Connect, Packet, Publish, RawClient, Server, Setup, packet_id};

/// A subscriber of `topic` with this Receive Maximum, and a publisher.
#[track_caller]
fn pair(server: &Server, topic: &str, receive_maximum: u16, qos: u8) -> (RawClient, RawClient) {
    let connect = Connect::v5("receiver").receive_maximum(receive_maximum);
    let mut receiver = RawClient::open(server.mqtt, &connect);
    assert_eq!(receiver.subscribe(topic, qos), [qos]);
    (receiver, RawClient::open_5(server.mqtt, "sender"))
}

/// Publishes `1` to `count`, each with `qos` and completed towards the sender.
#[track_caller]
fn publish_numbers(sender: &mut RawClient, topic: &str, qos: u8, count: u16) {
    for number in 1..=count {
        sender.publish(&Publish::new(topic, &number.to_string()).qos(qos, number));
        if qos == 1 {
            assert_eq!(sender.expect(0x40).packet_id(), number);
        } else {
            assert_eq!(sender.expect(0x50).packet_id(), number);
            sender.send(&packet_id(0x62, number));
            assert_eq!(sender.expect(0x70).packet_id(), number);
        }
    }
}

#[test]
fn the_window_is_exactly_the_receive_maximum() {
    let server = Server::start();
    for receive_maximum in [1, 3, 20] {
        let (mut receiver, mut sender) = pair(&server, "window/1", receive_maximum, 1);
        publish_numbers(&mut sender, "window/1", 1, 25);
        let mut waiting = Vec::new();
        for number in 1..=receive_maximum {
            let received = receiver.receive_publish();
            assert_eq!(received.payload, number.to_string());
            waiting.push(received.packet_id);
        }
        receiver.ping(); // not one more
        for (freed, number) in (receive_maximum + 1..=25).enumerate() {
            receiver.send(&packet_id(0x40, waiting[freed]));
            let received = receiver.receive_publish();
            assert_eq!(received.payload, number.to_string());
            waiting.push(received.packet_id);
            receiver.ping();
        }
    }
}

#[test]
fn qos_2_holds_its_place_until_pubcomp() {
    let server = Server::start();
    let (mut receiver, mut sender) = pair(&server, "window/2", 2, 2);
    publish_numbers(&mut sender, "window/2", 2, 4);
    let (first, second) = (receiver.receive_publish(), receiver.receive_publish());
    assert_eq!((first.payload.as_str(), second.payload.as_str()), ("1", "2"));
    receiver.send(&packet_id(0x50, first.packet_id));
    receiver.expect_bytes(&packet_id(0x62, first.packet_id));
    receiver.ping(); // PUBREC has freed nothing
    receiver.send(&packet_id(0x70, first.packet_id));
    assert_eq!(receiver.receive_publish().payload, "3");
    receiver.ping();
}

#[test]
fn a_refusing_pubrec_frees_its_place() {
    let server = Server::start();
    let (mut receiver, mut sender) = pair(&server, "window/refuse", 1, 2);
    publish_numbers(&mut sender, "window/refuse", 2, 3);
    for number in 1..=3 {
        let received = receiver.receive_publish();
        assert_eq!(received.payload, number.to_string());
        let [high, low] = received.packet_id.to_be_bytes();
        receiver.send(&[0x50, 4, high, low, 0x97, 0]); // quota exceeded
    }
    receiver.ping(); // no PUBREL follows
}

#[test]
fn a_message_too_large_for_the_client_frees_its_place() {
    let server = Server::start();
    let connect = Connect::v5("small").receive_maximum(1).maximum_packet_size(60);
    let mut receiver = RawClient::open(server.mqtt, &connect);
    receiver.subscribe("window/size", 1);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    for payload in ["before", &"x".repeat(100), "between", &"y".repeat(100), "after"] {
        sender.publish_acknowledged("window/size", payload);
    }
    assert_eq!(receiver.receive_payloads(3), ["before", "between", "after"]);
    receiver.ping();
}

#[test]
fn a_repeated_qos_2_publish_is_delivered_once() {
    let server = Server::start();
    let (mut receiver, mut sender) = pair(&server, "window/once", 10, 2);
    let publish = Publish::new("window/once", "once").qos(2, 7);
    sender.publish(&publish);
    sender.publish(&publish.clone().dup());
    sender.publish(&publish.dup());
    for _ in 0..3 {
        let pubrec = sender.expect(0x50);
        assert_eq!((pubrec.packet_id(), pubrec.reason() & 0x80), (7, 0));
    }
    sender.send(&packet_id(0x62, 7));
    assert_eq!(sender.expect(0x70).packet_id(), 7);
    // The identifier is free again: this is another message.
    sender.publish(&Publish::new("window/once", "again").qos(2, 7));
    sender.expect(0x50);
    assert_eq!(receiver.receive_publish().payload, "once");
    assert_eq!(receiver.receive_publish().payload, "again");
    receiver.ping();
}

#[test]
fn a_qos_2_message_is_forwarded_at_its_first_publish() {
    let server = Server::start();
    let (mut receiver, mut sender) = pair(&server, "window/early", 10, 0);
    sender.publish(&Publish::new("window/early", "early").qos(2, 1));
    assert_eq!(receiver.receive_publish().payload, "early");
}

#[test]
fn a_pubrel_for_nothing_is_answered_with_0x92() {
    let server = Server::start();
    let mut client = RawClient::open_5(server.mqtt, "stray");
    client.send(&packet_id(0x62, 77));
    let pubcomp = client.expect(0x70);
    assert_eq!((pubcomp.packet_id(), pubcomp.reason()), (77, 0x92));
    // 3.1.1 has no codes: the answer alone completes the exchange.
    let mut client = RawClient::open_3(server.mqtt, "stray");
    client.send(&packet_id(0x62, 77));
    client.expect_bytes(&packet_id(0x70, 77));
}

#[test]
fn acknowledgements_of_nothing_end_no_connection() {
    let server = Server::start();
    let mut client = RawClient::open_3(server.mqtt, "stray");
    client.send(&packet_id(0x40, 9));
    client.send(&packet_id(0x70, 9));
    client.ping();
    let mut client = RawClient::open_5(server.mqtt, "stray");
    client.send(&packet_id(0x40, 9));
    client.send(&packet_id(0x70, 9));
    client.ping();
}

#[test]
fn more_publishes_than_the_server_takes_end_with_0x93() {
    let mut server = Setup::default().mqtt("receive_maximum = 4").start();
    let (mut client, connack) = RawClient::connect(server.mqtt, &Connect::v5("flood"));
    let advertised = connack.body.windows(3).any(|bytes| bytes == [0x21, 0, 4]);
    assert!(advertised, "Receive Maximum 4 in {connack:02x?}");
    for number in 1..=4 {
        client.publish(&Publish::new("flood", "x").qos(2, number));
        assert_eq!(client.expect(0x50).packet_id(), number);
    }
    // A repeated one is no fifth.
    client.publish(&Publish::new("flood", "x").qos(2, 4).dup());
    client.expect(0x50);
    client.publish(&Publish::new("flood", "x").qos(2, 5));
    client.expect_refusal(&[0x93]);
    server.expect_serving();
}

#[test]
fn a_publish_that_nobody_wants_says_so() {
    let server = Server::start();
    let mut client = RawClient::open_5(server.mqtt, "lonely");
    client.publish(&Publish::new("window/nobody", "x").qos(1, 1));
    assert_eq!(client.expect(0x40).reason(), 0x10);
    client.publish(&Publish::new("window/nobody", "x").qos(2, 2));
    assert_eq!(client.expect(0x50).reason(), 0x10);
    client.send(&packet_id(0x62, 2));
    assert_eq!(client.expect(0x70).reason(), 0);
}

#[test]
fn every_pair_of_qos_is_delivered_at_the_lower() {
    let server = Server::start();
    for granted in 0..=2 {
        let (mut receiver, mut sender) = pair(&server, "window/qos", 100, granted);
        for sent in 0..=2 {
            let mut publish = Publish::new("window/qos", "x");
            if sent > 0 {
                publish = publish.qos(sent, 5);
            }
            sender.publish(&publish);
            let received = receiver.receive_publish();
            assert_eq!(received.qos, granted.min(sent), "sent {sent}, granted {granted}");
            assert!(!received.dup && !received.retain);
            complete(&mut receiver, received.qos, received.packet_id);
            if sent > 0 {
                let _acknowledged: Packet = sender.receive();
            }
            if sent == 2 {
                sender.send(&packet_id(0x62, 5));
                sender.expect(0x70);
            }
        }
    }
}

fn complete(receiver: &mut RawClient, qos: u8, id: u16) {
    match qos {
        0 => {}
        1 => receiver.send(&packet_id(0x40, id)),
        _ => {
            receiver.send(&packet_id(0x50, id));
            receiver.expect_bytes(&packet_id(0x62, id));
            receiver.send(&packet_id(0x70, id));
        }
    }
}
