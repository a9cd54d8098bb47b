//! Each event in, its columns as JSON out.

use std::net::SocketAddr;
use std::sync::Arc;

use sluice_event::{
    Author, ClientConnack, ClientConnected, ClientDisconnected, ClientFacts, ClientPing,
    DeliveryDropReason, DeliveryDropped, DropReason, MessageAcked, MessageDelivered,
    MessageDropped, MessageId, MessagePublished, PublishedFacts, Publisher, SessionSubscribed,
    SessionUnsubscribed,
};
use sluice_mqtt::{
    Properties, Property, PropertyList, QoS, ReasonCode, SubscriptionOptions, Version,
};

use super::*;

fn client() -> ClientFacts {
    let mut properties = PropertyList::new();
    properties.push(Property::SessionExpiryInterval(60));
    ClientFacts {
        client_id: "c1".into(),
        username: None,
        peer: SocketAddr::from(([10, 0, 0, 7], 5001)),
        local: SocketAddr::from(([127, 0, 0, 1], 1883)),
        version: Version::V5,
        is_bridge: false,
        clean_start: true,
        keep_alive: 30,
        receive_maximum: 20,
        session_expiry: 60,
        connected_at: UnixMillis(1_000),
        connect_properties: properties.as_properties().as_bytes().into(),
    }
}

fn published<'e>(client: &'e ClientFacts, properties: Properties<'e>) -> MessagePublished<'e> {
    let message = MessageRef {
        topic: "t/1",
        payload: br#"{"a": 1}"#,
        qos: QoS::AtLeastOnce,
        retain: true,
        properties,
        expires_at: None,
    };
    MessagePublished {
        id: MessageId(0xA1),
        publisher: Publisher { username: Some("u1"), ..Publisher::from(client) },
        message,
        dup: false,
        received_at: UnixMillis(2_000),
    }
}

fn dropped(client: &ClientFacts) -> MessageDropped<'_> {
    let published = published(client, Properties::EMPTY);
    MessageDropped { published, reason: DropReason::NoSubscribers }
}

fn delivered<'e>(
    client: &'e ClientFacts,
    published: Option<&'e PublishedFacts>,
) -> MessageDelivered<'e> {
    let message = MessageRef {
        topic: "t/1",
        payload: b"x",
        qos: QoS::AtLeastOnce,
        retain: false,
        properties: Properties::EMPTY,
        expires_at: None,
    };
    MessageDelivered { published, receiver: client, message }
}

fn rule(id: &str) -> RuleId {
    id.parse().expect(id)
}

/// All columns of `*` in order, as the JSON of one row, without the common ones at its end.
fn star(event: &Event<'_>) -> String {
    let shared = EventColumns::new(event, "n@h", UnixMillis(3_000));
    let rule = rule("r1");
    let columns = shared.with_rule(&rule);
    let row: Map = columns.names().iter().map(|name| (*name, columns.column(name))).collect();
    let common = format!(
        r#","event":"{}","timestamp":3000,"node":"n@h","metadata":{{"rule_id":"r1"}}}}"#,
        event.kind().name()
    );
    let json = Value::from(row).to_json();
    json.strip_suffix(&common).unwrap_or_else(|| panic!("{json} without {common}")).to_owned()
}

#[test]
fn a_publish_has_the_columns_of_its_message() {
    let client = client();
    let mut properties = PropertyList::new();
    properties.extend([
        Property::ContentType("text/plain"),
        Property::UserProperty("region", "eu"),
        Property::UserProperty("region", "us"),
    ]);
    let event = Event::MessagePublished(published(&client, properties.as_properties()));
    let expected = [
        r#"{"id":"000000000000000000000000000000A1","clientid":"c1","username":"u1","#,
        r#""payload":"{\"a\": 1}","peerhost":"10.0.0.7","peername":"10.0.0.7:5001","topic":"t/1","#,
        r#""qos":1,"flags":{"retain":true,"dup":false},"pub_props":{"Content-Type":"text/plain","#,
        r#""User-Property":{"region":"us"},"User-Property-Pairs":[{"key":"region","value":"eu"},"#,
        r#"{"key":"region","value":"us"}]},"publish_received_at":2000,"client_attrs":{}"#,
    ];
    assert_eq!(star(&event), expected.concat());
}

#[test]
fn retain_is_a_column_that_star_leaves_out() {
    let client = client();
    let event = Event::MessagePublished(published(&client, Properties::EMPTY));
    let shared = EventColumns::new(&event, "n@h", UnixMillis(0));
    let rule = rule("r1");
    let columns = shared.with_rule(&rule);
    assert!(!columns.names().contains(&"retain"));
    assert!(matches!(columns.column("retain"), Value::Bool(true)));
    assert!(columns.column("reason").is_undefined());
    assert!(columns.column("disconnected_at").is_undefined());
}

#[test]
fn the_payload_is_parsed_once_for_all_rules() {
    let client = client();
    let event = Event::MessagePublished(published(&client, Properties::EMPTY));
    let shared = EventColumns::new(&event, "n@h", UnixMillis(0));
    let (first, second) = (rule("r1"), rule("r2"));
    let (first, second) = (shared.with_rule(&first), shared.with_rule(&second));
    let (first, second) = (first.payload_json().expect("JSON"), second.payload_json());
    assert!(std::ptr::eq(first, second.expect("JSON")), "the very same value");
    assert_eq!(first.to_json(), r#"{"a":1}"#);
}

#[test]
fn what_predicates_look_at_equals_the_columns() {
    let client = client();
    let events = [
        Event::MessagePublished(published(&client, Properties::EMPTY)),
        Event::MessageDropped(dropped(&client)),
        Event::ClientConnected(ClientConnected { client: &client }),
        Event::MessageDelivered(delivered(&client, None)),
        Event::MessagePublished(MessagePublished {
            publisher: Publisher::BROKER,
            ..published(&client, Properties::EMPTY)
        }),
    ];
    for event in &events {
        let shared = EventColumns::new(event, "n@h", UnixMillis(0));
        let rule = rule("r1");
        let columns = shared.with_rule(&rule);
        for column in ColumnId::ALL {
            let (operand, value) = (columns.operand(column), columns.column(column.name()));
            assert_eq!(operand.into_value().to_json(), value.to_json(), "{}", column.name());
        }
    }
}

#[test]
fn a_derived_message_has_no_address() {
    let client = client();
    let event = Event::MessagePublished(MessagePublished {
        publisher: Publisher { client_id: "r9", username: None, peer: None },
        ..published(&client, Properties::EMPTY)
    });
    let json = star(&event);
    assert!(json.contains(r#""clientid":"r9""#), "{json}");
    assert!(!json.contains("peer") && !json.contains("username"), "{json}");
}

/// Client identifier and addresses as most events show them.
const WHO: &str = r#""clientid":"c1","peerhost":"10.0.0.7","peername":"10.0.0.7:5001""#;
const WIRE: &str =
    r#""peername":"10.0.0.7:5001","sockname":"127.0.0.1:1883","proto_name":"MQTT","proto_ver":5"#;

#[test]
fn events_of_connections_have_their_columns() {
    let client = client();
    let mut properties = PropertyList::new();
    properties.push(Property::ReasonString("bye"));
    let connected = Event::ClientConnected(ClientConnected { client: &client });
    let expected = [
        r#"{"clientid":"c1","#,
        WIRE,
        r#","keepalive":30,"clean_start":true,"receive_maximum":20,"expiry_interval":60,"#,
        r#""is_bridge":false,"conn_props":{"Session-Expiry-Interval":60,"User-Property":{}},"#,
        r#""connected_at":1000,"client_attrs":{}"#,
    ];
    assert_eq!(star(&connected), expected.concat());

    let disconnected = Event::ClientDisconnected(ClientDisconnected {
        client: &client,
        reason: "normal",
        properties: properties.as_properties(),
        disconnected_at: UnixMillis(5_000),
    });
    let expected = [
        r#"{"reason":"normal","clientid":"c1","#,
        WIRE,
        r#","disconn_props":{"Reason-String":"bye","User-Property":{}},"#,
        r#""disconnected_at":5000,"connected_at":1000,"client_attrs":{}"#,
    ];
    assert_eq!(star(&disconnected), expected.concat());
}

#[test]
fn events_of_subscriptions_have_their_columns() {
    let client = client();
    let subscribed = Event::SessionSubscribed(SessionSubscribed {
        client: &client,
        filter: "$share/g/t/#",
        options: SubscriptionOptions { qos: QoS::ExactlyOnce, ..Default::default() },
        properties: Properties::EMPTY,
    });
    let expected = [
        "{",
        WHO,
        r#","sub_props":{"User-Property":{}},"topic":"$share/g/t/#","qos":2,"client_attrs":{}"#,
    ];
    assert_eq!(star(&subscribed), expected.concat());

    let unsubscribed = Event::SessionUnsubscribed(SessionUnsubscribed {
        client: &client,
        filter: "t/#",
        qos: QoS::AtLeastOnce,
        properties: Properties::EMPTY,
    });
    let expected = [
        "{",
        WHO,
        r#","unsub_props":{"User-Property":{}},"topic":"t/#","qos":1,"client_attrs":{}"#,
    ];
    assert_eq!(star(&unsubscribed), expected.concat());
}

#[test]
fn a_dropped_message_says_why() {
    let client = client();
    let expected = [
        r#"{"id":"000000000000000000000000000000A1","reason":"no_subscribers","clientid":"c1","#,
        r#""username":"u1","payload":"{\"a\": 1}","peerhost":"10.0.0.7","#,
        r#""peername":"10.0.0.7:5001","topic":"t/1","qos":1,"flags":{"retain":true,"dup":false},"#,
        r#""pub_props":{"User-Property":{}},"publish_received_at":2000"#,
    ];
    assert_eq!(star(&Event::MessageDropped(dropped(&client))), expected.concat());
}

/// The end of each row about a delivery.
const DELIVERED: &str = concat!(
    r#""clientid":"c1","peerhost":"10.0.0.7","peername":"10.0.0.7:5001","payload":"x","#,
    r#""topic":"t/1","qos":1,"flags":{"retain":false,"dup":false},"#,
    r#""pub_props":{"User-Property":{}},"#
);

#[test]
fn a_delivery_tells_of_sender_and_receiver() {
    let receiver = client();
    let sender = ClientFacts { client_id: "c0".into(), username: Some("u1".into()), ..client() };
    let published = PublishedFacts {
        id: MessageId(0xA1),
        author: Author::Client(Arc::new(sender)),
        received_at: UnixMillis(2_000),
    };
    let delivered = delivered(&receiver, Some(&published));
    let id = r#""id":"000000000000000000000000000000A1""#;
    let from = r#""from_clientid":"c0","from_username":"u1""#;
    let at = r#""publish_received_at":2000"#;
    assert_eq!(
        star(&Event::MessageDelivered(delivered)),
        ["{", id, ",", from, ",", DELIVERED, at].concat()
    );
    let mut properties = PropertyList::new();
    properties.push(Property::ReasonString("ok"));
    let acked = MessageAcked { delivered, properties: properties.as_properties() };
    let puback = r#""puback_props":{"Reason-String":"ok","User-Property":{}},"#;
    assert_eq!(
        star(&Event::MessageAcked(acked)),
        ["{", id, ",", from, ",", DELIVERED, puback, at].concat()
    );
    let dropped = DeliveryDropped { delivered, reason: DeliveryDropReason::QueueFull };
    let reason = r#","reason":"queue_full","#;
    assert_eq!(
        star(&Event::DeliveryDropped(dropped)),
        ["{", id, reason, from, ",", DELIVERED, at].concat()
    );
}

#[test]
fn the_publisher_of_a_retained_message_is_not_known() {
    let receiver = client();
    let json = star(&Event::MessageDelivered(delivered(&receiver, None)));
    assert_eq!(json, ["{", DELIVERED.strip_suffix(',').expect("a comma")].concat());
}

#[test]
fn the_answer_to_connect_and_pings_have_their_columns() {
    let client = client();
    let connack = ClientConnack { client: &client, reason: ReasonCode::NotAuthorized };
    let expected = [
        r#"{"reason_code":"not_authorized","clientid":"c1","clean_start":true,"#,
        WIRE,
        r#","keepalive":30,"expiry_interval":60000,"connected_at":1000,"#,
        r#""conn_props":{"Session-Expiry-Interval":60,"User-Property":{}}"#,
    ];
    assert_eq!(star(&Event::ClientConnack(connack)), expected.concat());
    let expected = [
        r#"{"clientid":"c1","clean_start":true,"#,
        WIRE,
        r#","keepalive":30,"expiry_interval":60,"#,
        r#""conn_props":{"Session-Expiry-Interval":60,"User-Property":{}}"#,
    ];
    assert_eq!(star(&Event::ClientPing(ClientPing { client: &client })), expected.concat());
}

#[test]
fn the_broker_itself_is_nobody() {
    let client = client();
    let published = published(&client, Properties::EMPTY);
    let message = MessageRef { topic: "$SYS/broker/uptime", ..published.message };
    let publisher = Publisher::BROKER;
    let event = Event::MessagePublished(MessagePublished { publisher, message, ..published });
    let json = star(&event);
    assert!(!json.contains("clientid") && !json.contains("peer"), "{json}");
    assert!(json.contains(r#""flags":{"retain":true,"dup":false,"sys":true}"#), "{json}");
}

#[test]
fn every_kind_has_the_common_columns_and_none_twice() {
    for kind in EventKind::ALL {
        let names = column_names(kind);
        for common in ["event", "timestamp", "node", "metadata"] {
            assert!(names.contains(&common), "{}: {common}", kind.name());
        }
        let mut sorted = names.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), names.len(), "{}", kind.name());
    }
}

#[test]
fn an_address_of_a_dual_stack_socket_is_shown_as_ipv4() {
    let address: SocketAddr = "[::ffff:10.0.0.7]:5001".parse().expect("an address");
    let client = ClientFacts { peer: address, ..client() };
    let event = Event::ClientConnected(ClientConnected { client: &client });
    assert!(star(&event).contains(r#""peername":"10.0.0.7:5001""#));
}
