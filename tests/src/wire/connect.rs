//! CONNECT and CONNACK.

use crate::harness::{Connect, RawClient, Server, frame, properties, text, user_property};

/// Sends `bytes` as 5.0; a CONNACK with one of `codes` and a close must follow.
#[track_caller]
fn refused(server: &mut Server, what: &str, bytes: &[u8], codes: &[u8]) {
    let mut client = RawClient::dial(server.mqtt, 5);
    client.send(bytes);
    let connack = client.receive();
    assert_eq!(connack.first, 0x20, "{what}: {connack:02x?}");
    assert_eq!(connack.body[0], 0, "{what}: session present in a refusal");
    let code = connack.body[1];
    assert!(codes.contains(&code), "{what}: CONNACK 0x{code:02x}, awaited {codes:02x?}");
    client.expect_closed();
    server.expect_serving();
}

/// Sends `bytes` as 3.1.1; the broker must close without a CONNACK.
#[track_caller]
fn closed(server: &mut Server, bytes: &[u8]) {
    let mut client = RawClient::dial(server.mqtt, 4);
    client.send(bytes);
    client.expect_closed();
    server.expect_serving();
}

#[test]
fn an_accepted_connect_is_answered_in_its_own_format() {
    let server = Server::start();
    let (client, connack) = RawClient::connect(server.mqtt, &Connect::v3("plain"));
    assert_eq!(connack.body, [0, 0]);
    client.disconnect();
    let (client, connack) = RawClient::connect(server.mqtt, &Connect::v5("plain"));
    assert_eq!(connack.body[..2], [0, 0]);
    assert_eq!(usize::from(connack.body[2]), connack.body.len() - 3, "{connack:02x?}");
    client.disconnect();
}

#[test]
fn the_oldest_version_is_spoken_too() {
    let server = Server::start();
    let mut client = RawClient::dial(server.mqtt, 4);
    client.send(&frame(0x10, &[&text("MQIsdp"), &[3, 2, 0, 0], &text("old")]));
    client.expect_bytes(&[0x20, 2, 0, 0]);
    client.subscribe("old", 1);
    RawClient::open_5(server.mqtt, "sender").publish_acknowledged("old", "x");
    assert_eq!(client.receive_payloads(1), ["x"]);
    client.disconnect();
}

#[test]
fn an_unknown_protocol_level_is_refused_in_the_old_format() {
    let mut server = Server::start();
    for level in [0, 3, 6, 0x7f] {
        let mut client = RawClient::dial(server.mqtt, 4);
        client.send(&Connect { level, ..Connect::v3("level") }.bytes());
        client.expect_bytes(&[0x20, 2, 0, 1]);
        client.expect_closed();
    }
    server.expect_serving();
}

#[test]
fn a_password_without_a_user_name_is_refused_with_3_1_1_only() {
    let mut server = Server::start();
    let password = Some(b"secret".to_vec());
    closed(&mut server, &Connect { password: password.clone(), ..Connect::v3("p") }.bytes());
    RawClient::open(server.mqtt, &Connect { password, ..Connect::v5("p") }).disconnect();
}

#[test]
fn an_empty_client_identifier_is_assigned_or_refused() {
    let server = Server::start();
    let (client, connack) = RawClient::connect(server.mqtt, &Connect::v5(""));
    assert_eq!(connack.body[1], 0);
    let assigned = assigned_client_id(&connack.body[3..]);
    assert!(assigned.is_some_and(|length| length > 0), "{connack:02x?}");
    client.disconnect();

    let (client, connack) = RawClient::connect(server.mqtt, &Connect::v3(""));
    assert_eq!(connack.body, [0, 0]);
    client.disconnect();

    let (mut client, connack) = RawClient::connect(server.mqtt, &Connect::v3("").resume());
    assert_eq!(connack.body, [0, 2]);
    client.expect_closed();
}

/// The length of the Assigned Client Identifier among CONNACK properties.
fn assigned_client_id(mut properties: &[u8]) -> Option<u16> {
    loop {
        let (property, rest) = properties.split_first()?;
        let length = match property {
            0x12 => return Some(u16::from_be_bytes([rest[0], rest[1]])),
            0x13 | 0x21 | 0x22 => 2,
            0x11 | 0x27 => 4,
            0x24 | 0x25 | 0x28 | 0x29 | 0x2a => 1,
            other => panic!("a property 0x{other:02x} the test does not know"),
        };
        properties = &rest[length..];
    }
}

#[test]
fn the_first_packet_is_a_connect() {
    let mut server = Server::start();
    for bytes in [vec![0xc0, 0], frame(0x30, &[&text("t"), b"x"]), vec![0xe0, 0]] {
        closed(&mut server, &bytes);
    }
}

#[test]
fn another_protocol_is_not_answered_with_mqtt() {
    let mut server = Server::start();
    closed(&mut server, b"GET / HTTP/1.1\r\nHost: broker\r\n\r\n");
}

#[test]
fn a_second_connect_is_a_protocol_error() {
    let mut server = Server::start();
    let mut client = RawClient::open_5(server.mqtt, "twice");
    client.send(&Connect::v5("twice").bytes());
    client.expect_refusal(&[0x82]);
    let mut client = RawClient::open_3(server.mqtt, "twice");
    client.send(&Connect::v3("twice").bytes());
    client.expect_closed();
    server.expect_serving();
}

#[test]
fn flags_of_connect_are_checked() {
    let mut server = Server::start();
    let rows = [
        ("reserved bit", 0x03),
        ("will QoS without will", 0x0a),
        ("will retain without will", 0x22),
        ("will QoS 3", 0x1e),
    ];
    for (what, flags) in rows {
        let mut connect = Connect { flags, ..Connect::v5("flags") };
        if flags & 4 != 0 {
            connect = connect.will("t", "w");
        }
        refused(&mut server, what, &connect.bytes(), &[0x81, 0x82]);
        closed(&mut server, &Connect { level: 4, ..connect }.bytes());
    }
}

#[test]
fn properties_of_connect_are_checked() {
    let mut server = Server::start();
    let rows: [(&str, &[u8], &[u8]); 12] = [
        ("Receive Maximum 0", &[0x21, 0, 0], &[0x82]),
        ("Maximum Packet Size 0", &[0x27, 0, 0, 0, 0], &[0x82]),
        ("Request Problem Information 2", &[0x17, 2], &[0x81, 0x82]),
        ("Request Response Information 2", &[0x19, 2], &[0x81, 0x82]),
        ("Session Expiry twice", &[0x11, 0, 0, 0, 1, 0x11, 0, 0, 0, 1], &[0x82]),
        ("Receive Maximum twice", &[0x21, 0, 5, 0x21, 0, 5], &[0x82]),
        ("Topic Alias in CONNECT", &[0x23, 0, 1], &[0x81, 0x82]),
        ("Server Keep Alive in CONNECT", &[0x13, 0, 1], &[0x81, 0x82]),
        ("an identifier that does not exist", &[0x7f, 0], &[0x81]),
        ("a property cut short", &[0x11, 0, 0], &[0x81]),
        ("Authentication Data without Method", &[0x16, 0, 1, 7], &[0x82]),
        ("an unknown Authentication Method", &[0x15, 0, 1, b'x'], &[0x8c]),
    ];
    for (what, bytes, codes) in rows {
        refused(&mut server, what, &Connect::v5("p").property(bytes).bytes(), codes);
    }
}

#[test]
fn bytes_after_the_end_of_connect_are_malformed() {
    let mut server = Server::start();
    let whole = Connect::v5("longer").bytes();
    let longer = frame(0x10, &[&whole[2..], &[0]]);
    refused(&mut server, "one byte more", &longer, &[0x81]);
    let whole = Connect::v3("longer").bytes();
    closed(&mut server, &frame(0x10, &[&whole[2..], &[0]]));
}

#[test]
fn a_connect_cut_anywhere_is_malformed() {
    let mut server = Server::start();
    let connect =
        Connect { username: Some("user".into()), ..Connect::v5("cut").will("w/t", "bye") };
    let whole = connect.bytes();
    let body = &whole[2..];
    for end in 0..body.len() {
        let mut client = RawClient::dial(server.mqtt, 5);
        client.send(&frame(0x10, &[&body[..end]]));
        // Before the protocol level stands whole, no answer is owed; it may be refused as one.
        if end >= 7 {
            let connack = client.receive();
            assert_eq!((connack.first, connack.body[1]), (0x20, 0x81), "cut at {end}");
        }
        client.expect_closed();
    }
    server.expect_serving();
}

#[test]
fn a_will_topic_is_a_name() {
    let mut server = Server::start();
    for topic in ["a/#", "a/+/b", "+", "#", ""] {
        let connect = Connect::v5("will").will(topic, "w");
        refused(&mut server, topic, &connect.bytes(), &[0x81, 0x82, 0x90]);
        closed(&mut server, &Connect { level: 4, ..connect }.bytes());
    }
    let connect = Connect::v5("will").will("t", "w");
    let bad = connect.clone().will_property(&[0x08, 0, 1, b'#']);
    refused(&mut server, "response topic", &bad.bytes(), &[0x81, 0x82, 0x90]);
    let twice = connect.clone().will_property(&[0x18, 0, 0, 0, 1, 0x18, 0, 0, 0, 1]);
    refused(&mut server, "will delay twice", &twice.bytes(), &[0x82]);
    let misplaced = connect.will_property(&[0x11, 0, 0, 0, 1]);
    refused(&mut server, "session expiry in the will", &misplaced.bytes(), &[0x81, 0x82]);
}

#[test]
fn text_in_connect_is_checked() {
    let mut server = Server::start();
    for bad in BAD_TEXT {
        let rows = [
            ("client identifier", Connect { client_id: bad.to_vec(), ..Connect::v5("u") }),
            ("user name", Connect { username: Some(bad.to_vec()), ..Connect::v5("u") }),
            ("will topic", Connect::v5("u").will(bad, "w")),
        ];
        for (what, connect) in rows {
            refused(&mut server, what, &connect.bytes(), &[0x81, 0x85, 0x90]);
            closed(&mut server, &Connect { level: 4, ..connect }.bytes());
        }
        let length = u8::try_from(bad.len()).unwrap();
        let property = [&[0x26, 0, 1, b'k', 0, length], bad].concat();
        let connect = Connect::v5("u").property(&property);
        refused(&mut server, "user property", &connect.bytes(), &[0x81]);
    }
}

/// A lone surrogate, U+0000 plain and over-long, an over-long slash, a cut sequence, beyond
/// U+10FFFF.
pub(super) const BAD_TEXT: [&[u8]; 6] =
    [b"a\xed\xa0\x80", b"a\0b", b"a\xc0\x80", b"a\xc0\xaf", b"a\xe2\x82", b"a\xf4\x90\x80\x80"];

#[test]
fn a_connect_may_carry_every_property_in_any_order() {
    let server = Server::start();
    let connect = Connect::v5("everything")
        .property(&user_property("k", "v"))
        .property(&[0x19, 1, 0x17, 0])
        .property(&[0x22, 0, 10])
        .expiry(60)
        .property(&user_property("k", "v"))
        .receive_maximum(7)
        .maximum_packet_size(4096)
        .will("last/words", "w")
        .will_property(&[0x01, 1, 0x02, 0, 0, 0, 9])
        .will_property(&[&[0x03], text("text/plain").as_slice()].concat())
        .will_property(&[&[0x08], text("answers").as_slice()].concat())
        .will_property(&[0x09, 0, 2, 0, 255])
        .will_property(&user_property("k", "v"))
        .will_delay(5);
    RawClient::open(server.mqtt, &connect).disconnect();
}

#[test]
fn a_property_length_beyond_the_packet_is_malformed() {
    let mut server = Server::start();
    let mut head = text("MQTT");
    head.extend([5, 2, 0, 0]);
    let mut longer = properties(&[0x11, 0, 0, 0, 1]);
    longer[0] = 0x7f;
    let bytes = frame(0x10, &[&head, &longer, &text("id")]);
    refused(&mut server, "property length", &bytes, &[0x81]);
}
