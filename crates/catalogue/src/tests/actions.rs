//! Actions that stand by themselves, and those of rules.

use serde_json::{Value, json};

use super::stage::{Stage, calling, calling_file, connector, connector_file, refused};
use crate::RefusalKind;

fn alone(name: &str) -> Value {
    json!({
        "type": "http",
        "name": name,
        "connector": "ops",
        "parameters": {"path": "/p", "method": "post"},
    })
}

fn naming(id: &str, action: &str) -> Value {
    json!({"id": id, "sql": "SELECT qos FROM \"t\"", "actions": [action]})
}

fn stage() -> Stage {
    let stage = Stage::new();
    stage.catalogue.create_connector(&connector("ops", "http://h")).unwrap();
    stage
}

#[tokio::test]
async fn an_action_by_itself_exists_once_for_each_rule_that_names_it() {
    let stage = stage();
    let catalogue = &stage.catalogue;
    assert_eq!(catalogue.create_action(&alone("hook")).unwrap().id, "webhook:hook");
    catalogue.create_rule(&naming("a", "http:hook")).unwrap();
    catalogue.create_rule(&naming("b", "webhook:hook")).unwrap();
    assert_eq!(stage.in_force(), ["a[x]", "b[x]"]);
    assert!(catalogue.sinks().get("a.hook").is_some() && catalogue.sinks().get("b.hook").is_some());
    let entry = catalogue.action("http:hook").unwrap();
    assert_eq!(entry.rules, ["a", "b"]);
    assert!(entry.stats.is_some() && entry.health.is_some());
    assert_eq!(catalogue.action("webhook:b.hook").unwrap().rules, ["b"]);
    let ids: Vec<_> = catalogue.actions().into_iter().map(|entry| entry.id).collect();
    assert_eq!(ids, ["webhook:hook"]);

    let stage = stage.restarted().await;
    assert_eq!(stage.in_force(), ["a[x]", "b[x]"]);
}

#[tokio::test]
async fn a_changed_action_changes_the_rules_that_name_it() {
    let stage = stage();
    let catalogue = &stage.catalogue;
    catalogue.create_action(&alone("hook")).unwrap();
    catalogue.create_rule(&naming("a", "webhook:hook")).unwrap();
    let version = stage.version("a");
    let mut body = alone("hook");
    body["parameters"]["path"] = json!("/other");
    catalogue.replace_action("http:hook", &body).unwrap();
    assert!(stage.version("a") > version);
    let entry = catalogue.enable_action("webhook:hook", false).unwrap();
    assert!(!entry.enabled);
    assert_eq!(stage.in_force(), ["a[_]"]);
}

#[tokio::test]
async fn an_action_in_use_is_deleted_only_with_its_places() {
    let stage = stage();
    let catalogue = &stage.catalogue;
    catalogue.create_action(&alone("hook")).unwrap();
    catalogue.create_rule(&naming("a", "http:hook")).unwrap();
    refused(catalogue.delete_action("webhook:hook", false), RefusalKind::InUse, &["rules a"]);
    refused(catalogue.delete_connector("ops"), RefusalKind::InUse, &["a.hook", "webhook:hook"]);
    catalogue.delete_action("webhook:hook", true).unwrap();
    assert_eq!(catalogue.rule("a").unwrap().actions.len(), 0);
    assert!(catalogue.sinks().list().is_empty());
    catalogue.delete_connector("ops").unwrap();
}

#[tokio::test]
async fn actions_of_rules_are_listed_and_switched() {
    let stage = stage();
    let catalogue = &stage.catalogue;
    catalogue.create_rule(&calling("c", "ops")).unwrap();
    let ids: Vec<_> = catalogue.actions().into_iter().map(|entry| entry.id).collect();
    assert_eq!(ids, ["webhook:c.webhook"]);
    assert!(!catalogue.enable_action("http:c.webhook", false).unwrap().enabled);
    assert_eq!(stage.in_force(), ["c[_]"]);
    assert!(catalogue.enable_action("http:c.webhook", true).unwrap().enabled);
    assert_eq!(stage.in_force(), ["c[x]"]);
    let id = "webhook:c.webhook";
    refused(catalogue.delete_action(id, true), RefusalKind::Invalid, &["rule `c`"]);
    let none = catalogue.enable_action("webhook:c.none", true);
    refused(none, RefusalKind::NotFound, &["c.none"]);
}

#[tokio::test]
async fn actions_of_files_are_read_only() {
    let text = calling_file("f", "ops") + &connector_file("ops", "http://h");
    let stage = Stage::with_files(&[("a.toml", &text)]);
    let result = stage.catalogue.enable_action("webhook:f.webhook", false);
    refused(result, RefusalKind::ReadOnly, &["rules/a.toml"]);
}

#[tokio::test]
async fn what_is_wrong_is_refused() {
    let stage = stage();
    let catalogue = &stage.catalogue;
    let check = |body, kind, parts| refused(catalogue.create_action(&body), kind, parts);
    check(json!([]), RefusalKind::Invalid, &["object"]);
    check(json!({"name": "x", "type": "mysql"}), RefusalKind::Invalid, &["type"]);
    let mut body = alone("x");
    body["connector"] = json!("none");
    check(body, RefusalKind::Invalid, &["connector", "`none`"]);
    let mut body = alone("x");
    body["parameters"]["path"] = json!("/nonsense");
    check(body, RefusalKind::Invalid, &["it is nonsense"]);
    catalogue.create_action(&alone("x")).unwrap();
    check(alone("x"), RefusalKind::AlreadyExists, &["webhook:x"]);
    refused(catalogue.replace_action("webhook:y", &alone("y")), RefusalKind::NotFound, &["y"]);
}
