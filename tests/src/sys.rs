//! What the broker says of itself below `$SYS/`, as monitoring tools and rules read it.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{RawClient, Server, Setup, mosquitto_pub, mosquitto_sub, now};

/// A server that speaks of itself every second.
fn talkative() -> Server {
    Setup::default().sys_interval("1s").start()
}

#[test]
fn both_dialects_are_heard_within_the_interval() {
    let server = talkative();
    let started = now();
    let receiver = mosquitto_sub(server.port(), &["-t", "$SYS/#"]);
    for prefix in [
        "$SYS/broker/version 0 ",
        "$SYS/broker/uptime 0 ",
        "$SYS/broker/clients/connected 0 ",
        "$SYS/broker/subscriptions/count 0 ",
        "$SYS/broker/retained messages/count 0 ",
        "$SYS/broker/messages/received 0 ",
        "$SYS/broker/messages/sent 0 ",
        "$SYS/broker/bytes/received 0 ",
        "$SYS/broker/bytes/sent 0 ",
        "$SYS/brokers 0 ",
        "$SYS/brokers/",
    ] {
        receiver.wait_line(0, |line| line.starts_with(&format!("message {prefix}")));
    }
    for part in ["/uptime 0 0 ", "/datetime 0 0 ", "/stats/sessions/count 0 0 1", "/metrics/bytes/"]
    {
        receiver
            .wait_line(0, |line| line.starts_with("message $SYS/brokers/") && line.contains(part));
    }
    // Twice the interval, and what a busy machine adds.
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let (_, uptime) =
        receiver.wait_line(0, |line| line.starts_with("message $SYS/broker/uptime 0 "));
    assert!(uptime.ends_with(" seconds"), "{uptime}");
    receiver.wait_line(0, |line| line == "message $SYS/broker/clients/connected 0 0 1");
}

#[test]
fn who_asks_for_everything_is_not_told() {
    let server = talkative();
    let everything = mosquitto_sub(server.port(), &["-t", "#"]);
    let system = mosquitto_sub(server.port(), &["-t", "$SYS/broker/uptime"]);
    system.wait_lines("message ", 2);
    mosquitto_pub(server.port(), &["-t", "sentinel", "-m", "x"]);
    assert_eq!(everything.wait_lines("message ", 1), ["sentinel 0 0 x"]);
}

#[test]
fn a_rule_reads_what_the_broker_says() {
    let server = Setup::default()
        .sys_interval("1s")
        .rules(
            "sys.toml",
            "[rules.uptime]\nsql = '''SELECT payload, event, flags.sys AS sys \
             FROM \"$SYS/broker/uptime\"'''\n[[rules.uptime.actions]]\ntype = \"republish\"\n\
             topic = \"up\"\n",
        )
        .start();
    let mut watcher = RawClient::open_5(server.mqtt, "watcher");
    watcher.subscribe("up", 0);
    let row: Value = serde_json::from_str(&watcher.receive_publish().payload).unwrap();
    assert!(row["payload"].as_str().unwrap().ends_with(" seconds"), "{row}");
    assert_eq!((&row["event"], &row["sys"]), (&"message.publish".into(), &true.into()));
}

#[test]
fn clients_are_told_as_they_come_and_go() {
    let server = talkative();
    let receiver = mosquitto_sub(server.port(), &["-t", "$SYS/brokers/+/clients/visitor/#"]);
    RawClient::open_5(server.mqtt, "visitor").disconnect();
    let lines = receiver.wait_lines("message ", 2);
    for (line, word) in lines.iter().zip(["connected", "disconnected"]) {
        let (topic, json) = line.split_once(" 0 0 ").unwrap();
        assert!(topic.ends_with(&format!("/clients/visitor/{word}")), "{topic}");
        let json: Value = serde_json::from_str(json).unwrap();
        assert_eq!((&json["clientid"], &json["proto_ver"]), (&"visitor".into(), &5.into()));
    }
}

#[test]
fn only_the_broker_speaks_there() {
    let server = talkative();
    let receiver = mosquitto_sub(server.port(), &["-t", "$SYS/broker/uptime"]);
    mosquitto_pub(server.port(), &["-t", "$SYS/broker/uptime", "-m", "forever"]);
    for line in receiver.wait_lines("message ", 3) {
        assert!(!line.ends_with("forever"), "{line}");
    }
}
