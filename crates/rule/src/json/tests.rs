//! Bodies in, rules, connectors and actions out, and back. What is refused is in
//! `tests/json_bodies.rs`.

use serde_json::json;

use super::*;
use crate::RuleFile;

const EVERY_KEY: &str = include_str!("../../tests/every_key.toml");

fn rule(body: &Value) -> FromJson<Rule> {
    rule_from_json("a", body, &|_| None).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What is written reads back to what writes the same.
fn check_rule(rule: &Rule) {
    let written = rule.to_json();
    let read = rule_from_json(rule.id.as_str(), &written, &|_| None);
    let read = read.unwrap_or_else(|errors| panic!("{errors}: {written:#}"));
    assert_eq!(read.value.to_json(), written);
}

#[test]
fn what_files_say_survives_as_json() {
    let samples = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules"));
    let paths = samples.expect("samples").map(|entry| entry.expect("an entry").path());
    let texts = paths.map(|path| std::fs::read_to_string(path).expect("a text"));
    for text in texts.chain([EVERY_KEY.to_owned()]) {
        let file = RuleFile::parse("a.toml", &text).unwrap_or_else(|errors| panic!("{errors}"));
        file.rules.iter().for_each(|rule| check_rule(rule));
        for connector in &file.connectors {
            let written = connector.to_json(Secrets::Exposed);
            match connector_from_json(&connector.name, &written) {
                Ok(read) => {
                    let read = read.value;
                    assert_eq!(read.to_json(Secrets::Exposed), written);
                    assert_eq!(read.kind, connector.kind);
                }
                Err(errors) => assert!(errors.reads_secrets(), "{errors}"),
            }
        }
    }
}

#[test]
fn references_keep_their_place_whether_they_are_there_or_not() {
    let hook =
        json!({"type": "http", "connector": "ops", "path": "/x/${qos}/${temp}", "batch": {}});
    let hook = Arc::new(action_from_json("hook", &hook).expect("an action").value);
    let body = json!({
        "sql": "SELECT qos FROM \"t\"",
        "actions": [
            "http:gone", "http:hook", {"type": "republish", "topic": "x", "name": "hook"},
            "http:hook", "pgsql:gone",
        ],
    });
    let read = rule_from_json("a", &body, &|id| (id == "http:hook").then(|| Arc::clone(&hook)));
    let FromJson { value, warnings } = read.unwrap_or_else(|errors| panic!("{errors}"));
    let names: Vec<&str> = value.actions.iter().map(|action| &*action.name).collect();
    assert_eq!(names, ["hook-2", "hook", "hook-3"]);
    let paths: Vec<&str> = warnings.iter().map(|warning| &*warning.path).collect();
    assert_eq!(paths, ["actions[0]", "actions[1]", "actions[3]", "actions[4]"]);
    assert!(
        warnings[1].message.contains("`path` of action `hook` reads `${temp}`"),
        "{warnings:?}"
    );
    let written = value.to_json();
    let ids = ["http:gone", "http:hook", "", "http:hook", "pgsql:gone"];
    for (place, id) in ids.into_iter().enumerate() {
        assert_eq!(written["actions"][place].as_str().unwrap_or_default(), id);
    }
    assert_eq!(written["actions"][2]["topic"], "x");
}

#[test]
fn a_body_that_was_read_can_be_sent_back() {
    let body = json!({"id": "a", "sql": "SELECT * FROM \"t\"", "name": "", "from": ["t"],
        "created_at": "2026-01-01T00:00:00Z", "metadata": {}, "description": null});
    let read = rule(&body);
    assert_eq!((read.warnings, read.value.enabled), (vec![], true));
}

#[test]
fn secrets_are_masked_and_a_mask_is_no_secret() {
    for (url, shown) in [
        (
            "postgres://u:p/w@h/db?sslpassword=x&a=b",
            "postgres://u:******@h/db?sslpassword=******&a=b",
        ),
        ("postgres://u@h", "postgres://u@h"),
        ("postgres://h/db?password=a?b", "postgres://h/db?password=******"),
        ("postgres://u:a?b@h/db", "postgres://u:******@h/db"),
    ] {
        let body = json!({"type": "postgres", "url": url});
        let connector = connector_from_json("w", &body).expect(url).value;
        assert_eq!(connector.to_json(Secrets::Masked)["url"], shown);
        assert_eq!(connector.to_json(Secrets::Exposed)["url"], url);
    }
    let body =
        json!({"type": "webhook", "url": "https://token@h/x", "headers": {"X-Api-Key": "k"}});
    let connector = connector_from_json("w", &body).expect("a connector").value;
    let masked = connector.to_json(Secrets::Masked);
    assert_eq!(
        (&masked["url"], &masked["headers"]["X-Api-Key"]),
        (&json!("https://******@h/x"), &json!("******"))
    );
    let errors = connector_from_json("w", &masked).expect_err("masks");
    let paths: Vec<&str> = errors.0.iter().map(|problem| &*problem.path).collect();
    assert_eq!((paths, errors.reads_secrets()), (vec!["headers.X-Api-Key", "url"], false));
}

#[test]
fn bodies_are_bounded() {
    let mut deep = json!(1);
    for _ in 0..80 {
        deep = json!([deep]);
    }
    let body = json!({"sql": "SELECT * FROM \"t\"", "test": deep});
    let errors = rule_from_json("a", &body, &|_| None).expect_err("too deep");
    assert!(errors.to_string().contains("nested deeper"), "{errors}");
    let many: serde_json::Map<_, _> =
        (0..50_000).map(|number| (format!("k{number}"), json!(number))).collect();
    let errors = rule_from_json("a", &Value::Object(many), &|_| None).expect_err("unknown keys");
    assert_eq!(errors.0.len(), 100);
}
