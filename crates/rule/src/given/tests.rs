//! JSON objects in, columns out.

use super::*;

fn given(json: &str) -> Result<GivenEvent, GivenError> {
    let value = Value::from_json(json.as_bytes()).expect(json);
    let Value::Map(map) = value else { panic!("{json} is no object") };
    GivenEvent::new(&map)
}

/// Column by column, as JSON.
fn check(json: &str, columns: &[(&str, &str)]) {
    let event = given(json).expect(json);
    for (name, expected) in columns {
        let value = event.column(name);
        let shown = if value.is_undefined() { "undefined".to_owned() } else { value.to_json() };
        assert_eq!(&shown, expected, "{name} of {json}");
    }
}

#[test]
fn what_is_left_out_is_filled_with_stated_examples() {
    let json = r#"{"topic": "t/1", "payload": "x", "clientid": "c1"}"#;
    assert_eq!(
        given(json).expect("an event").filled_columns(),
        [
            "id",
            "peerhost",
            "peername",
            "qos",
            "publish_received_at",
            "client_attrs",
            "timestamp",
            "node",
            "metadata"
        ]
    );
    check(
        json,
        &[
            ("id", r#""000651B8A4D0000000000000000000A1""#),
            ("node", r#""sluice@127.0.0.1""#),
            ("peerhost", r#""127.0.0.1""#),
            ("timestamp", "1767225600000"),
            ("metadata", r#"{"rule_id":"example"}"#),
            ("flags", r#"{"retain":false,"dup":false}"#),
            ("pub_props", r#"{"User-Property":{}}"#),
            ("event", r#""message.publish""#),
            ("username", "undefined"),
            ("qos", "0"),
        ],
    );
}

#[test]
fn what_is_given_is_kept() {
    check(
        r#"{"topic": "t", "retain": true, "qos": 2, "timestamp": 5, "metadata": {"rule_id": "x"},
            "flags": {"sys": true}, "username": null, "payload": {"a": [1, 2.50]}}"#,
        &[
            ("flags", r#"{"sys":true,"retain":true,"dup":false}"#),
            ("retain", "true"),
            ("qos", "2"),
            ("timestamp", "5"),
            ("publish_received_at", "5"),
            ("metadata", r#"{"rule_id":"x"}"#),
            ("username", "undefined"),
            ("payload", r#""{\"a\":[1,2.50]}""#),
        ],
    );
    check(r#"{"topic": "t", "payload_base64": "AP8="}"#, &[("payload", r#""AP8=""#)]);
}

#[test]
fn user_properties_may_be_a_map_or_pairs_in_three_places() {
    let eu = concat!(
        r#"{"User-Property":{"region":"eu"},"#,
        r#""User-Property-Pairs":[{"key":"region","value":"eu"}]}"#
    );
    let both = concat!(
        r#"{"User-Property":{"a":"2"},"#,
        r#""User-Property-Pairs":[{"key":"a","value":"1"},{"key":"a","value":"2"}]}"#
    );
    let pairs = r#"[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]"#;
    for (json, expected) in [
        (r#"{"User-Property": {"region": "eu"}}"#, eu),
        (r#"{"User-Property": [["region", "eu"]]}"#, eu),
        (r#"{"User-Property": [{"key": "region", "value": "eu"}]}"#, eu),
        (r#"{"pub_props": {"User-Property": {"region": "eu"}}}"#, eu),
        (r#"{"User-Property": [["a", "1"], ["a", "2"]]}"#, both),
        (&format!(r#"{{"pub_props": {{"User-Property-Pairs": {pairs}}}}}"#), both),
        (r#"{"pub_props": {"Content-Type": "x"}}"#, r#"{"Content-Type":"x","User-Property":{}}"#),
    ] {
        check(json, &[("pub_props", expected)]);
    }
}

#[test]
fn events_go_by_each_of_their_names() {
    for name in [
        "client.connected",
        "client_connected",
        "$events/client/connected",
        "$events/client_connected",
    ] {
        let event = given(&format!(r#"{{"event": "{name}", "clientid": "c1"}}"#)).expect(name);
        assert_eq!(event.kind(), EventKind::ClientConnected);
        assert_eq!(event.column("event").as_str(), Some("client.connected"));
        assert!(event.payload().is_none() && event.column("flags").is_undefined());
    }
}

#[test]
fn errors_name_the_key() {
    for (json, key, part) in [
        (r#"{"event": "client.conected"}"#, "event", "did you mean `client.connected`?"),
        (r#"{"event": 7}"#, "event", "integer"),
        (r#"{"topic": "a/#"}"#, "topic", "#"),
        (r#"{"topic": ""}"#, "topic", "empty"),
        (r#"{"topic": 1}"#, "topic", "integer"),
        (r#"{"payload_base64": "?"}"#, "payload_base64", "base64"),
        (r#"{"retain": "yes"}"#, "retain", "true"),
        (r#"{"User-Property": 1}"#, "User-Property", "pairs"),
    ] {
        let error = given(json).expect_err(json);
        assert_eq!(error.key, key, "{json}");
        assert!(error.message.contains(part), "{json}: {error}");
    }
}

#[test]
fn an_unknown_column_can_be_read_and_is_named() {
    let event = given(r#"{"topic": "t", "client_id": "c1"}"#).expect("an event");
    let unknown = UnknownColumn { name: "client_id".to_owned(), nearest: Some("clientid") };
    assert_eq!(event.unknown_columns(), [unknown]);
    assert_eq!(event.column("client_id").as_str(), Some("c1"));
}

#[test]
fn from_decides_which_given_events_a_plan_takes() {
    let topics = sluice_sql::plan(r#"SELECT * FROM "t/#", "$events/client/+""#).expect("a plan");
    for (json, taken) in [
        (r#"{"topic": "t/1"}"#, true),
        (r#"{"topic": "u/1"}"#, false),
        ("{}", false),
        (r#"{"event": "client.disconnected"}"#, true),
        (r#"{"event": "session.subscribed", "topic": "t/1"}"#, false),
    ] {
        assert_eq!(given(json).expect(json).matches(&topics), taken, "{json}");
    }
    let all = sluice_sql::plan(r##"SELECT * FROM "#""##).expect("a plan");
    assert!(!given(r#"{"event": "client.connected"}"#).expect("an event").matches(&all));
}

#[test]
fn evaluation_gives_the_rows_that_the_plan_selects() {
    let plan = sluice_sql::plan(
        r#"SELECT payload.temp AS temp, metadata.rule_id AS rule
           FROM "t/#" WHERE payload.temp > 30"#,
    )
    .expect("a plan");
    let rows = |json: &str| {
        let event = given(json).expect(json).with_rule(&"hot".parse().expect("an id"));
        let mut entropy = || 0;
        let mut evaluation = Evaluation { unix_nanos: 0, entropy: &mut entropy };
        let rows = event.evaluate(&plan, &mut evaluation);
        rows.map(|rows| rows.iter().map(Record::to_json).collect::<Vec<_>>())
    };
    let hot = rows(r#"{"topic": "t/1", "payload": {"temp": 31}}"#).expect("rows");
    assert_eq!(hot, [r#"{"temp":31,"rule":"hot"}"#]);
    assert_eq!(rows(r#"{"topic": "t/1", "payload": {"temp": 1}}"#).expect("rows"), [""; 0]);
    assert_eq!(rows(r#"{"topic": "u", "payload": {"temp": 31}}"#).expect("rows"), [""; 0]);
    assert!(rows(r#"{"topic": "t/1", "payload": "no JSON"}"#).is_err());
}

#[test]
fn an_event_that_is_like_no_other_is_told_all_of_them() {
    let error = given(r#"{"event": "nothing.like_it"}"#).expect_err("no event");
    assert!(error.message.starts_with("there is no such event; there are message.publish, "));
}

#[test]
fn every_event_can_be_given_by_its_name_alone() {
    for kind in EventKind::ALL {
        let name = kind.name();
        let event = given(&format!(r#"{{"event": "{name}"}}"#)).expect(name);
        assert_eq!(event.kind(), kind);
        assert!(event.unknown_columns().is_empty());
        for name in ["clientid", "username", "from_clientid", "topic", "reason", "reason_code"] {
            assert!(event.column(name).is_undefined(), "{name} of {} was made up", kind.name());
        }
    }
    check(
        r#"{"event": "client.connected"}"#,
        &[
            ("proto_ver", "5"),
            ("sockname", r#""127.0.0.1:1883""#),
            ("keepalive", "60"),
            ("conn_props", r#"{"User-Property":{}}"#),
        ],
    );
    check(
        r#"{"event": "message.acked", "User-Property": {"a": "1"}}"#,
        &[
            (
                "pub_props",
                r#"{"User-Property":{"a":"1"},"User-Property-Pairs":[{"key":"a","value":"1"}]}"#,
            ),
            ("puback_props", r#"{"User-Property":{}}"#),
        ],
    );
}

fn context(json: &str) -> Result<GivenEvent, GivenError> {
    let value = Value::from_json(json.as_bytes()).expect(json);
    let Value::Map(map) = value else { panic!("{json} is no object") };
    GivenEvent::from_context(&map)
}

#[test]
fn a_test_context_fills_every_column_and_names_what_it_filled() {
    for kind in EventKind::ALL {
        let event_type = kind.name().replace('.', "_");
        let event = context(&format!(r#"{{"event_type": "{event_type}"}}"#)).expect(&event_type);
        assert_eq!(event.kind(), kind);
        for name in column_names(kind).iter().filter(|name| **name != "mountpoint") {
            assert!(!event.column(name).is_undefined(), "{name} of {event_type}");
        }
    }
    let event = context(r#"{"event_type": "message_publish", "clientid": "c1"}"#).expect("it");
    assert_eq!(event.column("clientid").as_str(), Some("c1"));
    assert_eq!(event.column("payload").as_str(), Some(r#"{"msg": "hello"}"#));
    assert!(event.filled_columns().contains(&"topic"));
    assert!(!event.filled_columns().contains(&"clientid"));
}

#[test]
fn a_test_context_needs_a_kind_that_is_known() {
    for (json, part) in [
        ("{}", "`event_type` is required"),
        (r#"{"event_type": "client_conected"}"#, "did you mean"),
        (r#"{"event_type": "alarm_activated"}"#, "there is no such event"),
    ] {
        let error = context(json).expect_err(json);
        assert_eq!(error.key, "event_type", "{json}");
        assert!(error.message.contains(part), "{json}: {error}");
    }
}
