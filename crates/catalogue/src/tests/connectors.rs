//! Connectors made over REST.

use serde_json::json;
use sluice_rule::ConnectorKind;

use super::stage::{Stage, calling, calling_file, connector, connector_file, refused};
use crate::{Owner, RefusalKind};

fn url(stage: &Stage, name: &str) -> String {
    match stage.catalogue.connector(name).unwrap().connector.kind {
        ConnectorKind::Webhook(webhook) => webhook.url.expose().to_owned(),
        ConnectorKind::Postgres(_) | ConnectorKind::Kafka(_) => panic!("of another type"),
    }
}

#[tokio::test]
async fn a_connector_is_found_by_its_name_and_by_each_name_of_its_type() {
    let stage = Stage::new();
    stage.catalogue.create_connector(&connector("ops", "http://h")).unwrap();
    for id in ["ops", "webhook:ops", "http:ops"] {
        assert_eq!(stage.catalogue.connector(id).unwrap().owner, Owner::Rest, "{id}");
    }
    for id in ["none", "postgres:ops", "mysql:ops", "", ":", "webhook:"] {
        assert!(stage.catalogue.connector(id).is_none(), "{id}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused() {
    let stage = Stage::with_files(&[("a.toml", &connector_file("bus", "http://h"))]);
    let catalogue = &stage.catalogue;
    catalogue.create_connector(&connector("ops", "http://h")).unwrap();
    let check = |body, kind, parts| refused(catalogue.create_connector(&body), kind, parts);
    check(json!(7), RefusalKind::Invalid, &["object"]);
    check(json!({"type": "webhook", "url": "http://h"}), RefusalKind::Invalid, &["name"]);
    check(connector("a b", "http://h"), RefusalKind::Invalid, &["name"]);
    check(connector("x", "ftp://h"), RefusalKind::Invalid, &["url"]);
    check(connector("x", "http://bad"), RefusalKind::Invalid, &["it is no URL"]);
    check(connector("x", "http://u:******@h"), RefusalKind::Invalid, &["url", "******"]);
    check(connector("x", "${ENV:URL}"), RefusalKind::Unprocessable, &["url", "${ENV:"]);
    check(connector("x", "http://${FILE:pass}@h"), RefusalKind::Unprocessable, &["url"]);
    check(connector("ops", "http://h"), RefusalKind::AlreadyExists, &["`ops`"]);
    check(connector("bus", "http://h"), RefusalKind::AlreadyExists, &["rules/a.toml"]);
    let bus = connector("bus", "http://i");
    refused(catalogue.replace_connector("bus", &bus), RefusalKind::ReadOnly, &["rules/a.toml"]);
    refused(catalogue.delete_connector("bus"), RefusalKind::ReadOnly, &["rules/a.toml"]);
    refused(catalogue.enable_connector("bus", true), RefusalKind::ReadOnly, &["rules/a.toml"]);
    assert_eq!(catalogue.connectors().len(), 2);
}

#[tokio::test]
async fn a_secret_that_is_sent_back_masked_stays() {
    let stage = Stage::new();
    let catalogue = &stage.catalogue;
    catalogue.create_connector(&connector("ops", "http://u:s3cret@h")).unwrap();
    catalogue.replace_connector("ops", &connector("ops", "http://u:******@other")).unwrap();
    assert_eq!(url(&stage, "ops"), "http://u:s3cret@other");
    let stage = stage.restarted().await;
    assert_eq!(url(&stage, "ops"), "http://u:s3cret@other");
}

#[tokio::test]
async fn a_connector_in_use_stays() {
    let stage = Stage::with_files(&[("a.toml", &calling_file("f", "ops"))]);
    let catalogue = &stage.catalogue;
    catalogue.create_connector(&connector("ops", "http://h")).unwrap();
    catalogue.create_rule(&calling("c", "ops")).unwrap();
    assert_eq!(catalogue.connector("ops").unwrap().used_by, ["c.webhook", "f.webhook"]);
    let parts = &["`ops`", "c.webhook, f.webhook"];
    refused(catalogue.delete_connector("webhook:ops"), RefusalKind::InUse, parts);
    stage.remove("a.toml");
    catalogue.delete_rule("c").unwrap();
    catalogue.delete_connector("webhook:ops").unwrap();
    refused(catalogue.delete_connector("ops"), RefusalKind::NotFound, &["ops"]);
}

#[tokio::test]
async fn a_changed_connector_takes_its_buffers_along() {
    let stage = Stage::new();
    let catalogue = &stage.catalogue;
    catalogue.create_connector(&connector("ops", "http://h")).unwrap();
    catalogue.create_rule(&calling("c", "ops")).unwrap();
    let sink = catalogue.sinks().get("c.webhook").unwrap();
    catalogue.replace_connector("ops", &connector("ops", "http://other")).unwrap();
    assert!(std::sync::Arc::ptr_eq(&sink, &catalogue.sinks().get("c.webhook").unwrap()));
    assert_eq!(stage.in_force(), ["c[x]"]);
}

#[tokio::test]
async fn a_probe_and_a_check_ask_the_outside_system() {
    let stage = Stage::new();
    let catalogue = &stage.catalogue;
    catalogue.probe_connector(&connector("p", "http://h")).await.unwrap();
    let down = catalogue.probe_connector(&connector("p", "http://down")).await;
    refused(down, RefusalKind::Unreachable, &["connection refused"]);
    let bad = catalogue.probe_connector(&connector("p", "http://bad")).await;
    refused(bad, RefusalKind::Invalid, &["it is no URL"]);
    assert!(catalogue.connectors().is_empty());

    catalogue.create_connector(&connector("ops", "http://down")).unwrap();
    let health = catalogue.check_connector("ops").await.unwrap().health.unwrap();
    assert_eq!(health.status, sluice_sink::Status::Disconnected);
    catalogue.enable_connector("ops", false).unwrap();
    let off = catalogue.check_connector("ops").await;
    refused(off, RefusalKind::Unreachable, &["disabled"]);
}
