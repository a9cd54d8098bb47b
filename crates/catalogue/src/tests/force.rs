//! What is in force and what waits.

use std::fs;

use super::stage::{Stage, calling, calling_file, connector, connector_file, rule_file};

#[tokio::test]
async fn a_rule_comes_into_force_with_its_connector_and_leaves_with_it() {
    let stage = Stage::with_files(&[
        ("a.toml", &calling_file("c", "ops")),
        ("b.toml", &rule_file("r", "out")),
    ]);
    assert_eq!(stage.in_force(), ["r[_]"]);
    let problem = stage.problem("c").unwrap();
    assert!(problem.starts_with("connector `ops` is not configured"), "{problem}");

    stage.write("c.toml", &connector_file("ops", "http://h"));
    assert_eq!(stage.in_force(), ["c[x]", "r[_]"]);
    assert_eq!(stage.problem("c"), None);

    stage.remove("c.toml");
    assert_eq!(stage.in_force(), ["r[_]"]);
    assert!(stage.catalogue.sinks().get("c.webhook").is_none());

    stage.catalogue.create_connector(&connector("ops", "http://h")).unwrap();
    assert_eq!(stage.in_force(), ["c[x]", "r[_]"]);
}

#[tokio::test]
async fn a_connector_whose_secret_is_missing_is_not_configured_until_it_is_there() {
    let link = connector_file("ops", "${FILE:secret}");
    let stage = Stage::with_files(&[("a.toml", &calling_file("c", "ops")), ("b.toml", &link)]);
    assert_eq!(stage.in_force(), Vec::<String>::new());
    let problem = stage.problem("c").unwrap();
    assert!(problem.contains("connector `ops` is not configured: No such file"), "{problem}");
    let entry = stage.catalogue.connector("webhook:ops").unwrap();
    assert!(entry.problem.unwrap().contains("No such file"));

    fs::write(stage.path("secret"), "http://h").unwrap();
    let before = stage.count();
    stage.catalogue.reload();
    while stage.count() == before {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(stage.in_force(), ["c[x]"]);
}

#[tokio::test]
async fn a_disabled_connector_switches_its_actions_off_and_no_rule() {
    let stage = Stage::new();
    stage.catalogue.create_connector(&connector("ops", "http://h")).unwrap();
    stage.catalogue.create_rule(&calling("c", "ops")).unwrap();
    assert_eq!(stage.in_force(), ["c[x]"]);
    stage.catalogue.enable_connector("ops", false).unwrap();
    assert_eq!(stage.in_force(), ["c[_]"]);
    assert_eq!(stage.problem("c").unwrap(), "c.webhook: connector `ops` is disabled");
    stage.catalogue.enable_connector("webhook:ops", true).unwrap();
    assert_eq!((stage.in_force(), stage.problem("c")), (vec!["c[x]".to_owned()], None));
}

#[tokio::test]
async fn settings_that_make_no_link_leave_the_link_that_is_there() {
    let stage = Stage::with_files(&[
        ("a.toml", &calling_file("c", "ops")),
        ("b.toml", &connector_file("ops", "http://h")),
    ]);
    assert_eq!(stage.in_force(), ["c[x]"]);
    let text = connector_file("ops", "http://bad") + &rule_file("r", "out");
    stage.write("b.toml", &text);
    assert_eq!(stage.in_force(), ["c[x]", "r[_]"]);
    assert!(stage.catalogue.connector("ops").unwrap().problem.is_some());
}

#[tokio::test]
async fn a_shadow_rule_and_a_disabled_one_have_no_buffers() {
    let text = calling_file("s", "ops").replace("sql =", "mode = \"shadow\"\nsql =")
        + &calling_file("d", "ops").replace("sql =", "enable = false\nsql =")
        + &connector_file("ops", "http://h");
    let stage = Stage::with_files(&[("a.toml", &text)]);
    assert_eq!(stage.in_force(), ["s[]", "d[]"]);
    assert!(stage.catalogue.sinks().list().is_empty());
}

#[tokio::test]
async fn a_file_that_only_moves_its_rules_leaves_their_versions_and_buffers() {
    let files = [calling_file("c", "ops"), connector_file("ops", "http://h")];
    let stage = Stage::with_files(&[("a.toml", &files.concat())]);
    let (version, sink) = (stage.version("c"), stage.catalogue.sinks().get("c.webhook").unwrap());
    stage.write("a.toml", &format!("# moved\n\n{}", files.concat()));
    assert_eq!(stage.version("c"), version);
    let now = stage.catalogue.sinks().get("c.webhook").unwrap();
    assert!(std::sync::Arc::ptr_eq(&sink, &now));
}
