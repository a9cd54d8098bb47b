//! Rules that change while a message is on its way. It does not know SQL.

use sluice_mqtt::{Packet, QoS, ReasonCode};
use sluice_session::Limits;

use crate::stage::{Client, Stage, disconnect, message};

const FEED: &str = r#"
[rules.feed]
sql = 'SELECT * FROM "in"'
[[rules.feed.actions]]
type = "republish"
topic = "mid"
retain = true
payload = "x"
"#;

const LISTEN: &str = r#"
[rules.listen]
sql = 'SELECT * FROM "mid", "out"'
[[rules.listen.actions]]
type = "republish"
topic = "out"
payload = "y"
"#;

#[test]
fn a_message_and_all_that_follows_from_it_meet_one_set_of_rules() {
    let mut stage = Stage::new(Limits::default());
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    stage.subscribe(client, "out", QoS::AtMostOnce);
    stage.read(client);
    stage.world.borrow_mut().rules = Stage::rules(2, &format!("{FEED}{LISTEN}"));
    // The new set has `listen` at another place: it must be known all the same for the rule that
    // made `out`, and not fire on that.
    stage.world.borrow_mut().rules_at_retain = Some(Stage::rules(3, LISTEN));
    stage.publish(client, message("in", "1", QoS::AtMostOnce), 0);
    assert_eq!(stage.read(client), ["out y"]);
    stage.publish(client, message("in", "2", QoS::AtMostOnce), 0);
    assert!(stage.read(client).is_empty(), "the new set is in force");
}

const ECHO: &str = r#"
[rules.echo]
sql = 'SELECT payload.to AS to FROM "in"'
[[rules.echo.actions]]
type = "republish"
topic = "${to}"
retain = true
payload = "x"
"#;

#[test]
fn a_rule_cannot_be_made_to_speak_for_the_broker() {
    let mut stage = Stage::new(Limits::default());
    stage.world.borrow_mut().rules = Stage::rules(2, ECHO);
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    stage.subscribe(client, "#", QoS::AtMostOnce);
    stage.subscribe(client, "$SYS/#", QoS::AtMostOnce);
    stage.read(client);
    for to in ["$SYS/broker/version", "out"] {
        let payload = format!(r#"{{"to": "{to}"}}"#);
        stage.publish(client, message("in", &payload, QoS::AtMostOnce), 0);
    }
    let heard = stage.read(client);
    assert_eq!(heard.iter().filter(|it| !it.starts_with("in ")).collect::<Vec<_>>(), ["out x"]);
}

const TELL: &str = r#"
[rules.tell]
sql = 'SELECT reason FROM "$events/client_disconnected"'
[[rules.tell.actions]]
type = "republish"
topic = "gone"
payload = "${reason}"
"#;

#[test]
fn rules_learn_why_a_connection_ended() {
    let mut stage = Stage::new(Limits::default());
    stage.world.borrow_mut().rules = Stage::rules(2, TELL);
    let watcher = stage.connect(&Client { id: "watcher", ..Client::default() });
    stage.subscribe(watcher, "gone", QoS::AtMostOnce);
    let client = Client { id: "c", keep_alive: 1, ..Client::default() };
    stage.connect(&client);
    stage.connect(&client);
    let last = stage.connect(&Client { clean_start: true, ..client.clone() });
    stage.send(last, &disconnect(ReasonCode::Success));
    let last = stage.connect(&client);
    stage.gone(last);
    stage.connect(&client);
    stage.wait(2_000);
    let last = stage.connect(&client);
    stage.send(last, &Packet::PingResp);
    assert_eq!(
        stage.read(watcher),
        [
            "connack 0x00",
            "suback",
            "gone takenover",
            "gone discarded",
            "gone normal",
            "gone tcp_closed",
            "gone keepalive_timeout",
            "gone protocol_error",
        ]
    );
}

const MULTIPLY: &str = r#"
[rules.multiply]
sql = 'FOREACH payload.items AS item FROM "in"'
[[rules.multiply.actions]]
type = "republish"
topic = "out"
payload = "${payload}"
"#;

#[test]
fn what_rules_make_of_one_publish_is_bounded_in_bytes() {
    let mut stage = Stage::new(Limits::default());
    stage.world.borrow_mut().rules = Stage::rules(2, MULTIPLY);
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    // 1,000 rows of half a megabyte each are 500 MB.
    let items = vec!["1"; 1_000].join(",");
    let padding = "x".repeat(500_000);
    let payload = format!(r#"{{"items":[{items}],"padding":"{padding}"}}"#);
    stage.publish(client, message("in", &payload, QoS::AtMostOnce), 0);
    let made = stage.workers[0].counters().messages_derived;
    assert!((1..=140).contains(&made), "{made} messages of 0.5 MB were made");
    let counters: Vec<_> = stage.workers[0].rule_counters().map(|(_, one)| *one).collect();
    assert_eq!(counters[0].actions_success + counters[0].actions_failed, 1_000);
    assert_eq!(counters[0].actions_success, made);
}
