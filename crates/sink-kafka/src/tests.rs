//! The sink against the cluster that librdkafka plays by itself. They know no real broker.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{Offset, TopicPartitionList};
use sluice_event::MessageId;
use sluice_rule::{
    Action, Connector as ConnectorSettings, ConnectorKind, KafkaAcks, KafkaCompression,
    KafkaConnector, KafkaSasl, Row, RuleFile, SaslMechanism, Unresolved,
};
use sluice_sink::{Connector, Remedy, Sink, WriteError, Written};
use sluice_value::{Record, Value};

use crate::TYPE;

type Mock = MockCluster<'static, DefaultProducerContext>;

const WAIT: Duration = Duration::from_secs(20);

fn mock(topic: &str, partitions: i32) -> Mock {
    let mock = MockCluster::new(1).unwrap();
    mock.create_topic(topic, partitions, 1).unwrap();
    mock
}

fn settings(servers: &str, edit: impl FnOnce(&mut KafkaConnector)) -> ConnectorSettings {
    let text = format!("[connectors.bus]\ntype = \"kafka\"\nbootstrap_servers = [{servers:?}]\n");
    let mut settings = RuleFile::parse("bus.toml", &text).unwrap().connectors.remove(0);
    let ConnectorKind::Kafka(kafka) = &mut settings.kind else { panic!("no kafka connector") };
    kafka.request_timeout = Some(Duration::from_secs(20));
    edit(kafka);
    settings
}

fn link(mock: &Mock, edit: impl FnOnce(&mut KafkaConnector)) -> Arc<dyn Connector> {
    (TYPE.build)(&settings(&mock.bootstrap_servers(), edit), &|text| Ok(text.expose().to_owned()))
        .unwrap()
}

fn action(lines: &str) -> Action {
    let text = format!(
        "[rules.r]\nsql = 'SELECT * FROM \"t\"'\n\
         [[rules.r.actions]]\ntype = \"kafka\"\nconnector = \"bus\"\n{lines}\n"
    );
    RuleFile::parse("r.toml", &text).unwrap().rules[0].actions[0].clone()
}

fn sink(mock: &Mock, lines: &str) -> Arc<dyn Sink> {
    link(mock, |_| {}).open(&action(lines)).unwrap()
}

fn rows(json: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Arc<Row>> {
    json.into_iter()
        .map(|json| {
            let value = Value::from_json(json.as_ref().as_bytes()).unwrap();
            Arc::new(Row {
                rule: "r".parse().unwrap(),
                rule_version: 1,
                message: MessageId(1),
                index: 0,
                order_key: 0,
                values: Record::try_from(value).unwrap(),
                bytes: 100,
            })
        })
        .collect()
}

fn numbered(count: usize) -> Vec<Arc<Row>> {
    rows((0..count).map(|n| format!(r#"{{"n":{n}}}"#)))
}

/// A record as `partition key value headers timestamp`.
fn read(mock: &Mock, topic: &str, partitions: i32, count: usize) -> Vec<String> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", mock.bootstrap_servers())
        .set("group.id", "reads")
        .create()
        .unwrap();
    let mut from = TopicPartitionList::new();
    for partition in 0..partitions {
        from.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&from).unwrap();
    let mut read = Vec::new();
    let deadline = tokio::time::Instant::now() + WAIT;
    while read.len() < count && tokio::time::Instant::now() < deadline {
        let Some(Ok(message)) = consumer.poll(Duration::from_millis(100)) else { continue };
        let text = |bytes: Option<&[u8]>| {
            bytes.map_or_else(
                || "null".to_owned(),
                |bytes| String::from_utf8_lossy(bytes).into_owned(),
            )
        };
        let headers: Vec<String> = message
            .headers()
            .into_iter()
            .flat_map(Headers::iter)
            .map(|header| format!("{}={}", header.key, text(header.value)))
            .collect();
        read.push(format!(
            "{} {} {} {} {}",
            message.partition(),
            text(message.key()),
            text(message.payload()),
            headers.join(","),
            message.timestamp().to_millis().unwrap()
        ));
    }
    read
}

fn values(read: &[String]) -> Vec<&str> {
    read.iter().map(|record| record.split(' ').nth(2).unwrap()).collect()
}

#[track_caller]
fn all(written: Result<Written, WriteError>) {
    match written {
        Ok(Written::All) => {}
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn each(written: Result<Written, WriteError>) -> Vec<Option<Remedy>> {
    match written {
        Ok(Written::Each(each)) => {
            each.into_iter().map(|row| row.err().map(|error| error.remedy)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_row_becomes_a_record() {
    let mock = mock("telemetry", 4);
    let sink = sink(
        &mock,
        "topic = 'telemetry'\nkey = '${device}'\nvalue = '${temp}'\n\
         headers = {rule = 'hot', site = '${site}'}\npartition = 3\ntimestamp = '${at}'",
    );
    sink.check().await.unwrap();
    let row = r#"{"device":"d4","temp":31.5,"at":1700000000123}"#;
    all(sink.write(&rows([row])).await);
    assert_eq!(read(&mock, "telemetry", 4, 1), ["3 d4 31.5 rule=hot,site=null 1700000000123"]);
}

#[tokio::test]
async fn rows_of_a_batch_stay_in_order() {
    let mock = mock("t", 1);
    for acks in [KafkaAcks::All, KafkaAcks::Leader, KafkaAcks::None] {
        let link = link(&mock, |kafka| kafka.acks = Some(acks));
        all(link.open(&action("topic = 't'")).unwrap().write(&numbered(3000)).await);
    }
    let read = read(&mock, "t", 1, 9000);
    let expected: Vec<String> = (0..9000).map(|n| format!(r#"{{"n":{}}}"#, n % 3000)).collect();
    assert_eq!(values(&read), expected);
}

#[tokio::test]
async fn batches_travel_compressed() {
    let mock = mock("t", 1);
    let all_kinds = [
        KafkaCompression::None,
        KafkaCompression::Gzip,
        KafkaCompression::Snappy,
        KafkaCompression::Lz4,
        KafkaCompression::Zstd,
    ];
    for compression in all_kinds {
        let link = link(&mock, |kafka| kafka.compression = Some(compression));
        all(link.open(&action("topic = 't'")).unwrap().write(&numbered(10)).await);
    }
    assert_eq!(read(&mock, "t", 1, 50).len(), 50);
}

#[tokio::test]
async fn one_key_goes_to_the_partition_that_java_would_choose() {
    let mock = mock("t", 12);
    let sink = sink(&mock, "topic = 't'\nkey = '${k}'\nvalue = 'v'");
    all(sink.write(&rows([r#"{"k":"kafka"}"#, r#"{"k":"giberish123456789"}"#])).await);
    let mut read = read(&mock, "t", 12, 2);
    read.sort_unstable();
    // Java's murmur2 gives 0xd067cf64 and 0x8f552b0c; without the sign, modulo 12, that is 4 and 8.
    assert!(read[0].starts_with("4 kafka "), "{read:?}");
    assert!(read[1].starts_with("8 giberish123456789 "), "{read:?}");
}

#[tokio::test]
async fn rows_that_make_no_record_are_set_aside_alone() {
    let mock = mock("a", 1);
    let sink = sink(&mock, "topic = '${t}'\nvalue = '${n}'");
    let written = sink
        .write(&rows([
            r#"{"t":"a","n":1}"#,
            r#"{"n":2}"#,
            r#"{"t":"no topic","n":3}"#,
            r#"{"t":"a","n":4}"#,
        ]))
        .await;
    assert_eq!(each(written), [None, Some(Remedy::Poison), Some(Remedy::Poison), None]);
    assert_eq!(values(&read(&mock, "a", 1, 2)), ["1", "4"]);
}

#[tokio::test]
async fn a_record_that_the_broker_finds_too_large_is_found_among_others() {
    let mock = mock("t", 1);
    let sink = sink(&mock, "topic = 't'\nvalue = '${n}'");
    all(sink.write(&numbered(1)).await);
    // The whole batch, then the first of eight pieces, then the first row of that piece.
    let too_large = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    let mut answers = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR; 10];
    answers[0] = too_large;
    answers[1] = too_large;
    answers[9] = too_large;
    mock.request_errors(RDKafkaApiKey::Produce, &answers);
    let mut remedies = each(sink.write(&numbered(16)).await);
    assert_eq!(remedies.remove(0), Some(Remedy::Poison));
    assert!(remedies.iter().all(Option::is_none), "{remedies:?}");
    let read = read(&mock, "t", 1, 16);
    let mut numbers: Vec<u32> = values(&read).iter().map(|n| n.parse().unwrap()).collect();
    numbers.sort_unstable();
    // The 0 is that of the first write.
    assert_eq!(numbers, (0..16).collect::<Vec<u32>>());
}

#[tokio::test]
async fn what_passes_is_retried_by_the_client_itself() {
    let mock = mock("t", 1);
    let sink = sink(&mock, "topic = 't'");
    mock.request_errors(
        RDKafkaApiKey::Produce,
        &[
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        ],
    );
    all(sink.write(&numbered(100)).await);
    assert_eq!(read(&mock, "t", 1, 100).len(), 100);
}

#[tokio::test]
async fn without_rights_on_a_fixed_topic_rows_wait_for_a_person() {
    let mock = mock("t", 1);
    let sink = sink(&mock, "topic = 't'");
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    mock.request_errors(RDKafkaApiKey::Produce, &[refused]);
    assert_eq!(each(sink.write(&numbered(2)).await), [Some(Remedy::Halt); 2]);
}

#[tokio::test]
async fn a_client_that_is_lost_for_ever_is_replaced() {
    let mock = mock("t", 1);
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
    mock.request_errors(RDKafkaApiKey::InitProducerId, &[refused]);
    let sink = sink(&mock, "topic = 't'");
    assert_eq!(each(sink.write(&numbered(2)).await), [Some(Remedy::Halt); 2]);
    all(sink.write(&numbered(2)).await);
    assert_eq!(read(&mock, "t", 1, 2).len(), 2);
}

#[tokio::test]
async fn a_cluster_that_is_away_takes_the_rows_when_it_returns() {
    let mock = mock("t", 1);
    let link = link(&mock, |kafka| kafka.request_timeout = Some(Duration::from_secs(2)));
    let sink = link.open(&action("topic = 't'")).unwrap();
    all(sink.write(&numbered(1)).await);
    mock.broker_down(-1).unwrap();
    let started = tokio::time::Instant::now();
    let Ok(Written::Each(mut each)) = sink.write(&numbered(3)).await else {
        panic!("written to a cluster that is down")
    };
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    let error = each.pop().unwrap().unwrap_err();
    assert_eq!(error.remedy, Remedy::Retry);
    assert_eq!(error.target, "kafka bus, topic t");
    let unavailable = link.check().await.unwrap_err();
    assert_eq!(unavailable.to_string(), "kafka bus does not serve");
    assert!(!unavailable.cause.to_string().is_empty());
    mock.broker_up(-1).unwrap();
    let deadline = tokio::time::Instant::now() + WAIT;
    while !matches!(sink.write(&numbered(3)).await, Ok(Written::All)) {
        assert!(tokio::time::Instant::now() < deadline);
    }
    link.check().await.unwrap();
    assert!(read(&mock, "t", 1, 4).len() >= 4);
}

#[tokio::test]
async fn a_write_that_is_dropped_harms_nothing() {
    let mock = mock("t", 1);
    let sink = sink(&mock, "topic = 't'");
    mock.broker_round_trip_time(-1, Duration::from_millis(300)).unwrap();
    let rows_of_first = numbered(10);
    let dropped = tokio::time::timeout(Duration::from_millis(50), sink.write(&rows_of_first));
    dropped.await.unwrap_err();
    all(sink.write(&numbered(10)).await);
    assert_eq!(read(&mock, "t", 1, 20).len(), 20);
}

#[tokio::test]
async fn a_full_client_takes_the_rows_as_room_comes() {
    let mock = mock("t", 1);
    let sink = sink(&mock, "topic = 't'\nvalue = '${v}'");
    // 96 MiB in records of 1 MiB, more than the client holds.
    let row = format!(r#"{{"v":"{}"}}"#, "x".repeat(1 << 20));
    let one = rows([row]).remove(0);
    let many: Vec<Arc<Row>> = (0..96).map(|_| Arc::clone(&one)).collect();
    all(sink.write(&many).await);
}

#[tokio::test]
async fn a_client_that_has_seen_too_many_topics_is_replaced() {
    let mock = MockCluster::new(1).unwrap();
    let sink = sink(&mock, "topic = '${t}'");
    let named = |from: usize| rows((from..from + 600).map(|n| format!(r#"{{"t":"t{n}"}}"#)));
    for from in [0, 600, 1200] {
        all(sink.write(&named(from)).await);
    }
    assert_eq!(read(&mock, "t1799", 4, 1).len(), 1);
}

#[tokio::test]
async fn a_missing_partition_is_the_actions_fault_or_the_rows() {
    let mock = mock("t", 2);
    let fixed = sink(&mock, "topic = 't'\npartition = 7");
    assert_eq!(fixed.check().await.unwrap_err().remedy, Remedy::Halt);
    assert_eq!(each(fixed.write(&numbered(1)).await), [Some(Remedy::Halt)]);
    let by_row = sink(&mock, "topic = 't'\npartition = '${n}'");
    by_row.check().await.unwrap();
    let written = by_row.write(&numbered(3)).await;
    assert_eq!(each(written), [None, None, Some(Remedy::Poison)]);
}

#[tokio::test]
async fn settings_that_cannot_work_are_told_without_secrets() {
    let build = |settings: &ConnectorSettings| {
        let built = (TYPE.build)(settings, &|text| match text.expose() {
            "${ENV:MISSING}" => Err("environment variable MISSING is not set".to_owned()),
            text => Ok(text.to_owned()),
        });
        built.err().map_or_else(|| "built".to_owned(), |error| error.to_string())
    };
    assert_eq!(build(&settings("127.0.0.1:9092", |_| {})), "built");
    assert_eq!(
        build(&settings("nonsense:port", |_| {})),
        "connector `bus`: `bootstrap_servers`: `nonsense:port` is no `host:port`"
    );
    let no_such_file = settings("127.0.0.1:9092", |kafka| {
        kafka.tls = true;
        kafka.ca_file = Some("no/such/file.pem".to_owned());
    });
    let error = build(&no_such_file);
    assert!(error.contains("`ca_file` no/such/file.pem: No such file"), "{error}");
    let sasl = |password: &str| {
        settings("127.0.0.1:9092", |kafka| {
            kafka.sasl = Some(KafkaSasl {
                mechanism: SaslMechanism::ScramSha512,
                username: Unresolved::new("u"),
                password: Unresolved::new(password),
            });
        })
    };
    assert_eq!(build(&sasl("swordfish")), "built");
    assert_eq!(
        build(&sasl("${ENV:MISSING}")),
        "connector `bus`: environment variable MISSING is not set"
    );
    // Text with a zero byte reaches no C library.
    let error = build(&sasl("sword\0fish"));
    assert!(error.starts_with("connector `bus`: "), "{error}");
    assert!(!error.contains("fish"), "{error}");
}

#[tokio::test]
async fn an_action_of_another_type_is_refused() {
    let mock = mock("t", 1);
    let text = "[rules.r]\nsql = 'SELECT * FROM \"t\"'\n\
                [[rules.r.actions]]\ntype = 'webhook'\nconnector = 'bus'\n";
    let other = RuleFile::parse("r.toml", text).unwrap().rules[0].actions[0].clone();
    let error = link(&mock, |_| {}).open(&other).err().unwrap();
    assert!(error.detail.contains("is of type webhook"), "{}", error.detail);
    let error = link(&mock, |_| {}).open(&action("topic = 'a/b'")).err().unwrap();
    assert!(error.detail.contains("`a/b` is no topic name"), "{}", error.detail);
}
