//! Events as rule sources: each is turned into a message by a rule, and that message is seen.

use serde_json::Value;

use crate::harness::{
    Connect, Publish, RawClient, Server, Setup, mosquitto_pub, mosquitto_sub, packet_id,
    unsubscribe,
};

/// A rule that says the whole row of `event` on `events/<id>`, for everyone but the watcher.
fn tell(id: &str, event: &str) -> String {
    format!(
        "[rules.{id}]\nsql = '''\nSELECT * FROM \"{event}\" WHERE clientid != 'watcher'\n'''\n\
         [[rules.{id}.actions]]\ntype = \"republish\"\ntopic = \"events/{id}\"\n\n"
    )
}

/// A server with these rules and a watcher of what they say.
fn serve(rules: &[(&str, &str)], mqtt: &str) -> (Server, RawClient) {
    let text: String = rules.iter().map(|(id, event)| tell(id, event)).collect();
    let server = Setup::default().mqtt(mqtt).rules("events.toml", &text).start();
    let mut watcher = RawClient::open_5(server.mqtt, "watcher");
    watcher.subscribe("events/#", 0);
    (server, watcher)
}

/// The next row, which must come of this rule.
#[track_caller]
fn row(watcher: &mut RawClient, id: &str) -> Value {
    let received = watcher.receive_publish();
    assert_eq!(received.topic, format!("events/{id}"), "{}", received.payload);
    serde_json::from_str(&received.payload).unwrap()
}

/// Each of `columns` is in `row`.
#[track_caller]
fn expect(row: &Value, columns: &Value) {
    for (name, value) in columns.as_object().unwrap() {
        assert_eq!(&row[name], value, "{name} of {row}");
    }
}

#[test]
fn a_client_comes_pings_and_goes() {
    let (server, mut watcher) = serve(
        &[
            ("connack", "$events/client_connack"),
            ("connected", "$events/client_connected"),
            ("ping", "$events/client/ping"),
            ("subscribed", "$events/session_subscribed"),
            ("unsubscribed", "$events/session_unsubscribed"),
            ("disconnected", "$events/client_disconnected"),
        ],
        "",
    );
    let mut visitor = RawClient::open(server.mqtt, &Connect::v5("visitor").keep_alive(77));
    let connack = row(&mut watcher, "connack");
    expect(&connack, &serde_json::json!({"clientid": "visitor", "reason_code": "success"}));
    let connected = row(&mut watcher, "connected");
    expect(
        &connected,
        &serde_json::json!({
            "event": "client.connected", "clientid": "visitor", "keepalive": 77, "proto_ver": 5,
            "proto_name": "MQTT", "is_bridge": false, "client_attrs": {},
            "sockname": server.mqtt.to_string(),
        }),
    );
    assert!(connected["connected_at"].is_number() && connected["metadata"]["rule_id"].is_string());
    visitor.ping();
    expect(&row(&mut watcher, "ping"), &serde_json::json!({"clientid": "visitor"}));
    visitor.subscribe("a/+", 1);
    let subscribed = row(&mut watcher, "subscribed");
    expect(
        &subscribed,
        &serde_json::json!({
            "clientid": "visitor", "topic": "a/+", "qos": 1, "peerhost": "127.0.0.1",
        }),
    );
    visitor.send(&unsubscribe(5, 3, &["a/+"]));
    visitor.expect(0xB0);
    let unsubscribed = row(&mut watcher, "unsubscribed");
    expect(&unsubscribed, &serde_json::json!({"clientid": "visitor", "topic": "a/+", "qos": 1}));
    visitor.disconnect();
    let disconnected = row(&mut watcher, "disconnected");
    expect(&disconnected, &serde_json::json!({"clientid": "visitor", "reason": "normal"}));
}

#[test]
fn a_message_is_delivered_and_acknowledged() {
    let (server, mut watcher) = serve(
        &[("delivered", "$events/message_delivered"), ("acked", "$events/message_acked")],
        "",
    );
    let receiver = mosquitto_sub(server.port(), &["-i", "receiver", "-t", "t/1", "-q", "2"]);
    let messages = [("0", "zero"), ("1", "one"), ("2", "two")];
    for (qos, payload) in messages {
        mosquitto_pub(
            server.port(),
            &["-i", "sender", "-u", "mary", "-P", "x", "-t", "t/1", "-m", payload, "-q", qos],
        );
        let delivered = row(&mut watcher, "delivered");
        let wanted = serde_json::json!({
            "from_clientid": "sender", "from_username": "mary", "clientid": "receiver",
            "topic": "t/1", "payload": payload, "qos": qos.parse::<u8>().unwrap(),
            "peerhost": "127.0.0.1", "flags": {"retain": false, "dup": false},
        });
        expect(&delivered, &wanted);
        assert_eq!(delivered["id"].as_str().unwrap().len(), 32);
        if qos != "0" {
            let acked = row(&mut watcher, "acked");
            expect(&acked, &wanted);
            assert_eq!(acked["id"], delivered["id"]);
            assert_eq!(acked["puback_props"]["User-Property"], serde_json::json!({}));
        }
    }
    assert_eq!(receiver.wait_lines("message ", 3)[2], "t/1 2 0 two");
}

#[test]
fn a_message_that_reaches_nobody_is_told_with_its_reason() {
    let (server, mut watcher) = serve(
        &[("dropped", "$events/message_dropped"), ("lost", "$events/delivery_dropped")],
        "max_queued_messages = 2",
    );
    mosquitto_pub(server.port(), &["-i", "sender", "-t", "nobody", "-m", "x", "-q", "1"]);
    let dropped = row(&mut watcher, "dropped");
    expect(
        &dropped,
        &serde_json::json!({
            "reason": "no_subscribers", "clientid": "sender", "topic": "nobody", "payload": "x",
            "qos": 1,
        }),
    );
    let away = Connect::v5("away").resume().expiry(600);
    let mut sleeper = RawClient::open(server.mqtt, &away);
    sleeper.subscribe("t", 1);
    sleeper.disconnect();
    for payload in ["kept 1", "kept 2", "too many"] {
        mosquitto_pub(server.port(), &["-i", "sender", "-t", "t", "-m", payload, "-q", "1"]);
    }
    mosquitto_pub(server.port(), &["-i", "sender", "-t", "t", "-m", "at most once"]);
    let full = row(&mut watcher, "lost");
    expect(
        &full,
        &serde_json::json!({
            "reason": "queue_full", "payload": "too many", "clientid": "away",
            "from_clientid": "sender",
        }),
    );
    let offline = row(&mut watcher, "lost");
    expect(&offline, &serde_json::json!({"reason": "qos0_msg", "payload": "at most once"}));
    let mut narrow = RawClient::open(server.mqtt, &Connect::v5("narrow").maximum_packet_size(30));
    narrow.subscribe("long", 0);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    sender.publish(&Publish::new("long", &"x".repeat(100)));
    let too_large = row(&mut watcher, "lost");
    expect(&too_large, &serde_json::json!({"reason": "too_large", "clientid": "narrow"}));
}

#[test]
fn a_wildcard_takes_many_events_and_names_each() {
    let (server, mut watcher) = serve(&[("any", "$events/client/+")], "");
    RawClient::open_5(server.mqtt, "visitor").disconnect();
    for event in ["client.connack", "client.connected", "client.disconnected"] {
        expect(&row(&mut watcher, "any"), &serde_json::json!({"event": event}));
    }
}

#[test]
fn a_delivery_that_waited_tells_who_sent_it() {
    let (server, mut watcher) = serve(&[("delivered", "$events/message/delivered")], "");
    let away = Connect::v5("away").resume().expiry(600);
    let mut sleeper = RawClient::open(server.mqtt, &away);
    sleeper.subscribe("t", 1);
    sleeper.disconnect();
    mosquitto_pub(server.port(), &["-i", "sender", "-t", "t", "-m", "x", "-q", "1"]);
    let mut sleeper = RawClient::open(server.mqtt, &away);
    assert_eq!(sleeper.receive_publish().payload, "x");
    let delivered = row(&mut watcher, "delivered");
    expect(&delivered, &serde_json::json!({"from_clientid": "sender", "clientid": "away"}));
    sleeper.send(&packet_id(0x40, 1));
    sleeper.ping();
}

#[test]
fn rules_on_deliveries_of_each_other_end() {
    let rule = |id: &str| {
        format!(
            "[rules.{id}]\nsql = '''SELECT payload FROM \"$events/message_delivered\"'''\n\
             [[rules.{id}.actions]]\ntype = \"republish\"\ntopic = \"loop\"\n\
             payload = \"${{payload}}\"\n"
        )
    };
    let server = Setup::default().rules("loop.toml", &(rule("a") + &rule("b"))).start();
    let mut watcher = RawClient::open_5(server.mqtt, "watcher");
    watcher.subscribe("loop", 0);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    sender.publish_acknowledged("loop", "x");
    for _ in 0..1 + 2 * 8 {
        assert_eq!(watcher.receive_publish().topic, "loop");
    }
    watcher.ping();
    server.process().wait_for("chain");
}
