//! Rows and templates on one side, records on the other. They know no client.

use rdkafka::message::Headers;

use super::*;

fn templates(topic: &str) -> KafkaRecord {
    let topic = Template::parse(topic).unwrap();
    KafkaRecord {
        topic,
        key: None,
        value: None,
        headers: Vec::new(),
        partition: None,
        timestamp: None,
    }
}

fn template(text: &str) -> Option<Template> {
    Some(Template::parse(text).unwrap())
}

fn row(json: &str) -> Value {
    Value::from_json(json.as_bytes()).unwrap()
}

/// `topic|key|value|headers|partition|timestamp`, or the error.
fn encoded(record: &KafkaRecord, json: &str) -> String {
    let templates = match Templates::new(record) {
        Ok(templates) => templates,
        Err(error) => return error.to_string(),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match templates.encode(&row(json), &mut b"old".to_vec()) {
        Err(error) => error.to_string(),
        Ok(record) => {
            let headers: Vec<String> = record
                .headers
                .iter()
                .flat_map(Headers::iter)
                .map(|header| {
                    format!(
                        "{}={}",
                        header.key,
                        header.value.map_or_else(|| "null".to_owned(), text)
                    )
                })
                .collect();
            format!(
                "{}|{}|{}|{}|{:?}|{:?}",
                record.topic,
                record.key.map_or_else(|| "null".to_owned(), text),
                text(record.value),
                headers.join(","),
                record.partition,
                record.timestamp
            )
        }
    }
}

#[test]
fn what_is_left_out_is_the_row_as_json_without_key() {
    let json = r#"{"device":"d4","temp":31.5}"#;
    assert_eq!(encoded(&templates("telemetry"), json), format!("telemetry|null|{json}||None|None"));
}

#[test]
fn every_part_is_rendered_from_the_row() {
    let record = KafkaRecord {
        key: template("${device}"),
        value: template("${temp} of ${device}"),
        headers: vec![
            ("rule".to_owned(), Template::parse("high").unwrap()),
            ("unit".to_owned(), Template::parse("${unit}").unwrap()),
            ("note".to_owned(), Template::parse("at ${unit}").unwrap()),
        ],
        partition: template("${p}"),
        timestamp: template("${at}"),
        ..templates("t-${site}.${device}")
    };
    assert_eq!(
        encoded(&record, r#"{"device":"d4","temp":0.3,"site":7,"p":2.0,"at":1700000000000}"#),
        "t-7.d4|d4|0.3 of d4|rule=high,unit=null,note=at undefined|Some(2)|Some(1700000000000)"
    );
}

#[test]
fn a_key_without_value_is_no_key() {
    let key = |text: &str| KafkaRecord { key: template(text), ..templates("t") };
    for (text, json, expected) in [
        ("${k}", "{}", "t|null|{}||None|None"),
        ("${k}", r#"{"k":null}"#, r#"t|null|{"k":null}||None|None"#),
        ("${k}", r#"{"k":""}"#, r#"t||{"k":""}||None|None"#),
        ("${k:-none}", "{}", "t|none|{}||None|None"),
        ("k-${k}", "{}", "t|k-undefined|{}||None|None"),
    ] {
        assert_eq!(encoded(&key(text), json), expected, "{text} {json}");
    }
}

#[test]
fn a_topic_is_never_made_up() {
    for (topic, json, expected) in [
        ("t-${a.b}", "{}", "the topic lacks a value: the row has no `a.b`"),
        ("${a}", r#"{"a":null}"#, "the topic lacks a value: the row has no `a`"),
        ("${a}", r#"{"a":""}"#, "`` is no topic name: those are"),
        ("${a}", r#"{"a":"x/y"}"#, "`x/y` is no topic name: those are"),
        ("${a}", r#"{"a":".."}"#, "`..` is no topic name: those are"),
        ("${a}", r#"{"a":{"b":1}}"#, "`{\"b\":1}` is no topic name: those are"),
        ("${}", "{}", "`{}` is no topic name: those are"),
        ("a/b", "{}", "`a/b` is no topic name: those are"),
        ("", "{}", "`` is no topic name: those are"),
    ] {
        let error = encoded(&templates(topic), json);
        assert!(error.starts_with(expected), "{topic} {json}: {error}");
    }
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(250));
    assert!(encoded(&templates("${a}"), &long).contains("is no topic name"));
    assert!(encoded(&templates(&"x".repeat(249)), "{}").starts_with("xxx"));
    let huge = format!(r#"{{"a":"{}"}}"#, "x".repeat(5000));
    assert_eq!(encoded(&templates("${a}"), &huge), "the record is too long");
}

#[test]
fn numbers_are_numbers() {
    for (text, json) in [
        ("${n}", "{}"),
        ("${n}", r#"{"n":-1}"#),
        ("${n}", r#"{"n":1.5}"#),
        ("${n}", r#"{"n":"x"}"#),
        ("${n}", r#"{"n":99999999999999999999}"#),
        ("x", "{}"),
        ("-1", "{}"),
    ] {
        let partition = KafkaRecord { partition: template(text), ..templates("t") };
        assert!(encoded(&partition, json).starts_with("the partition is `"), "{text} {json}");
        let timestamp = KafkaRecord { timestamp: template(text), ..templates("t") };
        assert!(encoded(&timestamp, json).starts_with("the timestamp is `"), "{text} {json}");
    }
    let partition = KafkaRecord { partition: template("3000000000"), ..templates("t") };
    assert_eq!(
        encoded(&partition, "{}"),
        "the partition is `3000000000`, not a whole number from 0 to 2147483647"
    );
}

#[test]
fn a_record_has_a_longest_length() {
    let many = "${a}".repeat(20);
    let record = KafkaRecord { value: template(&many), ..templates("t") };
    let json = format!(r#"{{"a":"{}"}}"#, "x".repeat(1 << 20));
    assert_eq!(encoded(&record, &json), "the record is too long");
}
