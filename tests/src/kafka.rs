//! From a publish to a record: rules of a running server that write to a real Apache Kafka, also
//! while it is away.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Kafka, PATIENCE, Publish, RawClient, Server, Setup, now};

/// A rule file with a connector `bus` to `kafka` and a rule `r` over `sql`.
fn rule(kafka: &Kafka, sql: &str, action: &str) -> String {
    format!(
        "[connectors.bus]\ntype = \"kafka\"\nbootstrap_servers = [\"{}\"]\n\
         request_timeout = \"2s\"\n\n\
         [rules.r]\nsql = '''{sql}'''\n\n\
         [[rules.r.actions]]\ntype = \"kafka\"\nconnector = \"bus\"\n{action}\n",
        kafka.brokers()
    )
}

fn start(rules: &str) -> Server {
    Setup::default().rules("kafka.toml", rules).start()
}

#[test]
fn a_publish_becomes_a_record() {
    let kafka = Kafka::shared();
    kafka.create_topic("telemetry-plant7", 2, &[]);
    let server = start(&rule(
        kafka,
        "SELECT payload.temp AS temp, payload.device.id AS device, topic FROM \"sensor/#\" \
         WHERE payload.temp > 30",
        "topic = 'telemetry-${plant:-plant7}'\nkey = '${device}'\n\
         headers = {source = '${topic}', unit = '°C'}\npartition = 1\ntimestamp = 1700000000123",
    ));
    let mut sensor = RawClient::open_5(server.mqtt, "sensor");
    for temperature in ["29.5", "31.5"] {
        let payload = format!(r#"{{"temp": {temperature}, "device": {{"id": "d4"}}}}"#);
        sensor.publish_acknowledged("sensor/4", &payload);
    }
    let record = kafka.read("telemetry-plant7", 1).remove(0);
    assert_eq!(record.partition, 1);
    assert_eq!(record.key.as_deref(), Some("d4"));
    assert_eq!(record.timestamp, 1_700_000_000_123);
    let row: Value = serde_json::from_str(&record.value).unwrap();
    assert_eq!(row, json!({"temp": 31.5, "device": "d4", "topic": "sensor/4"}));
    let header = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    assert_eq!(record.headers, [header("source", "sensor/4"), header("unit", "°C")]);
}

#[test]
fn a_row_that_names_no_topic_is_set_aside_and_the_others_arrive() {
    let kafka = Kafka::shared();
    kafka.create_topic("site-a", 1, &[]);
    let server = start(&rule(
        kafka,
        "SELECT payload.site AS site, payload.n AS n FROM \"in\"",
        "topic = 'site-${site}'\nvalue = '${n}'",
    ));
    let mut client = RawClient::open_5(server.mqtt, "client");
    for payload in [
        r#"{"site": "a", "n": 1}"#,
        r#"{"n": 2}"#,
        r#"{"site": "no topic", "n": 3}"#,
        r#"{"site": "a", "n": 4}"#,
    ] {
        client.publish_acknowledged("in", payload);
    }
    let values: Vec<String> =
        kafka.read("site-a", 2).into_iter().map(|record| record.value).collect();
    assert_eq!(values, ["1", "4"]);
    client.ping();
}

#[test]
fn a_kafka_that_is_killed_frozen_and_started_again_under_load_loses_nothing() {
    let Some(mut kafka) = Kafka::alone() else { return };
    kafka.create_topic("numbers", 1, &[]);
    let server = start(&rule(
        &kafka,
        "SELECT payload.n AS n FROM \"numbers\"",
        // As much as comes while Kafka starts: nobody has to wait.
        "topic = 'numbers'\nvalue = '${n}'\nbuffer = {rows_max = 10_000_000}",
    ));
    let mqtt = server.mqtt;
    let is_over = AtomicBool::new(false);
    let (published, slowest) = thread::scope(|scope| {
        let (sender, ticks) = channel();
        let (is_over, kafka) = (&is_over, &mut kafka);
        let end = Ends(is_over);
        let publisher = scope.spawn(move || publish_numbers(mqtt, is_over, &sender));
        let bystander = scope.spawn(move || slowest_round_trip(mqtt, is_over));
        load(&ticks);
        kafka.kill();
        let published = load(&ticks);
        kafka.start_again();
        // Everything that was buffered until then.
        kafka.read("numbers", published);
        kafka.freeze();
        // Longer than a record may take, so that rows come back from the client and go out again.
        let started = now();
        let mut published = 0;
        while started.elapsed() < Duration::from_secs(5) {
            published = load(&ticks);
        }
        kafka.thaw();
        kafka.read("numbers", published);
        drop(end);
        (publisher.join().unwrap(), bystander.join().unwrap())
    });
    assert!(slowest < Duration::from_secs(1), "a bystander waited {slowest:?}");
    // At least once: a record whose time ran out may have arrived all the same.
    let mut numbers = BTreeSet::new();
    let mut seen = 0;
    kafka.read_until("numbers", |records| {
        let new = &records[seen..];
        numbers.extend(new.iter().map(|record| record.value.parse::<usize>().unwrap()));
        seen = records.len();
        numbers.len() >= published
    });
    assert!(numbers.into_iter().eq(0..published), "{published} were published");
}

/// Ends the load, also when the test fails.
struct Ends<'o>(&'o AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Publishes 0, 1, 2 … with QoS 1, each when the last one is acknowledged; gives how many. Tells
/// each thousandth.
fn publish_numbers(mqtt: SocketAddr, is_over: &AtomicBool, ticks: &Sender<usize>) -> usize {
    let mut client = RawClient::open_5(mqtt, "publisher");
    let mut published = 0;
    while !is_over.load(Ordering::Acquire) {
        client.publish_acknowledged("numbers", &format!(r#"{{"n": {published}}}"#));
        published += 1;
        if published % 1000 == 0 {
            ticks.send(published).unwrap();
        }
    }
    published
}

/// Waits for ten thousand publishes from now on; gives how many there were in all.
fn load(ticks: &Receiver<usize>) -> usize {
    while ticks.try_recv().is_ok() {}
    let tick = || ticks.recv_timeout(PATIENCE).expect("publishes go on");
    let from = tick();
    loop {
        let published = tick();
        if published >= from + 10_000 {
            return published;
        }
    }
}

/// Sends messages that concern no rule to itself.
fn slowest_round_trip(mqtt: SocketAddr, is_over: &AtomicBool) -> Duration {
    let mut client = RawClient::open_5(mqtt, "bystander");
    client.subscribe("elsewhere", 0);
    let mut slowest = Duration::ZERO;
    while !is_over.load(Ordering::Acquire) {
        let sent = now();
        client.publish(&Publish::new("elsewhere", "x"));
        client.receive_publish();
        slowest = slowest.max(sent.elapsed());
    }
    slowest
}
