//! What the commands about a running router decide without one.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::local::Local;
use super::plan::{Change, plan};
use super::router::Router;
use super::{RouterArgs, Streams, list, local, shape};

const FILE: &str = r#"
[connectors.open]
type = "webhook"
url = "http://127.0.0.1:9000"

[connectors.closed]
type = "webhook"
url = "http://user:word@127.0.0.1:9000"

[rules.hot]
description = "Hot ones"
sql = '''
SELECT payload.temp AS temp
FROM "sensor/#"
'''

[[rules.hot.actions]]
type = "republish"
topic = "alerts/${temp}"

[[rules.hot.actions]]
type = "webhook"
connector = "open"

[[rules.hot.test]]
given = { topic = "sensor/1", payload = '{"temp": 31.5}' }
expect = { temp = 31.5 }
"#;

/// What a file of this text holds, and what is told about it.
fn read(text: &str) -> (Option<Local>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("r.toml"), text).unwrap();
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut input = "".as_bytes();
    let mut streams = Streams { input: &mut input, output: &mut output, errors: &mut errors };
    let paths: [PathBuf; 1] = [folder.path().to_path_buf()];
    let local = local::read(&paths, &mut streams).unwrap();
    (local, String::from_utf8(errors).unwrap())
}

/// What a router says of its own about each rule and connector.
fn told(mut shown: Value, extra: &Value) -> Value {
    let (Value::Object(map), Value::Object(extra)) = (&mut shown, extra) else { panic!() };
    map.extend(extra.clone());
    shown
}

#[test]
fn what_is_the_same_is_left_alone() {
    let local = read(FILE).0.unwrap();
    let nothing = plan(&local, &[], &[]);
    let changes = nothing.connectors.iter().chain(&nothing.rules).map(|step| &step.change);
    assert_eq!(changes.collect::<Vec<_>>(), [&Change::Create; 3]);

    let status = json!({"status": "connected", "used_by": ["hot"]});
    let connectors: Vec<_> =
        local.connectors.iter().map(|item| told(item.shown.clone(), &status)).collect();
    let extra =
        json!({"from": ["sensor/#"], "created_at": "2026-11-06T08:00:00Z", "owner": "rest"});
    let rules = [told(local.rules[0].shown.clone(), &extra)];
    let same = plan(&local, &connectors, &rules);
    let changes = same.connectors.iter().map(|step| (step.item.name.as_str(), &step.change));
    assert_eq!(changes.collect::<Vec<_>>(), [("closed", &Change::Unseen), ("open", &Change::None)]);
    assert_eq!(same.rules[0].change, Change::None);
    assert!(same.surplus.is_empty());
}

#[test]
fn what_differs_is_updated_and_what_is_too_much_is_named() {
    let local = read(FILE).0.unwrap();
    let other = told(local.rules[0].shown.clone(), &json!({"description": "Other ones"}));
    let gone = json!({"id": "gone", "sql": "SELECT * FROM \"t\"", "owner": "rest"});
    let filed = json!({"id": "filed", "sql": "SELECT * FROM \"t\"", "owner": "file"});
    let plan = plan(&local, &[], &[other, gone, filed]);
    let Change::Update(present) = &plan.rules[0].change else { panic!("{:?}", plan.rules) };
    assert_eq!(present["description"], "Other ones");
    assert_eq!(plan.surplus.iter().map(|(id, _)| id).collect::<Vec<_>>(), ["gone"]);
}

#[test]
fn what_a_rule_leaves_out_is_its_default() {
    let rule = shape::rule("r", &json!({"sql": "SELECT * FROM \"t\"", "actions": []}));
    assert_eq!((&rule["enable"], &rule["mode"]), (&json!(true), &json!("live")));
}

#[test]
fn a_rule_is_written_as_a_file_that_reads_the_same() {
    let local = read(FILE).0.unwrap();
    let mut text = shape::written("rules", "hot", &local.rules[0].shown);
    for connector in &local.connectors {
        text.push_str(&shape::written("connectors", &connector.name, &connector.body));
    }
    let again = read(&text).0.unwrap();
    assert_eq!(again.rules[0].body, local.rules[0].body, "{text}");
    for (one, other) in again.connectors.iter().zip(&local.connectors) {
        assert_eq!(one.body, other.body, "{text}");
    }
    // Read by people too.
    assert!(text.contains("[rules.hot]\n"), "{text}");
    assert!(text.contains("\nSELECT payload.temp AS temp\nFROM \"sensor/#\"\n"), "{text}");
}

#[test]
fn a_file_that_reads_secrets_is_refused_with_its_place() {
    let text = FILE.replace("http://user:word@127.0.0.1:9000", "${ENV:HOOK}");
    let (local, errors) = read(&text);
    assert!(local.is_none());
    assert!(errors.contains("r.toml:6: connector `closed` reads ${ENV:…}"), "{errors}");
    assert!(errors.contains("only in files on the router's own disk"), "{errors}");
}

#[test]
fn a_wrong_file_is_told_as_check_tells_it() {
    let (local, errors) = read(&FILE.replace("SELECT payload.temp", "SELECT lenght(payload)"));
    assert!(local.is_none());
    assert!(errors.contains("r.toml:13:8") && errors.contains("length"), "{errors}");
    // Whether the connector is there, only the router knows.
    let (local, errors) = read(&FILE.replace("connector = \"open\"", "connector = \"theirs\""));
    assert!(local.is_some() && errors.is_empty(), "{errors}");
}

#[test]
fn rules_are_listed_in_columns() {
    let rules = [
        json!({"id": "hot", "enable": true, "owner": "rest", "from": ["a/#", "b"],
               "description": "Hot\u{1b}[1m\nones"}),
        json!({"id": "a-longer-id", "enable": false, "owner": "file", "file": "f.toml",
               "from": ["t"]}),
    ];
    let lines = list::table(&rules);
    let expected = "RULE         STATE     OWNER   FROM    DESCRIPTION\n\
                    hot          enabled   rest    a/#, b  Hot [1m\n\
                    a-longer-id  disabled  f.toml  t\n";
    assert_eq!(lines, expected);
}

#[test]
fn a_url_that_is_none_is_told() {
    for (url, expected) in [
        ("nonsense", "--url is no URL"),
        ("ftp://h", "--url must begin with http:// or https://"),
        ("", "--url is no URL"),
    ] {
        let args = RouterArgs { url: url.into(), key: None, secret: None };
        assert_eq!(Router::new(&args).unwrap_err().to_string(), expected, "{url}");
    }
}
