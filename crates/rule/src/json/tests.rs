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
    let hook = json!({"type": "http", "connector": "ops", "path": "/x/${qos}", "batch": {}});
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
    assert_eq!(paths, ["actions[0]", "actions[4]"]);
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
fn masked_secrets_are_kept_only_where_nothing_else_changed() {
    let body = json!({"type": "postgres", "url": "postgres://u:p/w@h/db?sslpassword=x&a=b"});
    let old = connector_from_json("w", &body).expect("a connector").value;
    let masked = old.to_json(Secrets::Masked);
    assert_eq!(masked["url"], "postgres://u:******@h/db?sslpassword=******&a=b");
    let mut sent = masked.clone();
    sent["description"] = json!("new");
    keep_masked_secrets(&mut sent, &old);
    let new = connector_from_json("w", &sent).expect("a connector").value;
    assert_eq!((new.kind, &*new.description), (old.kind.clone(), "new"));
    let mut elsewhere = masked;
    elsewhere["url"] = json!("postgres://u:******@other/db");
    keep_masked_secrets(&mut elsewhere, &old);
    let errors = connector_from_json("w", &elsewhere).expect_err("another host");
    assert_eq!(errors.0[0].path, "url");
    assert!(!errors.reads_secrets());
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
