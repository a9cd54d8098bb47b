//! What the broker says of itself. It does not know what there is to say.

use sluice_hub::Input;
use sluice_mqtt::{Message, MessageRef, QoS, ReasonCode};
use sluice_session::Limits;

use crate::stage::{Client, Stage, disconnect, message};

fn say(stage: &mut Stage, topic: &str, payload: &str) {
    let retained = MessageRef { retain: true, ..message(topic, payload, QoS::AtMostOnce) };
    stage.handle(Input::Publish(&[Message::from(&retained)]));
}

#[test]
fn it_reaches_who_asks_for_it_and_is_kept_for_the_next() {
    let mut stage = Stage::new(Limits::default());
    let everything = stage.connect(&Client { id: "all", ..Client::default() });
    stage.subscribe(everything, "#", QoS::AtMostOnce);
    let asking = stage.connect(&Client { id: "asking", ..Client::default() });
    stage.subscribe(asking, "$SYS/#", QoS::AtMostOnce);
    say(&mut stage, "$SYS/broker/uptime", "1 seconds");
    assert_eq!(stage.read(asking), ["connack 0x00", "suback", "$SYS/broker/uptime 1 seconds"]);
    assert_eq!(stage.read(everything), ["connack 0x00", "suback"], "# is not about $SYS");
    let late = stage.connect(&Client { id: "late", ..Client::default() });
    stage.subscribe(late, "$SYS/broker/+", QoS::AtMostOnce);
    assert_eq!(stage.read(late), ["connack 0x00", "suback", "$SYS/broker/uptime 1 seconds"]);
    assert!(stage.world.borrow().entries.is_empty(), "nothing of it is logged");
}

const UPTIME: &str = r##"
[rules.uptime]
sql = '''SELECT payload, clientid, flags.sys AS sys FROM "$SYS/broker/uptime"'''
[[rules.uptime.actions]]
type = "republish"
topic = "seen"
payload = "${payload} ${clientid} ${sys}"

[rules.everything]
sql = '''SELECT * FROM "#", "$events/#" WHERE clientid != 'c' '''
[[rules.everything.actions]]
type = "republish"
topic = "seen"
payload = "${event} ${topic}"
"##;

#[test]
fn a_rule_may_ask_for_it_and_no_event_is_raised_by_it() {
    let mut stage = Stage::new(Limits::default());
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    stage.subscribe(client, "seen", QoS::AtMostOnce);
    stage.read(client);
    stage.world.borrow_mut().rules = Stage::rules(2, UPTIME);
    say(&mut stage, "$SYS/broker/uptime", "7 seconds");
    // What was made of it is an ordinary message, which the other rule sees.
    assert_eq!(stage.read(client), ["seen 7 seconds undefined true", "seen message.publish seen"]);
    assert_eq!(stage.workers[0].counters().publishes_without_subscribers, 0);
}

#[test]
fn the_coming_and_going_of_clients_is_told_to_who_asks() {
    let mut stage = Stage::new(Limits::default());
    let visitor = stage.connect(&Client { id: "early", ..Client::default() });
    stage.send(visitor, &disconnect(ReasonCode::Success));
    let asking = stage.connect(&Client { id: "asking", ..Client::default() });
    stage.subscribe(asking, "$SYS/brokers/node/clients/v/+", QoS::AtMostOnce);
    stage.read(asking);
    let visitor = stage.connect(&Client { id: "v", keep_alive: 9, ..Client::default() });
    stage.send(visitor, &disconnect(ReasonCode::Success));
    // No topic can be made of this one.
    stage.connect(&Client { id: "a+b", ..Client::default() });
    let read = stage.read(asking);
    let [came, went] = &read[..] else { panic!("{read:?}") };
    assert!(
        came.starts_with(r#"$SYS/brokers/node/clients/v/connected {"clientid":"v","#),
        "{came}"
    );
    for part in [r#""username":null"#, r#""keepalive":9"#, r#""connack":0"#, r#""proto_ver":5"#] {
        assert!(came.contains(part), "{part}: {came}");
    }
    assert!(went.starts_with("$SYS/brokers/node/clients/v/disconnected "), "{went}");
    assert!(went.contains(r#""reason":"normal""#), "{went}");
}

#[test]
fn packets_and_payloads_are_counted_both_ways() {
    let mut stage = Stage::new(Limits::default());
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    stage.subscribe(client, "t", QoS::ExactlyOnce);
    let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::AtLeastOnce];
    for (id, qos) in (1..).zip(qos) {
        stage.publish(client, message("t", "12345", qos), id);
    }
    stage.read(client);
    stage.send(client, &sluice_mqtt::Packet::PubAck(crate::stage::ack(1)));
    let counters = stage.workers[0].counters();
    assert_eq!((counters.publishes_received_qos0, counters.publishes_received_qos1), (1, 2));
    assert_eq!((counters.sent_qos0, counters.sent_qos1, counters.sent_qos2), (1, 2, 0));
    assert_eq!((counters.payload_bytes_received, counters.payload_bytes_sent), (15, 15));
    // CONNACK, SUBACK, three times PUBLISH, twice PUBACK.
    assert_eq!((counters.packets_sent, counters.acknowledged), (7, 1));
    assert_eq!(counters.clients(), 1);
    stage.send(client, &disconnect(ReasonCode::Success));
    assert_eq!(stage.workers[0].counters().clients(), 0);
}
