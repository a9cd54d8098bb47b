//! SUBSCRIBE, UNSUBSCRIBE, and which message goes where.

use crate::harness::{
    Connect, Publish, RawClient, Server, frame, subscribe, text, unsubscribe, user_property,
};

#[test]
fn unsuback_names_what_did_not_match() {
    let server = Server::start();
    let mut client = RawClient::open_5(server.mqtt, "leaver");
    client.subscribe("sub/there", 0);
    client.send(&unsubscribe(5, 3, &["sub/there", "sub/absent", "sub/there"]));
    let unsuback = client.expect(0xb0);
    assert_eq!(unsuback.body, [0, 3, 0, 0x00, 0x11, 0x11]);
    RawClient::open_5(server.mqtt, "sender").publish(&Publish::new("sub/there", "x"));
    client.ping();
    let mut client = RawClient::open_3(server.mqtt, "leaver");
    client.send(&unsubscribe(4, 3, &["sub/absent"]));
    client.expect_bytes(&[0xb0, 2, 0, 3]);
}

#[test]
fn wildcards_never_match_names_that_begin_with_a_dollar() {
    let server = Server::start();
    let mut receiver = RawClient::open_5(server.mqtt, "all");
    for filter in ["#", "+", "+/#", "+/sub"] {
        assert_eq!(receiver.subscribe(filter, 0), [0]);
    }
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    sender.publish(&Publish::new("$private/sub", "hidden"));
    sender.publish(&Publish::new("$private", "hidden"));
    sender.publish(&Publish::new("plain/sub", "plain"));
    assert_eq!(receiver.receive_publish().topic, "plain/sub");
    receiver.subscribe("$private/#", 0);
    sender.publish(&Publish::new("$private/sub", "named"));
    // Overlapping subscriptions above may have brought copies of the plain one, never of this.
    loop {
        let received = receiver.receive_publish();
        if received.topic != "plain/sub" {
            assert_eq!(received.payload, "named");
            break;
        }
    }
}

#[test]
fn filters_match_as_the_specification_says() {
    let server = Server::start();
    let rows = [
        ("a/#", "a", true),
        ("a/#", "a/b/c", true),
        ("a/#", "ab", false),
        ("a/+", "a/b", true),
        ("a/+", "a", false),
        ("a/+", "a/", true),
        ("a/+", "a/b/c", false),
        ("+/+", "/finance", true),
        ("/+", "/finance", true),
        ("+", "/finance", false),
        ("a//b", "a//b", true),
        ("a/+/b", "a//b", true),
        ("A", "a", false),
        ("a", "a", true),
        ("+/tennis/#", "sport/tennis", true),
    ];
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    for (filter, topic, matches) in rows {
        let mut receiver = RawClient::open_5(server.mqtt, "receiver");
        receiver.subscribe(filter, 0);
        receiver.subscribe("sentinel", 0);
        sender.publish(&Publish::new(topic, "x"));
        sender.publish(&Publish::new("sentinel", "x"));
        let first = receiver.receive_publish();
        let wanted = if matches { topic } else { "sentinel" };
        assert_eq!(first.topic, wanted, "filter {filter}, topic {topic}");
    }
}

#[test]
fn bad_shared_filters_are_refused() {
    let mut server = Server::start();
    for filter in ["$share//t", "$share/g/", "$share/g", "$share/+/t", "$share/a#/t"] {
        refuses_filter(&server, filter);
    }
    for filter in ["a/#/b", "a#", "a/b+", "+a/b", "#/a", ""] {
        refuses_filter(&server, filter);
    }
    server.expect_serving();
}

/// In SUBACK, or by ending the connection: the specification allows both.
#[track_caller]
fn refuses_filter(server: &Server, filter: &str) {
    let mut client = RawClient::open_5(server.mqtt, "refused");
    client.send(&subscribe(5, 1, &[], &[(filter, 0)]));
    let answer = client.receive();
    let code = match answer.first {
        0x90 => answer.body.last().copied().unwrap(),
        0xe0 => answer.body.first().copied().unwrap(),
        _ => panic!("{filter}: {answer:02x?}"),
    };
    assert!([0x81, 0x82, 0x8f, 0x9e].contains(&code), "{filter}: 0x{code:02x}");
}

#[test]
fn shared_subscriptions_are_said_to_be_absent_and_refused() {
    let server = Server::start();
    let (mut client, connack) = RawClient::connect(server.mqtt, &Connect::v5("shared"));
    assert!(connack.body.windows(2).any(|bytes| bytes == [0x2a, 0]), "{connack:02x?}");
    assert_eq!(client.subscribe("$share/group/sub/shared", 1), [0x9e]);
    client.ping();
    let mut client = RawClient::open_3(server.mqtt, "shared");
    assert_eq!(client.subscribe("$share/group/sub/shared", 1), [0x80]);
    client.ping();
}

#[test]
fn overlapping_subscriptions_deliver_once_with_both_identifiers() {
    let server = Server::start();
    let mut receiver = RawClient::open_5(server.mqtt, "overlap");
    for (identifier, filter, qos) in [(1, "sub/#", 0), (2, "sub/+", 1)] {
        receiver.send(&subscribe(5, 9, &[0x0b, identifier], &[(filter, qos)]));
        receiver.expect(0x90);
    }
    RawClient::open_5(server.mqtt, "sender").publish_acknowledged("sub/once", "x");
    let received = receiver.receive_publish();
    assert_eq!(received.qos, 1, "the highest granted QoS that matches");
    let mut identifiers: Vec<_> = received.properties.chunks(2).map(<[u8]>::to_vec).collect();
    identifiers.sort();
    assert_eq!(identifiers, [[0x0b, 1], [0x0b, 2]]);
    receiver.ping();
}

#[test]
fn properties_of_a_publish_are_forwarded_untouched() {
    let server = Server::start();
    let mut receiver = RawClient::open_5(server.mqtt, "receiver");
    receiver.subscribe("sub/properties", 0);
    let sent: [Vec<u8>; 6] = [
        vec![0x01, 1],
        [vec![0x03], text("text/plain")].concat(),
        [vec![0x08], text("answer/here")].concat(),
        vec![0x09, 0, 3, 0, 0xff, 7],
        [user_property("b", "2"), user_property("a", "1")].concat(),
        user_property("b", "3"),
    ];
    let mut publish = Publish::new("sub/properties", "x");
    for property in &sent {
        publish = publish.property(property);
    }
    RawClient::open_5(server.mqtt, "sender").publish(&publish);
    let received = receiver.receive_publish().properties;
    assert_eq!(received.len(), sent.concat().len());
    for property in &sent[..4] {
        let there = received.windows(property.len()).any(|bytes| bytes == property);
        assert!(there, "{property:02x?} in {received:02x?}");
    }
    let pairs = sent[4..].concat();
    assert!(received.windows(pairs.len()).any(|bytes| bytes == pairs), "user properties in order");
}

#[test]
fn an_alias_stands_for_its_topic_until_it_is_set_anew() {
    let server = Server::start();
    let mut receiver = RawClient::open_5(server.mqtt, "receiver");
    receiver.subscribe("sub/alias/#", 0);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    let alias = [0x23, 0, 1];
    for topic in ["sub/alias/a", "", "sub/alias/b", ""] {
        sender.publish(&Publish::new(topic, "x").property(&alias));
    }
    let topics: Vec<_> = (0..4).map(|_| receiver.receive_publish()).collect();
    for (received, topic) in topics.iter().zip(["a", "a", "b", "b"]) {
        assert_eq!(received.topic, format!("sub/alias/{topic}"));
        assert!(received.properties.is_empty(), "an alias belongs to one connection");
    }
}

#[test]
fn retained_messages_follow_the_subscription_options() {
    let server = Server::start();
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    sender.publish(&Publish::new("sub/kept/1", "one").retain().qos(1, 1));
    sender.expect(0x40);
    let mut client = RawClient::open_5(server.mqtt, "options");
    client.subscribe("sub/kept/+", 0x20); // Retain Handling 2: never
    client.ping();
    client.subscribe("sub/kept/+", 0x10); // 1: only a new subscription
    client.ping();
    client.subscribe("sub/kept/+", 0x00); // 0: always
    let received = client.receive_publish();
    assert_eq!((received.payload.as_str(), received.retain), ("one", true));
    client.subscribe("sub/kept/+", 0x00);
    assert!(client.receive_publish().retain);
    // Live, the flag is gone, unless Retain As Published keeps it.
    sender.publish(&Publish::new("sub/kept/1", "two").retain());
    assert!(!client.receive_publish().retain);
    client.subscribe("sub/kept/+", 0x28);
    sender.publish(&Publish::new("sub/kept/1", "three").retain());
    assert!(client.receive_publish().retain);
    // An empty payload clears it.
    sender.publish(&Publish::new("sub/kept/1", "").retain());
    assert_eq!(client.receive_publish().payload, "");
    let mut late = RawClient::open_5(server.mqtt, "late");
    late.subscribe("sub/kept/#", 0);
    late.ping();
}

#[test]
fn no_local_keeps_ones_own_messages_away() {
    let server = Server::start();
    let mut client = RawClient::open_5(server.mqtt, "own");
    client.subscribe("sub/own", 4);
    client.publish(&Publish::new("sub/own", "mine"));
    client.ping();
    RawClient::open_5(server.mqtt, "sender").publish(&Publish::new("sub/own", "theirs"));
    assert_eq!(client.receive_publish().payload, "theirs");
}

#[test]
fn one_subscribe_may_hold_500_filters() {
    let server = Server::start();
    let mut client = RawClient::open_5(server.mqtt, "many");
    let filters: Vec<_> = (0..500).map(|number| format!("sub/many/{number}")).collect();
    let filters: Vec<_> = filters.iter().map(|filter| (filter.as_str(), 1)).collect();
    client.send(&subscribe(5, 1, &[], &filters));
    let suback = client.expect(0x90);
    assert_eq!(suback.body[3..], [1; 500]);
    RawClient::open_5(server.mqtt, "sender").publish(&Publish::new("sub/many/499", "x"));
    assert_eq!(client.receive_publish().topic, "sub/many/499");
}

#[test]
fn a_topic_may_be_as_long_as_the_format_allows() {
    let server = Server::start();
    let mut receiver = RawClient::open_5(server.mqtt, "long");
    receiver.subscribe("sub/#", 0);
    let topic = format!("sub/{}", "x".repeat(65_531));
    RawClient::open_5(server.mqtt, "sender").publish(&Publish::new(&topic, "far"));
    let received = receiver.receive_publish();
    assert_eq!(received.topic, topic);
}

#[test]
fn message_expiry_counts_down_while_a_message_waits() {
    let server = Server::start();
    let lasting = Connect::v5("sleeper").resume().expiry(3600);
    let mut receiver = RawClient::open(server.mqtt, &lasting);
    receiver.subscribe("sub/expiry", 1);
    receiver.disconnect();
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    let expiring = |payload: &str, seconds: u8, id: u16| {
        Publish::new("sub/expiry", payload).qos(1, id).property(&[0x02, 0, 0, 0, seconds])
    };
    sender.publish(&expiring("soon", 1, 1));
    sender.expect(0x40);
    sender.publish(&expiring("late", 60, 2));
    sender.expect(0x40);
    // A will that is two seconds late tells that two seconds have passed.
    let mut watcher = RawClient::open_5(server.mqtt, "watcher");
    watcher.subscribe("sub/clock", 0);
    let clock = Connect::v5("clock").expiry(3600).will("sub/clock", "now").will_delay(2);
    RawClient::open(server.mqtt, &clock).cut();
    watcher.receive_publish();
    let mut receiver = RawClient::open(server.mqtt, &lasting);
    let received = receiver.receive_publish();
    assert_eq!(received.payload, "late");
    let left = *received.properties.last().unwrap();
    assert!((50..=59).contains(&left), "{left} s are left of 60");
    receiver.ping();
}

#[test]
fn a_suback_has_one_code_for_each_filter() {
    let server = Server::start();
    let mut client = RawClient::open_3(server.mqtt, "codes");
    client.send(&subscribe(4, 0xabcd, &[], &[("a", 0), ("b", 1), ("c", 2)]));
    client.expect_bytes(&frame(0x90, &[&[0xab, 0xcd, 0, 1, 2]]));
}
