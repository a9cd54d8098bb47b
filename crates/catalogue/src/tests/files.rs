//! Rule files that are uploaded.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::stage::{Stage, calling, calling_file, connector_file, refused, rule, rule_file};
use crate::RefusalKind;

#[tokio::test]
async fn an_uploaded_file_is_in_force_readable_and_removable() {
    let stage = Stage::new();
    let catalogue = &stage.catalogue;
    let text = calling_file("u", "ops") + &connector_file("ops", "http://h");
    let entry = catalogue.put_rule_file("lab", &text).unwrap();
    assert_eq!((&*entry.name, entry.bytes), ("lab.toml", text.len()));
    assert_eq!((entry.rules, entry.connectors), (vec!["u".into()], vec!["ops".into()]));
    assert_eq!(stage.in_force(), ["u[x]"]);
    assert_eq!(catalogue.rule_file("lab").as_deref(), Some(&*text));
    assert_eq!(catalogue.rule_files().len(), 1);
    let path = stage.path("data/rule_files/lab.toml");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    catalogue.put_rule_file("lab.toml", &rule_file("u", "out")).unwrap();
    assert_eq!(stage.in_force(), ["u[_]"]);
    refused(catalogue.delete_rule("u"), RefusalKind::ReadOnly, &["lab.toml"]);
    catalogue.delete_rule_file("lab").unwrap();
    assert!(!path.exists() && stage.in_force().is_empty());
    refused(catalogue.delete_rule_file("lab"), RefusalKind::NotFound, &["lab.toml"]);
}

#[tokio::test]
async fn a_wrong_file_is_refused_with_its_places_and_changes_nothing() {
    let stage = Stage::with_files(&[("a.toml", &rule_file("f", "out"))]);
    let catalogue = &stage.catalogue;
    catalogue.create_rule(&rule("r", "out")).unwrap();
    catalogue.put_rule_file("lab", &rule_file("u", "out")).unwrap();
    let before = stage.count();
    let escaped = connector_file("x", "http://h/\\u0024{FILE:pass}");
    for (text, parts) in [
        ("[rules.u]\nsql = 'SELECT'\n", &["lab.toml:2:"][..]),
        ("nonsense", &["lab.toml:1:"]),
        (&rule_file("f", "out"), &["lab.toml:1:", "the rule f", "rules/a.toml"]),
        (&rule_file("r", "out"), &["lab.toml:1:", "the rule r", "REST"]),
        (&calling_file("u", "none"), &["lab.toml:4:", "u.webhook", "`none`"]),
        (&connector_file("x", "${ENV:URL}"), &["lab.toml:3:", "${ENV:…}"]),
        (&escaped, &["lab.toml:1:", "${ENV:…}"]),
    ] {
        refused(catalogue.put_rule_file("lab", text), RefusalKind::Unprocessable, parts);
    }
    for name in ["", ".", "..", "../x", "a/b", ".x", "a b", ".toml"] {
        refused(catalogue.put_rule_file(name, ""), RefusalKind::Invalid, &["named"]);
        assert!(catalogue.rule_file(name).is_none());
    }
    assert_eq!(stage.count(), before);
    assert_eq!(catalogue.rule_file("lab").unwrap(), rule_file("u", "out"));
}

#[tokio::test]
async fn a_connector_that_others_need_cannot_be_taken_away() {
    let stage = Stage::new();
    let catalogue = &stage.catalogue;
    let link = connector_file("ops", "http://h");
    catalogue.put_rule_file("lab", &(calling_file("u", "ops") + &link)).unwrap();
    catalogue.create_rule(&calling("c", "ops")).unwrap();
    let parts = &["`ops`", "c.webhook"];
    refused(catalogue.put_rule_file("lab", ""), RefusalKind::InUse, parts);
    refused(catalogue.delete_rule_file("lab"), RefusalKind::InUse, parts);
    catalogue.delete_rule("c").unwrap();
    catalogue.delete_rule_file("lab").unwrap();
}
