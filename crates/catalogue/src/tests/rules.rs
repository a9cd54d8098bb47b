//! Rules made over REST.

use serde_json::json;

use super::stage::{Stage, calling, connector, refused, rule, rule_file};
use crate::{Owner, RefusalKind};

#[tokio::test]
async fn a_rule_is_in_force_when_its_making_is_answered() {
    let stage = Stage::new();
    let entry = stage.catalogue.create_rule(&rule("r", "out")).unwrap();
    assert_eq!((entry.owner, entry.problem), (Owner::Rest, None));
    assert_eq!(stage.in_force(), ["r[_]"]);

    let entry = stage.catalogue.create_rule(&json!({"sql": "SELECT 1 AS a FROM \"t\""})).unwrap();
    let id = entry.rule.id.to_string();
    assert!(id.len() == 8 && id.chars().all(|c| c.is_ascii_hexdigit()), "{id}");
    assert_eq!(stage.catalogue.rules().len(), 2);
    assert_eq!(stage.catalogue.rule_count(), 2);
}

#[tokio::test]
async fn an_id_is_made_once() {
    let stage = Stage::with_files(&[("a.toml", &rule_file("f", "out"))]);
    stage.catalogue.create_rule(&rule("r", "out")).unwrap();
    let again = stage.catalogue.create_rule(&rule("r", "out"));
    refused(again, RefusalKind::AlreadyExists, &["`r`", "REST"]);
    let of_file = stage.catalogue.create_rule(&rule("f", "out"));
    refused(of_file, RefusalKind::AlreadyExists, &["`f`", "rules/a.toml"]);
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_its_place_and_changes_nothing() {
    let stage = Stage::new();
    let catalogue = &stage.catalogue;
    catalogue.create_connector(&connector("ops", "http://h")).unwrap();
    let before = stage.count();
    for (body, parts) in [
        (json!("no object"), &[][..]),
        (json!({"id": 7}), &["id"]),
        (json!({"id": "", "sql": "SELECT 1 AS a FROM \"t\""}), &[]),
        (json!({"id": "a/b", "sql": "SELECT 1 AS a FROM \"t\""}), &[]),
        (json!({"id": "r"}), &["sql"]),
        (json!({"id": "r", "sql": "SELECT FROM"}), &["sql"]),
        (calling("r", "none"), &["actions[0].connector", "`none`"]),
    ] {
        refused(catalogue.create_rule(&body), RefusalKind::Invalid, parts);
    }
    let mut body = calling("r", "ops");
    body["actions"][0]["path"] = json!("/nonsense");
    refused(catalogue.create_rule(&body), RefusalKind::Invalid, &["actions[0]", "it is nonsense"]);
    body["actions"][0]["path"] = json!("/${ENV:HOME}");
    refused(catalogue.create_rule(&body), RefusalKind::Unprocessable, &["actions[0]", "${ENV:"]);
    assert_eq!(stage.count(), before);
    assert_eq!(catalogue.rules().len(), 0);
}

#[tokio::test]
async fn a_replaced_rule_has_a_later_version_and_the_others_keep_theirs() {
    let stage = Stage::new();
    stage.catalogue.create_rule(&rule("a", "out")).unwrap();
    let made = stage.catalogue.create_rule(&rule("b", "out")).unwrap();
    let (a, b) = (stage.version("a"), stage.version("b"));
    let entry = stage.catalogue.replace_rule("b", &rule("b", "other")).unwrap();
    assert_eq!(entry.created_at, made.created_at);
    assert!(entry.last_modified_at > made.last_modified_at);
    assert_eq!(stage.version("a"), a);
    assert!(stage.version("b") > b);

    let of_another_id = stage.catalogue.replace_rule("b", &rule("c", "out"));
    refused(of_another_id, RefusalKind::Invalid, &["id"]);
    refused(stage.catalogue.replace_rule("c", &rule("c", "x")), RefusalKind::NotFound, &["c"]);
}

#[tokio::test]
async fn a_disabled_rule_is_listed_and_not_in_force() {
    let stage = Stage::new();
    stage.catalogue.create_rule(&rule("r", "out")).unwrap();
    let entry = stage.catalogue.enable_rule("r", false).unwrap();
    assert!(!entry.rule.enabled);
    let changes = stage.changes.lock().unwrap();
    assert!(changes.last().unwrap().iter().all(|active| !active.rule.enabled));
    drop(changes);
    assert!(stage.catalogue.enable_rule("r", true).unwrap().rule.enabled);
    stage.catalogue.delete_rule("r").unwrap();
    assert_eq!(stage.in_force(), Vec::<String>::new());
    refused(stage.catalogue.delete_rule("r"), RefusalKind::NotFound, &["`r`"]);
}

#[tokio::test]
async fn rules_of_files_are_read_only_and_name_the_file() {
    let stage = Stage::with_files(&[("a.toml", &rule_file("f", "out"))]);
    let parts = &["`f`", "rules/a.toml"];
    let catalogue = &stage.catalogue;
    refused(catalogue.replace_rule("f", &rule("f", "x")), RefusalKind::ReadOnly, parts);
    refused(catalogue.delete_rule("f"), RefusalKind::ReadOnly, parts);
    refused(catalogue.enable_rule("f", false), RefusalKind::ReadOnly, parts);
    assert_eq!(stage.in_force(), ["f[_]"]);
}

#[tokio::test]
async fn a_hundred_swaps_each_bring_one_set_into_force() {
    let stage = Stage::new();
    stage.catalogue.create_connector(&connector("ops", "http://h")).unwrap();
    stage.catalogue.create_rule(&calling("r", "ops")).unwrap();
    let sink = stage.catalogue.sinks().get("r.webhook").unwrap();
    let before = stage.count();
    for turn in 0..100 {
        let mut body = calling("r", "ops");
        body["sql"] = json!(format!("SELECT {turn} AS turn FROM \"t\""));
        stage.catalogue.replace_rule("r", &body).unwrap();
    }
    assert_eq!(stage.count(), before + 100);
    let changes = stage.changes.lock().unwrap();
    let versions: Vec<_> = changes[before..].iter().map(|rules| rules[0].version).collect();
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    assert!(changes[before..].iter().all(|rules| rules[0].outboxes[0].is_some()));
    // The buffer is the same all along, with its rows and counters.
    assert!(std::sync::Arc::ptr_eq(&sink, &stage.catalogue.sinks().get("r.webhook").unwrap()));
}
