//! Whole files in, typed rules and connectors out. What is refused is in `tests/rule_files.rs`.

use std::time::Duration;

use super::*;
use crate::{
    ActionKind, ConnectorKind,
    action::{BufferMode, HttpMethod, OnFull, TemplateOr, UserProperties},
    rule::{Ack, Mode},
};
use crate::{KafkaAcks, KafkaCompression, PostgresConnector, SaslMechanism};

fn parse(text: &str) -> RuleFile {
    RuleFile::parse("all.toml", text).unwrap_or_else(|errors| panic!("{errors}"))
}

const EVERY_KEY: &str = include_str!("../../tests/every_key.toml");

#[test]
fn every_key_is_taken() {
    let file = parse(EVERY_KEY);
    assert_eq!(file.warnings, []);
    let [rule] = &file.rules[..] else { panic!("{:?}", file.rules) };
    assert_eq!((rule.id.as_str(), &*rule.file, rule.line), ("high-temp", "all.toml", 2));
    assert_eq!((rule.mode, rule.ack), (Mode::Shadow, Some(Ack::Delivered)));
    assert_eq!((rule.enabled, &*rule.description), (true, "Hot sensors"));
    let names: Vec<&str> = rule.actions.iter().map(|action| &*action.name).collect();
    assert_eq!(names, ["republish", "postgres", "ops", "kafka", "republish-2"]);
    assert_eq!(rule.enabled_actions().map(|(index, _)| index).collect::<Vec<_>>(), [0, 1, 3, 4]);
    assert_eq!(rule.tests.len(), 1);
    assert_eq!(crate::check_rule_tests(rule)[0].difference, None);
}

#[test]
fn actions_become_typed() {
    let file = parse(EVERY_KEY);
    let [republish, postgres, webhook, kafka, copy] = &file.rules[0].actions[..] else {
        panic!("five actions")
    };
    let ActionKind::Republish(republish) = &republish.kind else { panic!("{republish:?}") };
    assert!(matches!(republish.qos, TemplateOr::Fixed(sluice_mqtt::QoS::AtLeastOnce)));
    assert!(matches!(republish.retain, TemplateOr::Fixed(true)));
    assert_eq!(republish.properties.len(), 2);
    let ActionKind::Republish(copy) = &copy.kind else { panic!("{copy:?}") };
    assert!(matches!(copy.user_properties, UserProperties::Row(_)));

    let buffer = postgres.buffer.expect("a buffer");
    assert_eq!((buffer.mode, buffer.on_full), (Some(BufferMode::Disk), Some(OnFull::Hold)));
    assert_eq!((buffer.rows_max, buffer.bytes_max), (Some(1000), Some(64 << 20)));
    assert_eq!(buffer.age_max, Some(Duration::from_hours(2)));
    let batch = postgres.batch.expect("a batch");
    assert_eq!((batch.rows_max, batch.linger), (Some(100), Some(Duration::from_millis(5))));
    let ActionKind::Postgres(write) = &postgres.kind else { panic!("{postgres:?}") };
    assert!(!write.exactly_once && write.sql.starts_with("INSERT"));

    let ActionKind::Webhook(call) = &webhook.kind else { panic!("{webhook:?}") };
    assert_eq!((call.method, webhook.enabled), (HttpMethod::Put, false));
    assert_eq!(webhook.connector.as_deref(), Some("ops"));
    let ActionKind::Kafka(record) = &kafka.kind else { panic!("{kafka:?}") };
    assert_eq!(record.partition.as_ref().and_then(|it| it.as_literal()), Some("3"));
}

#[test]
fn republish_as_emqx_writes_it_keeps_its_defaults() {
    let file = parse(
        "[rules.a]\nsql = 'SELECT * FROM \"t/#\"'\n\
         actions = [{ function = 'republish', args = { topic = 'out/${topic}' } }, \
         { function = 'republish', args = { topic = 'b', payload = '', qos = 1, retain = true, \
         mqtt_properties = { Content-Type = 'x' }, user_properties = '${p}', \
         direct_dispatch = false } }]\n",
    );
    assert_eq!(file.warnings, []);
    let [defaults, given] = &file.rules[0].actions[..] else { panic!("two actions") };
    assert_eq!((&*defaults.name, &*given.name), ("republish", "republish-2"));
    let ActionKind::Republish(defaults) = &defaults.kind else { panic!("{defaults:?}") };
    let keys: Vec<_> = defaults.templates().map(|(key, _)| key).collect();
    assert_eq!(keys, ["topic", "qos", "retain", "payload", "user_properties"]);
    let row = r#"{"topic": "t/1", "payload": "x", "qos": 2, "flags": {"retain": true}}"#;
    let row = sluice_value::Value::from_json(row.as_bytes()).expect("JSON");
    let derived = defaults.render(&row.try_into().expect("a row")).expect("a message");
    assert_eq!((&*derived.topic, derived.payload.as_slice()), ("out/t/1", b"x".as_slice()));
    assert_eq!((derived.qos, derived.retain), (sluice_mqtt::QoS::ExactlyOnce, false));
    let ActionKind::Republish(given) = &given.kind else { panic!("{given:?}") };
    assert!(given.payload.is_none(), "the whole row");
    assert!(matches!(given.retain, TemplateOr::Fixed(true)));
}

#[test]
fn what_has_no_effect_yet_is_named() {
    let file = parse(EVERY_KEY);
    assert_eq!(
        file.rules[0].without_effect(),
        [
            "`ack = \"delivered\"`: an acknowledgement waits for no destination",
            "`lanes` of action `republish`",
            "`buffer.mode = \"disk\"` of action `postgres`: its rows wait in memory",
        ]
    );
    let file = parse(
        "[rules.a]\nsql = '''SELECT * FROM \"t\", \"$events/auth/check_authn_complete\", \
         \"$events/client/+\", \"$events/sys/alarm_activated\"'''\n",
    );
    assert_eq!(
        file.rules[0].without_effect(),
        [
            "FROM \"$events/auth/check_authn_complete\" (the event is never raised)",
            "FROM \"$events/sys/alarm_activated\" (the event is never raised)",
        ]
    );
}

#[test]
fn connectors_keep_their_secrets() {
    let file = parse(EVERY_KEY);
    let [warehouse, ops, bus] = &file.connectors[..] else { panic!("{:?}", file.connectors) };
    let ConnectorKind::Postgres(PostgresConnector { url, .. }) = &warehouse.kind else {
        panic!("{warehouse:?}")
    };
    assert_eq!(url.expose(), "${ENV:DATABASE_URL}");
    assert!(url.reads_secrets());
    assert!(!format!("{warehouse:?}").contains("DATABASE_URL"));
    assert_eq!((ops.enabled, ops.kind.type_name()), (false, "webhook"));
    assert_eq!(&*bus.name, "bus");
    let shown = [warehouse, ops, bus].map(|it| it.to_json(crate::Secrets::Masked));
    let shown = serde_json::Value::from_iter(shown).to_string();
    assert!(!shown.contains("sesame") && shown.contains(r#""X-Site":"north""#), "{shown}");
    assert_eq!(EVERY_KEY.lines().nth(bus.line - 1), Some("[connectors.bus]"));
}

#[test]
fn connectors_have_their_settings() {
    let file = parse(EVERY_KEY);
    let [warehouse, ops, bus] = &file.connectors[..] else { panic!("{:?}", file.connectors) };
    let ConnectorKind::Postgres(warehouse) = &warehouse.kind else { panic!("{warehouse:?}") };
    assert_eq!(warehouse.pool_size.map(u16::from), Some(4));
    assert_eq!(warehouse.connect_timeout, Some(Duration::from_secs(5)));
    assert_eq!(warehouse.request_timeout, Some(Duration::from_secs(30)));
    let ConnectorKind::Webhook(ops) = &ops.kind else { panic!("{ops:?}") };
    let headers: Vec<(&str, &str)> =
        ops.headers.iter().map(|(name, value)| (&**name, value.expose())).collect();
    assert_eq!(headers, [("Authorization", "Bearer sesame"), ("X-Site", "north")]);
    assert_eq!(ops.connect_timeout, Some(Duration::from_millis(1500)));
    assert_eq!(ops.ca_file.as_deref(), Some("certs/ops.pem"));
    let ConnectorKind::Kafka(bus) = &bus.kind else { panic!("{bus:?}") };
    assert_eq!((bus.acks, bus.compression), (Some(KafkaAcks::All), Some(KafkaCompression::Lz4)));
    let sasl = bus.sasl.as_ref().expect("a login");
    assert_eq!((bus.tls, sasl.mechanism), (true, SaslMechanism::ScramSha512));
}

#[test]
fn rules_keep_the_order_of_the_file() {
    let text: String =
        ["b", "a", "c"].map(|id| format!("[rules.{id}]\nsql = 'SELECT * FROM \"t\"'\n")).concat();
    let ids: Vec<String> = parse(&text).rules.iter().map(|rule| rule.id.to_string()).collect();
    assert_eq!(ids, ["b", "a", "c"]);
}

#[test]
fn an_empty_file_holds_nothing() {
    let file = parse("");
    assert!(file.rules.is_empty() && file.connectors.is_empty() && file.warnings.is_empty());
}

#[test]
fn a_byte_order_mark_is_no_column() {
    let errors = RuleFile::parse("a.toml", "\u{feff}rulez = 1").expect_err("unknown key");
    let [found] = errors.diagnostics() else { panic!("{errors}") };
    assert_eq!((found.line, found.column, &*found.excerpt.text), (1, 1, "rulez = 1"));
    assert!(RuleFile::parse("a.toml", "\u{feff}").is_ok());
}

#[test]
fn nesting_and_floods_of_errors_are_bounded() {
    let deep = "[".repeat(100_000);
    assert!(RuleFile::parse("deep.toml", &format!("a = {deep}")).is_err());
    let dotted = vec!["a"; 79].join(".");
    let mut nested = "1".to_owned();
    for _ in 0..70 {
        nested = format!("{{ {dotted} = {nested} }}");
    }
    assert!(RuleFile::parse("dots.toml", &format!("[{dotted}]\n{dotted} = {nested}")).is_err());
    let many: String = (0..100_000).map(|number| format!("k{number} = 1\n")).collect();
    let errors = RuleFile::parse("many.toml", &many).expect_err("unknown keys");
    assert_eq!(errors.diagnostics().len(), 100);
}

#[test]
fn many_actions_get_their_names_in_proportion_to_their_number() {
    let action = "[[rules.a.actions]]\ntype = 'republish'\ntopic = 'out'\n";
    let named = "[[rules.a.actions]]\ntype = 'republish'\ntopic = 'out'\nname = 'republish-3'\n";
    let rule = "[rules.a]\nsql = 'SELECT qos FROM \"t\"'\n";
    let file = parse(&[rule, named, &action.repeat(20_000)].concat());
    let names: Vec<&str> = file.rules[0].actions.iter().map(|action| &*action.name).collect();
    assert_eq!(names[..4], ["republish-3", "republish", "republish-2", "republish-4"]);
    assert_eq!(names.last(), Some(&"republish-20001"));
}

#[test]
fn many_unknown_columns_and_properties_are_told_in_proportion() {
    let keys: String = (0..20_000).map(|number| format!("k{number} = '1'\n")).collect();
    let rule = "[rules.a]\nsql = 'SELECT qos FROM \"t\"'\n";
    let test = "[[rules.a.test]]\nexpect = []\n[rules.a.test.given]\ntopic = 't'\n";
    assert_eq!(parse(&[rule, test, &keys].concat()).warnings.len(), 100);
    let action = "[[rules.a.actions]]\ntype = 'republish'\ntopic = 't'\n\
                  [rules.a.actions.properties]\n";
    let errors = RuleFile::parse("a.toml", &[rule, action, &keys].concat());
    assert_eq!(errors.expect_err("unknown properties").diagnostics().len(), 100);
}

#[test]
fn many_rules_are_read_in_proportion_to_their_number() {
    let rule = |number| {
        format!(
            "[rules.r{number}]\nsql = 'SELECT payload.a AS a FROM \"t/{number}/#\" WHERE a > 1'\n\
             [[rules.r{number}.actions]]\ntype = 'republish'\ntopic = 'out/${{a}}'\n"
        )
    };
    let file = parse(&(0..5_000).map(rule).collect::<String>());
    assert_eq!(file.rules.len(), 5_000);
    let set = crate::RuleSet::new(1, file.rules);
    let mut found = smallvec::SmallVec::new();
    set.for_topic("t/4321/x", &mut found);
    assert_eq!(found.as_slice(), [4321]);
}
