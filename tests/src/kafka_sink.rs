//! The Kafka sink, driven directly, against a real Apache Kafka: what records look like there, and
//! what happens while it is away.

use std::sync::Arc;
use std::time::Duration;

use sluice_event::MessageId;
use sluice_rule::{
    Action, ConnectorKind, KafkaConnector, KafkaSasl, Row, RuleFile, SaslMechanism, Unresolved,
};
use sluice_sink::{Connector, Remedy, Sink, WriteError, Written};
use sluice_value::{Record, Value};
use tokio::runtime::Runtime;

use crate::harness::{Consumed, Kafka, PATIENCE, now};

/// A connector, with the runtime that it lives in.
struct Link {
    runtime: Runtime,
    connector: Arc<dyn Connector>,
}

impl Link {
    fn new(brokers: &str) -> Self {
        Self::with(brokers, |_| {})
    }

    fn with(brokers: &str, edit: impl FnOnce(&mut KafkaConnector)) -> Self {
        let text =
            format!("[connectors.bus]\ntype = \"kafka\"\nbootstrap_servers = [\"{brokers}\"]\n");
        let mut settings = RuleFile::parse("bus.toml", &text).unwrap().connectors.remove(0);
        let ConnectorKind::Kafka(kafka) = &mut settings.kind else { panic!("no kafka connector") };
        edit(kafka);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let connector = runtime.block_on(async {
            (sluice_sink_kafka::TYPE.build)(&settings, &|text| Ok(text.expose().to_owned()))
                .unwrap()
        });
        Self { runtime, connector }
    }

    fn open(&self, lines: &str) -> Arc<dyn Sink> {
        self.connector.open(&action(lines)).unwrap()
    }

    fn write(&self, sink: &Arc<dyn Sink>, rows: &[Arc<Row>]) -> Result<Written, WriteError> {
        self.runtime.block_on(sink.write(rows))
    }

    #[track_caller]
    fn write_all(&self, sink: &Arc<dyn Sink>, rows: &[Arc<Row>]) {
        match self.write(sink, rows) {
            Ok(Written::All) => {}
            other => panic!("{other:?}"),
        }
    }

    /// What helps each row that was not written.
    #[track_caller]
    fn remedies(&self, sink: &Arc<dyn Sink>, rows: &[Arc<Row>]) -> Vec<Option<Remedy>> {
        match self.write(sink, rows) {
            Ok(Written::Each(each)) => {
                each.into_iter().map(|row| row.err().map(|error| error.remedy)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    /// Writes as the driver does, until every row is written.
    #[track_caller]
    fn write_until_all(&self, sink: &Arc<dyn Sink>, rows: &[Arc<Row>]) {
        let deadline = now() + PATIENCE;
        let mut left = rows.to_vec();
        while !left.is_empty() {
            assert!(now() < deadline, "{} rows are still not written", left.len());
            match self.write(sink, &left) {
                Ok(Written::All) => left.clear(),
                Ok(Written::Each(each)) => {
                    let mut each = each.iter();
                    left.retain(|_| match each.next().unwrap() {
                        Ok(()) => false,
                        Err(error) => {
                            assert_eq!(error.remedy, Remedy::Retry, "{error:?}");
                            true
                        }
                    });
                }
                Err(error) => assert_eq!(error.remedy, Remedy::Retry, "{error:?}"),
            }
        }
    }
}

fn action(lines: &str) -> Action {
    let text = format!(
        "[rules.r]\nsql = 'SELECT * FROM \"t\"'\n\
         [[rules.r.actions]]\ntype = \"kafka\"\nconnector = \"bus\"\n{lines}\n"
    );
    RuleFile::parse("r.toml", &text).unwrap().rules[0].actions[0].clone()
}

fn row(json: &str) -> Arc<Row> {
    let value = Value::from_json(json.as_bytes()).unwrap();
    Arc::new(Row {
        rule: "r".parse().unwrap(),
        rule_version: 1,
        message: MessageId(1),
        index: 0,
        order_key: 0,
        values: Record::try_from(value).unwrap(),
        bytes: json.len(),
    })
}

fn numbered(numbers: std::ops::Range<usize>) -> Vec<Arc<Row>> {
    numbers.map(|n| row(&format!(r#"{{"n":{n}}}"#))).collect()
}

/// The numbers that the records of `topic` hold, each once, as soon as there are `count`.
#[track_caller]
fn numbers(kafka: &Kafka, topic: &str, count: usize) -> Vec<usize> {
    let distinct = |records: &[Consumed]| {
        let mut numbers: Vec<usize> = records
            .iter()
            .map(|record| {
                let number = record.value.strip_prefix(r#"{"n":"#).unwrap();
                number.strip_suffix('}').unwrap().parse().unwrap()
            })
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    };
    let records = kafka.read_until(topic, |records| distinct(records).len() >= count);
    distinct(&records)
}

#[test]
fn a_row_becomes_a_record() {
    let kafka = Kafka::shared();
    kafka.create_topic("record-d4", 3, &[]);
    let link = Link::new(kafka.brokers());
    let sink = link.open(
        "topic = 'record-${device}'\nkey = '${device}'\nvalue = '${temp} °C'\n\
         headers = {rule = 'hot', site = '${site}', more = '${more}'}\n\
         partition = '${p}'\ntimestamp = '${at}'",
    );
    link.runtime.block_on(sink.check()).unwrap();
    link.runtime.block_on(link.connector.check()).unwrap();
    let json = r#"{"device":"d4","temp":31.5,"site":{"id":7},"p":2,"at":1700000000123}"#;
    link.write_all(&sink, &[row(json)]);
    let record = kafka.read("record-d4", 1).remove(0);
    assert_eq!(record.partition, 2);
    assert_eq!(record.key.as_deref(), Some("d4"));
    assert_eq!(record.value, "31.5 °C");
    assert_eq!(record.timestamp, 1_700_000_000_123);
    let header = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
    assert_eq!(
        record.headers,
        [header("rule", Some("hot")), header("site", Some(r#"{"id":7}"#)), header("more", None)]
    );
}

#[test]
fn rows_of_one_key_share_a_partition_and_keep_their_order() {
    let kafka = Kafka::shared();
    kafka.create_topic("keyed", 4, &[]);
    let link = Link::new(kafka.brokers());
    let sink = link.open("topic = 'keyed'\nkey = '${k}'\nvalue = '${n}'");
    for batch in 0..3 {
        let rows: Vec<_> = (0..2000)
            .map(|n| row(&format!(r#"{{"k":"k{}","n":{}}}"#, n % 20, batch * 2000 + n)))
            .collect();
        link.write_all(&sink, &rows);
    }
    let records = kafka.read("keyed", 6000);
    for key in 0..20 {
        let key = format!("k{key}");
        let of_key: Vec<_> =
            records.iter().filter(|record| record.key.as_ref() == Some(&key)).collect();
        assert_eq!(of_key.len(), 300);
        assert!(of_key.iter().all(|record| record.partition == of_key[0].partition));
        let numbers: Vec<u32> = of_key.iter().map(|record| record.value.parse().unwrap()).collect();
        assert!(numbers.is_sorted(), "{key}: {numbers:?}");
    }
}

#[test]
fn a_topic_that_is_missing_is_created_where_the_cluster_allows() {
    let kafka = Kafka::shared();
    let topic = format!("missing-{}", std::process::id());
    let link = Link::new(kafka.brokers());
    link.write_all(&link.open(&format!("topic = '{topic}'")), &numbered(0..10));
    assert_eq!(numbers(kafka, &topic, 10), (0..10).collect::<Vec<_>>());
}

#[test]
fn a_record_that_is_too_large_is_set_aside_and_those_around_it_arrive() {
    let kafka = Kafka::shared();
    // The client puts more than that into one request, so that all of it is refused at first.
    kafka.create_topic("small", 1, &[("max.message.bytes", "20000")]);
    let link = Link::new(kafka.brokers());
    let sink = link.open("topic = 'small'\nkey = '${k}'\nvalue = '${v}'");
    let sized = |key: usize, bytes: usize| {
        row(&format!(r#"{{"k":"{key:03}","v":"{}"}}"#, "x".repeat(bytes)))
    };
    let rows: Vec<_> =
        (0..100).map(|key| sized(key, if key == 42 { 30_000 } else { 1000 })).collect();
    let remedies = link.remedies(&sink, &rows);
    for (key, remedy) in remedies.iter().enumerate() {
        assert_eq!(*remedy, (key == 42).then_some(Remedy::Poison), "row {key}");
    }
    let mut keys: Vec<String> =
        kafka.read("small", 99).into_iter().filter_map(|record| record.key).collect();
    keys.sort_unstable();
    let expected: Vec<String> =
        (0..100).filter(|key| *key != 42).map(|key| format!("{key:03}")).collect();
    assert_eq!(keys, expected);
}

#[test]
fn a_record_without_key_is_no_record_of_a_compacted_topic() {
    let kafka = Kafka::shared();
    kafka.create_topic("compacted", 1, &[("cleanup.policy", "compact")]);
    let link = Link::new(kafka.brokers());
    let sink = link.open("topic = 'compacted'\nkey = '${k}'");
    let rows = [row(r#"{"k":"a"}"#), row(r#"{"n":1}"#), row(r#"{"k":"b"}"#)];
    assert_eq!(link.remedies(&sink, &rows), [None, Some(Remedy::Poison), None]);
    let mut keys: Vec<_> =
        kafka.read("compacted", 2).into_iter().filter_map(|record| record.key).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["a", "b"]);
}

#[test]
fn a_login_works_and_a_wrong_password_waits_for_a_person() {
    let kafka = Kafka::shared();
    let Some(broker) = kafka.sasl_broker() else { return };
    let login = |mechanism: SaslMechanism, password: &str| {
        Link::with(&broker, |connector| {
            connector.request_timeout = Some(Duration::from_secs(4));
            connector.sasl = Some(KafkaSasl {
                mechanism,
                username: Unresolved::new(Kafka::USER),
                password: Unresolved::new(password),
            });
        })
    };
    kafka.create_topic("login", 1, &[]);
    for mechanism in [SaslMechanism::Plain, SaslMechanism::ScramSha256] {
        let link = login(mechanism, Kafka::PASSWORD);
        link.runtime.block_on(link.connector.check()).unwrap();
        link.write_all(&link.open("topic = 'login'"), &numbered(0..1));

        let link = login(mechanism, "not-the-password");
        let unavailable = link.runtime.block_on(link.connector.check()).unwrap_err();
        let reason = unavailable.cause.to_string();
        assert!(reason.to_lowercase().contains("authentication"), "{reason}");
        assert!(!reason.contains("not-the-password"), "{reason}");
        let sink = link.open("topic = 'login'");
        assert_eq!(link.remedies(&sink, &numbered(0..1)), [Some(Remedy::Halt)]);
    }
}

#[test]
fn a_connection_is_encrypted_and_the_broker_must_prove_itself() {
    let kafka = Kafka::shared();
    let Some((broker, ca_file)) = kafka.tls_broker() else { return };
    kafka.create_topic("encrypted", 1, &[]);
    let link = |ca_file: Option<String>| {
        Link::with(&broker, |connector| {
            connector.request_timeout = Some(Duration::from_secs(4));
            connector.tls = true;
            connector.ca_file = ca_file;
            connector.sasl = Some(KafkaSasl {
                mechanism: SaslMechanism::ScramSha256,
                username: Unresolved::new(Kafka::USER),
                password: Unresolved::new(Kafka::PASSWORD),
            });
        })
    };
    let trusting = link(Some(ca_file));
    trusting.runtime.block_on(trusting.connector.check()).unwrap();
    trusting.write_all(&trusting.open("topic = 'encrypted'"), &numbered(0..10));
    assert_eq!(numbers(kafka, "encrypted", 10), (0..10).collect::<Vec<_>>());

    let wary = link(None);
    let reason = wary.runtime.block_on(wary.connector.check()).unwrap_err().cause.to_string();
    assert!(reason.contains("certificate verify failed"), "{reason}");
}

#[test]
fn a_broker_that_is_killed_frozen_and_started_again_has_every_row() {
    let Some(mut kafka) = Kafka::alone() else { return };
    let link = Link::with(kafka.brokers(), |connector| {
        connector.request_timeout = Some(Duration::from_secs(3));
    });
    let sink = link.open("topic = 'rows'");

    // It creates no topic by itself: a person has to.
    assert_eq!(link.remedies(&sink, &numbered(0..1)), [Some(Remedy::Halt)]);
    assert_eq!(link.runtime.block_on(sink.check()).unwrap_err().remedy, Remedy::Halt);
    kafka.create_topic("rows", 1, &[]);
    link.runtime.block_on(sink.check()).unwrap();
    link.write_all(&sink, &numbered(0..1000));

    kafka.kill();
    let started = now();
    let remedies = link.remedies(&sink, &numbered(1000..2000));
    assert!(remedies.iter().all(|remedy| *remedy == Some(Remedy::Retry)));
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    kafka.start_again();
    link.write_until_all(&sink, &numbered(1000..2000));

    kafka.freeze();
    let started = now();
    let remedies = link.remedies(&sink, &numbered(2000..3000));
    assert!(remedies.iter().all(|remedy| *remedy == Some(Remedy::Retry)));
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    link.runtime.block_on(link.connector.check()).unwrap_err();
    kafka.thaw();
    link.write_until_all(&sink, &numbered(2000..3000));

    assert_eq!(numbers(&kafka, "rows", 3000), (0..3000).collect::<Vec<_>>());
}
