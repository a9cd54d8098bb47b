//! Rules of a running server: what they derive, and what happens when their files change.

use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{
    Connect, PATIENCE, Publish, RawClient, Server, Setup, mosquitto_pub, mosquitto_sub, now,
    user_property,
};

/// A rule `id` that takes numbers on `in` above `limit` and says on `out` that it was `mark`.
fn numbers(id: &str, limit: i64, mark: &str) -> String {
    format!(
        "[rules.{id}]\nsql = '''\n\
         SELECT payload.n AS n\nFROM \"in\"\nWHERE payload.n > {limit}\n'''\n\n\
         [[rules.{id}.actions]]\ntype = \"republish\"\ntopic = \"out\"\nqos = 1\n\
         payload = '{{\"n\": ${{n}}, \"mark\": \"{mark}\"}}'\n"
    )
}

/// A subscriber of `out`.
#[track_caller]
fn listener(server: &Server) -> RawClient {
    let mut listener = RawClient::open_5(server.mqtt, "listener");
    listener.subscribe("out", 1);
    listener
}

#[track_caller]
fn publish_number(sender: &mut RawClient, number: i64) {
    sender.publish_acknowledged("in", &format!("{{\"n\": {number}}}"));
}

/// The number and the mark of the next derived message.
#[track_caller]
fn derived(listener: &mut RawClient) -> (i64, String) {
    let payload = listener.receive_payloads(1).remove(0);
    let row: Value = serde_json::from_str(&payload).unwrap();
    (row["n"].as_i64().unwrap(), row["mark"].as_str().unwrap().to_owned())
}

#[test]
fn a_publish_is_filtered_and_derived() {
    let server = Setup::default()
        .rules(
            "hot.toml",
            "[rules.hot]\nsql = '''\nSELECT payload.temp AS temp, clientid, topic, qos\n\
             FROM \"sensor/#\"\nWHERE payload.temp > 30\n'''\n\n[[rules.hot.actions]]\n\
             type = \"republish\"\ntopic = \"alerts/${clientid}\"\nretain = true\n",
        )
        .start();
    let receiver = mosquitto_sub(server.port(), &["-t", "alerts/#", "-q", "1"]);
    for (temperature, topic) in [("29.5", "sensor/4"), ("31.5", "sensor/4"), ("40", "other/4")] {
        let payload = format!("{{\"temp\": {temperature}}}");
        mosquitto_pub(server.port(), &["-i", "c4", "-t", topic, "-m", &payload, "-q", "1"]);
    }
    mosquitto_pub(server.port(), &["-i", "c5", "-t", "sensor/5", "-m", "{\"temp\": 99}"]);
    let lines = receiver.wait_lines("message ", 2);
    let (topic, row) = lines[0].split_once(" 0 0 ").unwrap();
    assert_eq!(topic, "alerts/c4");
    let row: Value = serde_json::from_str(row).unwrap();
    let wanted = serde_json::json!(
        {"temp": 31.5, "clientid": "c4", "topic": "sensor/4", "qos": 1}
    );
    assert_eq!(row, wanted);
    assert!(lines[1].starts_with("alerts/c5 "), "{lines:?}");
    // The action asked for a retained copy.
    let late = mosquitto_sub(server.port(), &["-t", "alerts/c4"]);
    assert!(late.wait_lines("message ", 1)[0].starts_with("alerts/c4 0 1 "));
}

#[test]
fn an_edited_rule_applies_within_two_seconds() {
    let server = Setup::default().rules("r.toml", &numbers("r", 30, "old")).start();
    let mut listener = listener(&server);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    publish_number(&mut sender, 31);
    assert_eq!(derived(&mut listener), (31, "old".into()));

    // In place, as `sed -i` and a plain write do, and by renaming, as editors do.
    for (round, mark) in ["written", "renamed"].into_iter().enumerate() {
        let text = numbers("r", 0, mark);
        let edited = now();
        if round == 0 {
            fs::write(server.rule_file("r.toml"), &text).unwrap();
        } else {
            server.replace_rules("r.toml", &text);
        }
        loop {
            publish_number(&mut sender, 50);
            let (_, seen) = derived(&mut listener);
            if seen == mark {
                break;
            }
            assert!(edited.elapsed() < PATIENCE, "the change never applied");
        }
        let waited = edited.elapsed();
        assert!(waited < Duration::from_secs(2), "{mark}: applied after {waited:?}");
    }
    publish_number(&mut sender, 1);
    assert_eq!(derived(&mut listener), (1, "renamed".into()));
}

#[test]
fn a_swap_misses_and_doubles_no_message() {
    const MESSAGES: i64 = 20_000;
    // The sender does not wait for the listener: whatever lies between them has to fit its queue.
    let server = Setup::default()
        .mqtt(&format!("max_queued_messages = {MESSAGES}"))
        .rules("r.toml", &numbers("r", 0, "even"))
        .start();
    let mut listener = listener(&server);
    let broker = server.mqtt;
    let (mut counts, mut swaps) = ([0, 0], 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut sender = RawClient::open_5(broker, "sender");
            for number in 1..=MESSAGES {
                publish_number(&mut sender, number);
            }
        });
        let receiving = scope.spawn(|| {
            for number in 1..=MESSAGES {
                let (found, mark) = derived(&mut listener);
                assert_eq!(found, number, "missed, doubled or out of order");
                counts[usize::from(mark == "odd")] += 1;
            }
        });
        let mut from = server.process().line_count();
        // Whether all came or the first was found missing.
        while !receiving.is_finished() {
            swaps += 1;
            let mark = if swaps % 2 == 0 { "even" } else { "odd" };
            server.replace_rules("r.toml", &numbers("r", 0, mark));
            from = server.process().wait_line(from, |l| l.contains("rules in force")).0 + 1;
        }
    });
    listener.ping();
    assert!(swaps >= 2 && counts[0] > 0 && counts[1] > 0, "{swaps} swaps, {counts:?} messages");
}

#[test]
fn a_bad_file_is_reported_and_its_old_rules_stay() {
    let server = Setup::default()
        .rules("bad.toml", &numbers("first", 0, "first"))
        .rules("good.toml", &numbers("second", 0, "second"))
        .start();
    let mut listener = listener(&server);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    let mut both = |listener: &mut RawClient| {
        publish_number(&mut sender, 7);
        let mut marks = [derived(listener).1, derived(listener).1];
        marks.sort();
        assert_eq!(marks, ["first", "second"]);
    };
    both(&mut listener);

    let wrong = numbers("first", 0, "never").replace("payload.n AS", "lenght(payload.n) AS");
    let from = server.process().line_count();
    server.replace_rules("bad.toml", &wrong);
    let (_, line) = server.process().wait_line(from, |line| line.contains("bad.toml:"));
    assert!(line.contains("bad.toml:3:8"), "file, line and column: {line}");
    assert!(line.contains("hint=") && line.contains("length"), "a hint: {line}");
    both(&mut listener);

    // Mended, it applies; and the other file was never touched.
    let from = server.process().line_count();
    server.replace_rules("bad.toml", &numbers("first", 0, "first"));
    server.replace_rules("other.toml", "this is no TOML");
    server.process().wait_line(from, |line| line.contains("other.toml:1:"));
    both(&mut listener);
}

#[test]
fn a_file_that_is_wrong_at_start_harms_no_other() {
    let server = Setup::default()
        .rules("bad.toml", "[rules.bad]\nsql = 'SELECT nope('\n")
        .rules("good.toml", &numbers("good", 0, "good"))
        .start();
    server.process().wait_for("bad.toml:2:");
    let mut listener = listener(&server);
    publish_number(&mut RawClient::open_5(server.mqtt, "sender"), 1);
    assert_eq!(derived(&mut listener), (1, "good".into()));
}

#[test]
fn files_come_and_go() {
    let server = Server::start();
    let mut listener = listener(&server);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    let mut from = server.process().line_count();
    let in_force = |from: &mut usize| {
        *from = server.process().wait_line(*from, |l| l.contains("rules in force")).0 + 1;
    };
    server.replace_rules("new.toml", &numbers("new", 0, "new"));
    in_force(&mut from);
    publish_number(&mut sender, 1);
    assert_eq!(derived(&mut listener), (1, "new".into()));

    fs::remove_file(server.rule_file("new.toml")).unwrap();
    in_force(&mut from);
    publish_number(&mut sender, 2);
    sender.publish_acknowledged("out", "{\"n\": 3, \"mark\": \"sentinel\"}");
    assert_eq!(derived(&mut listener), (3, "sentinel".into()));
}

#[test]
fn a_hang_up_reads_the_folder_again() {
    let mut server = Setup::default().rules("r.toml", &numbers("r", 0, "r")).start();
    let mut listener = listener(&server);
    server.signal("HUP");
    server.process().wait_for("reading the rules folder again");
    server.process().wait_for("no rule has changed");
    publish_number(&mut RawClient::open_5(server.mqtt, "sender"), 1);
    assert_eq!(derived(&mut listener), (1, "r".into()));
}

#[test]
fn a_disabled_rule_rests() {
    let text = numbers("r", 0, "r").replace("sql =", "enable = false\nsql =");
    let server =
        Setup::default().rules("r.toml", &text).rules("on.toml", &numbers("on", 0, "on")).start();
    let mut listener = listener(&server);
    publish_number(&mut RawClient::open_5(server.mqtt, "sender"), 1);
    assert_eq!(derived(&mut listener), (1, "on".into()));
    listener.ping();
}

#[test]
fn a_user_property_routes_and_travels() {
    let server = Setup::default()
        .rules(
            "region.toml",
            "[rules.region]\nsql = '''\n\
             SELECT payload, pub_props.'User-Property'.region AS region\n\
             FROM \"orders/#\"\nWHERE pub_props.'User-Property'.region = 'eu'\n'''\n\n\
             [[rules.region.actions]]\ntype = \"republish\"\ntopic = \"regions/${region}\"\n\
             payload = \"${payload}\"\nuser_properties = { routed = \"by ${region}\" }\n",
        )
        .start();
    let mut receiver = RawClient::open_5(server.mqtt, "receiver");
    receiver.subscribe("regions/+", 0);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    for region in ["us", "eu"] {
        let publish = Publish::new("orders/1", region).property(&user_property("region", region));
        sender.publish(&publish);
    }
    let received = receiver.receive_publish();
    assert_eq!((received.topic.as_str(), received.payload.as_str()), ("regions/eu", "eu"));
    let routed = user_property("routed", "by eu");
    assert!(
        received.properties.windows(routed.len()).any(|bytes| bytes == routed),
        "{:02x?}",
        received.properties
    );
    receiver.ping();
}

#[test]
fn events_fire_rules() {
    let rule = |event: &str| {
        let id = event.replace('/', "-");
        format!(
            "[rules.{id}]\nsql = '''\nSELECT clientid, event\nFROM \"$events/{event}\"\n\
             WHERE clientid = 'visitor'\n'''\n\n[[rules.{id}.actions]]\ntype = \"republish\"\n\
             topic = \"events/{event}\"\npayload = \"${{event}} ${{clientid}}\"\n\n"
        )
    };
    let events = ["client/connected", "session/subscribed", "client/disconnected"];
    let server = Setup::default().rules("events.toml", &events.map(rule).concat()).start();
    let mut watcher = RawClient::open_5(server.mqtt, "watcher");
    watcher.subscribe("events/#", 0);
    let mut visitor = RawClient::open_5(server.mqtt, "visitor");
    visitor.subscribe("anything", 0);
    visitor.disconnect();
    for event in events {
        let received = watcher.receive_publish();
        assert_eq!(received.topic, format!("events/{event}"));
        assert_eq!(received.payload, format!("{} visitor", event.replace('/', ".")));
    }
}

#[test]
fn chains_of_rules_end() {
    // Each of the two publishes what the other takes.
    let rule = |id: &str, from: &str, to: &str| {
        format!(
            "[rules.{id}]\nsql = 'SELECT payload FROM \"{from}\"'\n[[rules.{id}.actions]]\n\
             type = \"republish\"\ntopic = \"{to}\"\npayload = \"${{payload}}\"\n"
        )
    };
    let both = rule("ping", "loop/a", "loop/b") + &rule("pong", "loop/b", "loop/a");
    let server = Setup::default().rules("loop.toml", &both).start();
    let mut watcher = RawClient::open_5(server.mqtt, "watcher");
    watcher.subscribe("loop/#", 0);
    watcher.subscribe("sentinel", 0);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    sender.publish_acknowledged("loop/a", "x");
    sender.publish_acknowledged("sentinel", "x");
    let mut hops = 0;
    while watcher.receive_publish().topic != "sentinel" {
        hops += 1;
    }
    assert!((2..=9).contains(&hops), "the original and at most 8 derived ones, not {hops}");
}

#[test]
fn a_rule_reaches_offline_sessions_and_wills_too() {
    let server = Setup::default().rules("r.toml", &numbers("r", 0, "r")).start();
    let lasting = Connect::v5("sleeper").resume().expiry(3600);
    let mut sleeper = RawClient::open(server.mqtt, &lasting);
    sleeper.subscribe("out", 1);
    sleeper.disconnect();
    let mut watcher = listener(&server);
    RawClient::open(server.mqtt, &Connect::v5("gone").will("in", "{\"n\": 5}")).cut();
    assert_eq!(derived(&mut watcher), (5, "r".into()));
    let mut sleeper = RawClient::open(server.mqtt, &lasting);
    assert_eq!(derived(&mut sleeper), (5, "r".into()));
}
