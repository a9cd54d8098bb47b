//! Bytes that no client may send once it is connected: each ends its own connection with the right
//! reason code, and nobody else's.

use super::connect::BAD_TEXT;
use crate::harness::{Publish, RawClient, Server, frame, packet_id, subscribe, text, unsubscribe};

/// Sends `bytes` on a fresh 5.0 connection: a DISCONNECT with one of `codes` must follow, while a
/// bystander stays connected.
struct Bench {
    server: Server,
    bystander: RawClient,
}

impl Bench {
    fn new() -> Self {
        let server = Server::start();
        let bystander = RawClient::open_5(server.mqtt, "bystander");
        Self { server, bystander }
    }

    #[track_caller]
    fn refuse_5(&mut self, what: &str, bytes: &[u8], codes: &[u8]) {
        let mut client = RawClient::open_5(self.server.mqtt, "offender");
        client.send(bytes);
        let packet = client.receive();
        let code = packet.body.first().copied().unwrap_or(0);
        assert!(
            packet.first == 0xe0 && codes.contains(&code),
            "{what}: awaited DISCONNECT {codes:02x?}, came {packet:02x?}"
        );
        client.expect_closed();
        self.bystander.ping();
    }

    #[track_caller]
    fn close_3(&mut self, bytes: &[u8]) {
        let mut client = RawClient::open_3(self.server.mqtt, "offender");
        client.send(bytes);
        client.expect_closed();
        self.bystander.ping();
    }

    /// The same bytes mean the same in both versions.
    #[track_caller]
    fn refuse(&mut self, what: &str, bytes: &[u8], codes: &[u8]) {
        self.refuse_5(what, bytes, codes);
        self.close_3(bytes);
    }
}

#[test]
fn flags_of_the_fixed_header_are_fixed() {
    let mut bench = Bench::new();
    let rows: [(&str, Vec<u8>); 12] = [
        ("PINGREQ flags", vec![0xc1, 0]),
        ("PINGREQ flags", vec![0xc8, 0]),
        ("PINGREQ with a body", vec![0xc0, 1, 0]),
        ("PUBACK flags", packet_id(0x41, 1)),
        ("PUBREC flags", packet_id(0x52, 1)),
        ("PUBREL flags", packet_id(0x60, 1)),
        ("PUBCOMP flags", packet_id(0x74, 1)),
        ("DISCONNECT flags", vec![0xe1, 0]),
        ("packet type 0", vec![0x00, 0]),
        ("PUBLISH with QoS 3", frame(0x36, &[&text("t"), &[0, 1], b"x"])),
        ("remaining length of five bytes", vec![0xc0, 0xff, 0xff, 0xff, 0xff, 0x01]),
        ("remaining length of five bytes", vec![0x30, 0x80, 0x80, 0x80, 0x80, 0x80]),
    ];
    for (what, bytes) in rows {
        bench.refuse(what, &bytes, &[0x81]);
    }
    for (level, first) in [(4, 0x80), (4, 0x83), (5, 0x80), (5, 0x8a)] {
        let mut bytes = subscribe(level, 1, &[], &[("t", 0)]);
        bytes[0] = first;
        if level == 5 {
            bench.refuse_5("SUBSCRIBE flags", &bytes, &[0x81]);
        } else {
            bench.close_3(&bytes);
        }
    }
    let mut bytes = unsubscribe(5, 1, &["t"]);
    bytes[0] = 0xa0;
    bench.refuse_5("UNSUBSCRIBE flags", &bytes, &[0x81]);
}

#[test]
fn dup_belongs_to_no_qos_0_publish() {
    let mut bench = Bench::new();
    bench.refuse_5("DUP", &Publish::new("t", "x").dup().bytes(5), &[0x81, 0x82]);
    bench.close_3(&Publish::new("t", "x").dup().bytes(4));
}

#[test]
fn packets_of_a_server_are_refused() {
    let mut bench = Bench::new();
    bench.refuse("PINGRESP", &[0xd0, 0], &[0x82]);
    bench.refuse_5("CONNACK", &[0x20, 3, 0, 0, 0], &[0x82]);
    bench.refuse_5("SUBACK", &[0x90, 4, 0, 1, 0, 0], &[0x82]);
    bench.refuse_5("UNSUBACK", &[0xb0, 4, 0, 1, 0, 0], &[0x82]);
    bench.close_3(&[0x20, 2, 0, 0]);
    bench.close_3(&[0x90, 3, 0, 1, 0]);
    bench.close_3(&[0xb0, 2, 0, 1]);
    bench.refuse_5("AUTH without a method agreed on", &[0xf0, 2, 0x18, 0], &[0x82]);
    bench.close_3(&[0xf0, 0]);
}

#[test]
fn a_packet_identifier_is_never_0() {
    let mut bench = Bench::new();
    bench.refuse_5("PUBLISH", &Publish::new("t", "x").qos(1, 0).bytes(5), &[0x81, 0x82]);
    bench.refuse_5("PUBLISH", &Publish::new("t", "x").qos(2, 0).bytes(5), &[0x81, 0x82]);
    bench.refuse_5("SUBSCRIBE", &subscribe(5, 0, &[], &[("t", 0)]), &[0x81, 0x82]);
    bench.refuse_5("UNSUBSCRIBE", &unsubscribe(5, 0, &["t"]), &[0x81, 0x82]);
    bench.close_3(&Publish::new("t", "x").qos(1, 0).bytes(4));
    bench.close_3(&subscribe(4, 0, &[], &[("t", 0)]));
    bench.close_3(&unsubscribe(4, 0, &["t"]));
}

#[test]
fn subscribe_is_whole_and_its_options_are_known() {
    let mut bench = Bench::new();
    let rows: [(&str, Vec<u8>, &[u8]); 9] = [
        ("no filter", subscribe(5, 1, &[], &[]), &[0x81, 0x82]),
        ("no option byte", frame(0x82, &[&[0, 1, 0], &text("t")]), &[0x81]),
        ("a cut filter", frame(0x82, &[&[0, 1, 0], &[0, 9, b't', 0]]), &[0x81]),
        ("only the packet identifier", frame(0x82, &[&[0, 1]]), &[0x81]),
        ("nothing", vec![0x82, 0], &[0x81]),
        ("QoS 3", subscribe(5, 1, &[], &[("t", 3)]), &[0x81, 0x82]),
        ("reserved bits", subscribe(5, 1, &[], &[("t", 0x40)]), &[0x81, 0x82]),
        ("Retain Handling 3", subscribe(5, 1, &[], &[("t", 0x30)]), &[0x81, 0x82]),
        ("Subscription Identifier 0", subscribe(5, 1, &[0x0b, 0], &[("t", 0)]), &[0x82]),
    ];
    for (what, bytes, codes) in rows {
        bench.refuse_5(what, &bytes, codes);
    }
    bench.close_3(&subscribe(4, 1, &[], &[]));
    bench.close_3(&frame(0x82, &[&[0, 1], &text("t")]));
    bench.close_3(&subscribe(4, 1, &[], &[("t", 3)]));
    // What 5.0 made options of is reserved in 3.1.1.
    bench.close_3(&subscribe(4, 1, &[], &[("t", 4)]));
    bench.refuse_5("UNSUBSCRIBE without a filter", &unsubscribe(5, 1, &[]), &[0x81, 0x82]);
    bench.close_3(&unsubscribe(4, 1, &[]));
}

#[test]
fn a_topic_name_holds_no_wildcard_and_is_not_empty() {
    let mut bench = Bench::new();
    for topic in ["a/#", "a/+", "+", "#", ""] {
        let publish = Publish::new(topic, "x");
        bench.refuse_5(topic, &publish.bytes(5), &[0x81, 0x82, 0x90]);
        bench.close_3(&publish.bytes(4));
    }
    let response = |topic: &str| [vec![0x08], text(topic)].concat();
    for topic in ["a/#", "+"] {
        let publish = Publish::new("t", "x").property(&response(topic));
        bench.refuse_5("response topic", &publish.bytes(5), &[0x81, 0x82, 0x90]);
    }
}

#[test]
fn properties_of_publish_are_checked() {
    let mut bench = Bench::new();
    let rows: [(&str, &[u8], &[u8]); 11] = [
        ("Topic Alias 0", &[0x23, 0, 0], &[0x82, 0x94]),
        ("Topic Alias over the maximum", &[0x23, 0xff, 0xff], &[0x94]),
        ("Topic Alias twice", &[0x23, 0, 1, 0x23, 0, 1], &[0x82]),
        ("Payload Format Indicator 2", &[0x01, 2], &[0x81, 0x82]),
        ("Payload Format Indicator twice", &[0x01, 1, 0x01, 1], &[0x82]),
        ("Subscription Identifier from a client", &[0x0b, 1], &[0x81, 0x82]),
        ("Session Expiry in PUBLISH", &[0x11, 0, 0, 0, 1], &[0x81, 0x82]),
        ("Reason String in PUBLISH", &[0x1f, 0, 1, b'x'], &[0x81, 0x82]),
        ("Message Expiry cut short", &[0x02, 0, 0], &[0x81]),
        ("User Property cut short", &[0x26, 0, 1, b'k', 0, 9], &[0x81]),
        ("an identifier that does not exist", &[0x00, 0], &[0x81]),
    ];
    for (what, bytes, codes) in rows {
        let mut publish = Publish::new("t", "").property(bytes).bytes(5);
        bench.refuse_5(what, &publish, codes);
        // And once more with a payload behind them that must not be taken for the missing bytes.
        publish[1] += 4;
        publish.extend(b"\0\0\0\0");
        bench.refuse_5(what, &publish, codes);
    }
}

#[test]
fn an_alias_that_was_never_set_is_a_protocol_error() {
    let mut bench = Bench::new();
    let publish = Publish::new("", "x").property(&[0x23, 0, 1]);
    bench.refuse_5("unknown alias", &publish.bytes(5), &[0x82]);
}

#[test]
fn an_acknowledgement_is_whole() {
    let mut bench = Bench::new();
    for first in [0x40, 0x50, 0x62, 0x70] {
        bench.refuse("nothing", &[first, 0], &[0x81]);
        bench.refuse("half a packet identifier", &[first, 1, 0], &[0x81]);
        bench.refuse("packet identifier 0", &packet_id(first, 0), &[0x81, 0x82]);
        bench.refuse_5("cut properties", &[first, 4, 0, 1, 0, 9], &[0x81]);
    }
    bench.close_3(&[0x40, 3, 0, 1, 0]);
}

#[test]
fn disconnect_is_checked() {
    let mut bench = Bench::new();
    bench.refuse_5("a cut property", &[0xe0, 4, 0, 2, 0x11, 0], &[0x81]);
    bench.refuse_5("a property of others", &[0xe0, 5, 0, 3, 0x21, 0, 1], &[0x81, 0x82]);
    // Session Expiry was 0 in CONNECT: it cannot be raised any more.
    bench.refuse_5("a late session expiry", &[0xe0, 7, 0, 5, 0x11, 0, 0, 0, 9], &[0x82]);
}

#[test]
fn text_is_checked() {
    let mut bench = Bench::new();
    for bad in BAD_TEXT {
        let length = u8::try_from(bad.len()).unwrap();
        let bad_text = [&[0, length], bad].concat();
        let publish = Publish::new(bad, "x");
        bench.refuse_5("topic name", &publish.bytes(5), &[0x81, 0x90]);
        bench.close_3(&publish.bytes(4));
        let filter = frame(0x82, &[&[0, 1, 0], &bad_text, &[0]]);
        bench.refuse_5("topic filter", &filter, &[0x81, 0x8f]);
        bench.close_3(&frame(0x82, &[&[0, 1], &bad_text, &[0]]));
        bench.refuse_5("filter", &frame(0xa2, &[&[0, 1, 0], &bad_text]), &[0x81, 0x8f]);
        bench.close_3(&frame(0xa2, &[&[0, 1], &bad_text]));
        for property in [0x03, 0x08] {
            let publish = Publish::new("t", "x").property(&[&[property], &bad_text[..]].concat());
            bench.refuse_5("text property", &publish.bytes(5), &[0x81, 0x82, 0x90]);
        }
        let pair = [&[0x26, 0, 1, b'k'], &bad_text[..]].concat();
        let publish = Publish::new("t", "x").property(&pair);
        bench.refuse_5("user property", &publish.bytes(5), &[0x81]);
    }
}

#[test]
fn a_packet_over_the_limit_is_refused_before_it_is_read() {
    let mut bench = Bench::new();
    // 256 MiB are announced, the largest that the format knows; the default limit is 1 MiB.
    bench.refuse("too large", &[0x30, 0xff, 0xff, 0xff, 0x7f], &[0x95]);
}

#[test]
fn a_connection_cut_within_a_packet_leaves_the_others_alone() {
    let mut bench = Bench::new();
    let whole = Publish::new("t", "payload").qos(1, 1).bytes(5);
    for end in 0..whole.len() {
        let mut client = RawClient::open_5(bench.server.mqtt, "cut");
        client.send(&whole[..end]);
        client.cut();
    }
    bench.bystander.ping();
    bench.server.expect_serving();
}

#[test]
fn a_packet_may_arrive_byte_by_byte() {
    let server = Server::start();
    let mut client = RawClient::open_5(server.mqtt, "slowly");
    for byte in Publish::new("t", "payload").qos(2, 1).bytes(5) {
        client.send(&[byte]);
    }
    assert_eq!(client.expect(0x50).packet_id(), 1);
}
