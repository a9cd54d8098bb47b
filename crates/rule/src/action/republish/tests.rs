//! Rows in, messages or errors out.

use sluice_value::Value;

use super::*;

fn template(text: &str) -> Template {
    Template::parse(text).expect(text)
}

fn row(json: &str) -> Record {
    Record::try_from(Value::from_json(json.as_bytes()).expect(json)).expect(json)
}

fn to_topic(topic: &str) -> Republish {
    Republish {
        topic: template(topic),
        qos: TemplateOr::Fixed(QoS::AtMostOnce),
        retain: TemplateOr::Fixed(false),
        payload: None,
        properties: Vec::new(),
        user_properties: UserProperties::default(),
    }
}

#[test]
fn what_is_left_out_is_row_as_json_and_qos_0_without_retain() {
    let derived = to_topic("alerts/${device}").render(&row(r#"{"device":"d4","temp":31.50}"#));
    let derived = derived.expect("a message");
    assert_eq!(&*derived.topic, "alerts/d4");
    assert_eq!(derived.payload, br#"{"device":"d4","temp":31.50}"#);
    assert_eq!(derived.qos, QoS::AtMostOnce);
    assert!(!derived.retain && derived.properties.is_empty());
}

#[test]
fn qos_and_retain_may_come_from_the_row() {
    let mut republish = to_topic("t");
    republish.qos = TemplateOr::Template(template("${qos}"));
    republish.retain = TemplateOr::Template(template("${flags.retain}"));
    for (json, qos, retain) in [
        (r#"{"qos": 2, "flags": {"retain": true}}"#, QoS::ExactlyOnce, true),
        (r#"{"qos": "1", "flags": {"retain": false}}"#, QoS::AtLeastOnce, false),
        ("{}", QoS::AtMostOnce, false),
    ] {
        let derived = republish.render(&row(json)).expect(json);
        assert_eq!((derived.qos, derived.retain), (qos, retain), "{json}");
    }
    assert_eq!(republish.render(&row(r#"{"qos": 3}"#)), Err(RenderError::QoS("3".to_owned())));
    assert_eq!(
        republish.render(&row(r#"{"flags": {"retain": "maybe"}}"#)),
        Err(RenderError::Retain("maybe".to_owned()))
    );
}

#[test]
fn a_topic_that_no_message_can_have_is_an_error() {
    let republish = to_topic("${topic}");
    for topic in ["", "a/+", "#", "a\\u0000b"] {
        let outcome = republish.render(&row(&format!(r#"{{"topic": "{topic}"}}"#)));
        assert!(matches!(outcome, Err(RenderError::Topic { .. })), "{topic:?}: {outcome:?}");
    }
    let long = "x".repeat(65_536);
    let outcome = republish.render(&row(&format!(r#"{{"topic": "{long}"}}"#)));
    assert_eq!(outcome, Err(RenderError::TooLong { key: "topic", bytes_max: 65_535 }));
    let longest = "x".repeat(65_535);
    assert!(republish.render(&row(&format!(r#"{{"topic": "{longest}"}}"#))).is_ok());

    let mut bytes = sluice_value::Map::new();
    bytes.insert("topic", Value::from([0xff].as_slice()));
    assert_eq!(republish.render(&Record::new(bytes)), Err(RenderError::TopicNotText));
}

#[test]
fn properties_are_set_and_missing_values_leave_them_out() {
    let mut republish = to_topic("t");
    republish.properties = vec![
        (ForwardedProperty::ContentType, template("application/${kind}")),
        (ForwardedProperty::MessageExpiryInterval, template("${ttl}")),
        (ForwardedProperty::CorrelationData, template("${absent}")),
        (ForwardedProperty::PayloadFormatIndicator, template("1")),
        (ForwardedProperty::ResponseTopic, template("answers/${kind}")),
    ];
    republish.user_properties = UserProperties::Pairs(vec![
        ("region".to_owned(), template("${region}")),
        ("none".to_owned(), template("${absent}")),
    ]);
    let derived = republish.render(&row(r#"{"kind":"json","ttl":60,"region":"eu"}"#));
    let derived = derived.expect("a message");
    let properties: Vec<_> = derived.properties.as_properties().iter().collect();
    assert_eq!(
        properties,
        [
            Property::ContentType("application/json"),
            Property::MessageExpiryInterval(60),
            Property::PayloadFormatIndicator(1),
            Property::ResponseTopic("answers/json"),
            Property::UserProperty("region", "eu"),
        ]
    );
    let outcome = republish.render(&row(r#"{"kind":"json","ttl":"soon"}"#));
    let (property, value) = ("Message-Expiry-Interval", "soon".to_owned());
    assert_eq!(outcome, Err(RenderError::Property { property, value }));
    let outcome = republish.render(&row(r#"{"kind":"+"}"#));
    assert!(matches!(outcome, Err(RenderError::Property { property: "Response-Topic", .. })));
}

#[test]
fn user_properties_may_be_a_map_or_a_list_of_pairs_of_the_row() {
    let mut republish = to_topic("t");
    republish.user_properties = UserProperties::Row(template("${user_properties}"));
    for (json, expected) in [
        (r#"{"a": 1, "b": "x"}"#, vec![("a", "1"), ("b", "x")]),
        (
            r#"[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]"#,
            vec![("a", "1"), ("a", "2")],
        ),
        ("null", vec![]),
    ] {
        let derived = republish.render(&row(&format!(r#"{{"user_properties": {json}}}"#)));
        let derived = derived.expect(json);
        let expected: Vec<_> =
            expected.into_iter().map(|(key, value)| Property::UserProperty(key, value)).collect();
        let properties: Vec<_> = derived.properties.as_properties().iter().collect();
        assert_eq!(properties, expected, "{json}");
    }
    for json in [r#""text""#, "[1]", "7"] {
        let outcome = republish.render(&row(&format!(r#"{{"user_properties": {json}}}"#)));
        assert!(matches!(outcome, Err(RenderError::UserProperty(_))), "{json}: {outcome:?}");
    }
}

#[test]
fn every_template_is_named_by_its_key() {
    let mut republish = to_topic("${a}");
    republish.qos = TemplateOr::Template(template("${b}"));
    republish.payload = Some(template("${c}"));
    republish.user_properties = UserProperties::Row(template("${d}"));
    let keys: Vec<_> = republish.templates().map(|(key, _)| key).collect();
    assert_eq!(keys, ["topic", "qos", "payload", "user_properties"]);
}

/// A row that is small in memory and has no end as text.
fn endless_row() -> Record {
    let mut doubled = Value::from(vec![Value::Null]);
    for _ in 0..60 {
        doubled = Value::from(vec![doubled.clone(), doubled]);
    }
    Record::new([("a", doubled)].into_iter().collect())
}

#[test]
fn a_row_without_end_fails_the_action() {
    let too_long = |key, bytes_max| Err(RenderError::TooLong { key, bytes_max });
    let row = endless_row();
    let mut republish = to_topic("t");
    assert_eq!(republish.render(&row), too_long("payload", 16 << 20));
    for text in ["${a}", "${}", "at ${a}"] {
        republish.payload = Some(template(text));
        let outcome = republish.render(&row);
        assert_eq!(outcome, too_long("payload", 16 << 20), "{text}");
    }
    let error = republish.render(&row).expect_err("endless").to_string();
    assert_eq!(error, "`payload` would be longer than 16777216 bytes");

    republish.payload = Some(template("x"));
    republish.topic = template("${a}");
    assert_eq!(republish.render(&row), too_long("topic", 65_535));
    republish.topic = template("t");
    republish.qos = TemplateOr::Template(template("${a}"));
    assert_eq!(republish.render(&row), too_long("qos", 65_535));
    republish.qos = TemplateOr::Fixed(QoS::AtMostOnce);
    republish.retain = TemplateOr::Template(template("${a}"));
    assert_eq!(republish.render(&row), too_long("retain", 65_535));
    republish.retain = TemplateOr::Fixed(false);
    republish.properties = vec![(ForwardedProperty::CorrelationData, template("${a}"))];
    assert_eq!(republish.render(&row), too_long("properties", 65_535));
    republish.properties.clear();
    republish.user_properties = UserProperties::Pairs(vec![("k".to_owned(), template("${a}"))]);
    assert_eq!(republish.render(&row), too_long("user_properties", 65_535));
    republish.user_properties = UserProperties::Row(template("${}"));
    assert_eq!(republish.render(&row), too_long("user_properties", 65_535));
}

#[test]
fn user_properties_are_bounded_together() {
    let value = Value::from("x".repeat(60_000).as_str());
    let pair: sluice_value::Map =
        [("key", Value::from("k")), ("value", value)].into_iter().collect();
    let pairs: Value = std::iter::repeat_n(Value::from(pair), 1000).collect();
    let mut republish = to_topic("t");
    republish.payload = Some(template("x"));
    republish.user_properties = UserProperties::Row(template("${p}"));
    let outcome = republish.render(&Record::new([("p", pairs)].into_iter().collect()));
    let bytes_max = 16 << 20;
    assert_eq!(outcome, Err(RenderError::TooLong { key: "user_properties", bytes_max }));
}
