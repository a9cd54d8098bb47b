//! What rules are told of deliveries, answers to CONNECT and pings. It does not know columns.

use sluice_hub::{Batch, Input};
use sluice_mqtt::{MessageRef, Packet, QoS, UnixMillis};
use sluice_router::WorkerId;
use sluice_session::Limits;

use crate::stage::{Client, Stage, ack, message};

/// A rule that says on `log` what `event` is about.
fn log(id: &str, event: &str, text: &str) -> String {
    format!(
        "[rules.{id}]\nsql = '''SELECT * FROM \"{event}\" WHERE clientid != 'watcher' '''\n\
         [[rules.{id}.actions]]\ntype = \"republish\"\ntopic = \"log\"\npayload = \"{text}\"\n"
    )
}

const ABOUT: &str = "${event} ${payload} ${from_clientid} ${clientid} q${qos}";

/// A stage with these rules in force and a watcher of `log`.
fn stage(rules: &str, limits: Limits) -> (Stage, sluice_hub::ConnectionId) {
    let mut stage = Stage::new(limits);
    stage.world.borrow_mut().rules = Stage::rules(2, rules);
    let watcher = stage.connect(&Client { id: "watcher", ..Client::default() });
    stage.subscribe(watcher, "log", QoS::AtMostOnce);
    stage.read(watcher);
    (stage, watcher)
}

#[test]
fn deliveries_and_their_acknowledgements_are_told_once() {
    let rules =
        log("d", "$events/message_delivered", ABOUT) + &log("a", "$events/message/acked", ABOUT);
    let (mut stage, watcher) = stage(&rules, Limits::default());
    // A session that ends with its connection keeps what rules want to know, too.
    let receiver = stage.connect(&Client { id: "r", ..Client::default() });
    stage.subscribe(receiver, "t", QoS::ExactlyOnce);
    let sender = stage.connect(&Client { id: "s", ..Client::default() });
    for (payload, qos) in [("0", QoS::AtMostOnce), ("1", QoS::AtLeastOnce), ("2", QoS::ExactlyOnce)]
    {
        stage.publish(sender, message("t", payload, qos), 1);
    }
    assert_eq!(
        stage.read(watcher),
        [
            "log message.delivered 0 s r q0",
            "log message.delivered 1 s r q1",
            "log message.delivered 2 s r q2",
        ]
    );
    stage.send(receiver, &Packet::PubAck(ack(1)));
    stage.send(receiver, &Packet::PubAck(ack(1)));
    stage.send(receiver, &Packet::PubRec(ack(2)));
    stage.send(receiver, &Packet::PubRec(ack(2)));
    stage.send(receiver, &Packet::PubComp(ack(2)));
    assert_eq!(stage.read(watcher), ["log message.acked 1 s r q1", "log message.acked 2 s r q2"]);
}

#[test]
fn what_waits_for_a_client_is_told_when_it_is_sent() {
    let rules = log("d", "$events/message/+", "${event} ${reason} ${payload} ${from_clientid}");
    let (mut stage, watcher) =
        stage(&rules, Limits { max_queued_messages: 3, ..Limits::default() });
    let client = Client { id: "r", expiry: 60, ..Client::default() };
    let receiver = stage.connect(&client);
    stage.subscribe(receiver, "t", QoS::AtLeastOnce);
    stage.gone(receiver);
    let sender = stage.connect(&Client { id: "s", ..Client::default() });
    let now = stage.now.unix_millis();
    let short = Some(UnixMillis(now.0 + 1_000));
    stage.publish(sender, message("t", "offline", QoS::AtMostOnce), 0);
    for payload in ["first", "second"] {
        stage.publish(sender, message("t", payload, QoS::AtLeastOnce), 1);
    }
    let expiring = MessageRef { expires_at: short, ..message("t", "brief", QoS::AtLeastOnce) };
    let mut properties = sluice_mqtt::PropertyList::new();
    properties.push(sluice_mqtt::Property::MessageExpiryInterval(1));
    let expiring = MessageRef { properties: properties.as_properties(), ..expiring };
    stage.publish(sender, expiring, 1);
    stage.publish(sender, message("t", "fourth", QoS::AtLeastOnce), 1);
    assert_eq!(
        stage.read(watcher),
        ["log delivery.dropped qos0_msg offline s", "log delivery.dropped queue_full fourth s"]
    );
    stage.wait(2_000);
    stage.connect(&client);
    assert_eq!(
        stage.read(watcher),
        [
            "log message.delivered undefined first s",
            "log message.delivered undefined second s",
            "log delivery.dropped expired brief s",
        ]
    );
    assert!(stage.workers[0].counters().balance());
}

#[test]
fn a_session_that_ends_names_what_it_never_sent() {
    let rules = log("d", "$events/delivery_dropped", "${reason} ${payload}");
    let (mut stage, watcher) = stage(&rules, Limits::default());
    let receiver = stage.connect(&Client { id: "r", expiry: 5, ..Client::default() });
    stage.subscribe(receiver, "t", QoS::AtLeastOnce);
    stage.gone(receiver);
    let sender = stage.connect(&Client { id: "s", ..Client::default() });
    stage.publish(sender, message("t", "x", QoS::AtLeastOnce), 1);
    stage.wait(10_000);
    assert_eq!(stage.read(watcher), ["log session_ended x"]);
}

#[test]
fn retained_messages_are_delivered_by_nobody_known() {
    let (mut stage, watcher) = stage(&log("d", "$events/#", ABOUT), Limits::default());
    let sender = stage.connect(&Client { id: "watcher2", ..Client::default() });
    let retained = MessageRef { retain: true, ..message("t", "x", QoS::AtMostOnce) };
    stage.publish(sender, retained, 0);
    stage.read(watcher);
    stage.subscribe(sender, "t", QoS::AtMostOnce);
    let read = stage.read(watcher);
    assert!(read.contains(&"log message.delivered x undefined watcher2 q0".to_owned()), "{read:?}");
}

#[test]
fn a_refused_client_is_told_of_too_and_so_is_a_ping() {
    let rules = log("c", "$events/client/connack", "${reason_code} ${clientid}")
        + &log("p", "$events/client/ping", "ping ${clientid}");
    let limits = Limits { allow_anonymous: true, ..Limits::default() };
    let (mut stage, watcher) = stage(&rules, limits);
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    stage.send(client, &Packet::PingReq);
    stage.connect(&Client { id: "w", will: Some(("$SYS/x", 0)), ..Client::default() });
    assert_eq!(stage.read(watcher), ["log success c", "log ping c", "log not_authorized w"]);
}

#[test]
fn what_the_publisher_does_not_want_back_is_dropped_for_it() {
    use sluice_mqtt::{Properties, SubscribeEntry, SubscriptionOptions, Version, encode_subscribe};
    let rules = log("d", "$events/message/delivery_dropped", "${reason} ${payload} ${clientid}");
    let (mut stage, watcher) = stage(&rules, Limits::default());
    let client = stage.connect(&Client { id: "c", ..Client::default() });
    let options = SubscriptionOptions { no_local: true, ..SubscriptionOptions::default() };
    let mut subscribe = Vec::new();
    let entries = [SubscribeEntry { filter: "t", options }];
    let id = crate::stage::packet_id(1);
    encode_subscribe(id, Properties::EMPTY, &entries, Version::V5, &mut subscribe);
    stage.handle(Input::Received(client, &subscribe));
    stage.publish(client, message("t", "x", QoS::AtMostOnce), 0);
    assert_eq!(stage.read(watcher), ["log no_local x c"]);
}

#[test]
fn one_publish_too_many_is_told_of() {
    let rules = log("d", "$events/message_dropped", "${reason} ${payload} ${clientid}");
    let (mut stage, watcher) = stage(&rules, Limits { receive_maximum: 1, ..Limits::default() });
    let receiver = stage.connect(&Client { id: "r", ..Client::default() });
    stage.subscribe(receiver, "t", QoS::AtMostOnce);
    let sender = stage.connect(&Client { id: "s", ..Client::default() });
    stage.publish(sender, message("t", "1", QoS::ExactlyOnce), 1);
    stage.publish(sender, message("t", "2", QoS::ExactlyOnce), 2);
    assert_eq!(stage.read(watcher), ["log receive_maximum_exceeded 2 s"]);
    assert_eq!(stage.read(sender), ["connack 0x00", "pubrec 1 0x00", "disconnect 0x93"]);
}

#[test]
fn a_rule_does_not_look_at_the_deliveries_of_its_own_messages() {
    // Nothing in it keeps the watcher out.
    let rule = log("d", "$events/message_delivered", "${payload}").replace("!= 'watcher'", "!= ''");
    let (mut stage, watcher) = stage(&rule, Limits::default());
    let sender = stage.connect(&Client { id: "s", ..Client::default() });
    stage.publish(sender, message("log", "x", QoS::AtMostOnce), 0);
    // The one that it was told of, and what it made of that; that one's delivery is its own.
    assert_eq!(stage.read(watcher), ["log x", "log x"]);
}

#[test]
fn rules_that_feed_each_other_by_deliveries_end_after_eight() {
    let rule = |id: &str| {
        log(id, "$events/message_delivered", "${payload}").replace("!= 'watcher'", "!= ''")
    };
    let (mut stage, watcher) = stage(&(rule("a") + &rule("b")), Limits::default());
    let sender = stage.connect(&Client { id: "s", ..Client::default() });
    stage.publish(sender, message("log", "x", QoS::AtMostOnce), 0);
    // Both look at the first one, then each at what the other made.
    assert_eq!(stage.read(watcher).len(), 1 + 2 * 8);
    assert_eq!(stage.workers[0].counters().chains_ended, 2);
    assert!(stage.asked.reports.iter().any(|report| report.starts_with("ChainEnded")));
}

#[test]
fn many_receivers_of_what_rules_make_of_deliveries_do_not_multiply_without_end() {
    let rule = |id: &str| {
        log(id, "$events/message_delivered", "${payload}").replace("!= 'watcher'", "!= ''")
    };
    let (mut stage, _) = stage(&(rule("a") + &rule("b")), Limits::default());
    // With 20 receivers eight hops would be 20 to the power of nine deliveries.
    for number in 0..20 {
        let id = format!("r{number}");
        let receiver = stage.connect(&Client { id: &id, ..Client::default() });
        stage.subscribe(receiver, "log", QoS::AtMostOnce);
    }
    let sender = stage.connect(&Client { id: "s", ..Client::default() });
    stage.publish(sender, message("log", "x", QoS::AtMostOnce), 0);
    let counters = stage.workers[0].counters();
    assert!(counters.messages_derived <= 25_000, "{counters:?}");
    assert!(counters.chains_ended > 0 && counters.balance(), "{counters:?}");
}

#[test]
fn the_sender_is_known_on_another_worker() {
    let rules = log("d", "$events/message_delivered", ABOUT);
    let mut stage = Stage::with_workers(2, Limits::default());
    stage.world.borrow_mut().rules = Stage::rules(2, &rules);
    // Of 20 clients some are at home on the first worker, where everything here is accepted.
    let mut at_home = Vec::new();
    for number in 0..20 {
        let id = format!("c{number}");
        let before = stage.asked.handed_over.len();
        let connection = stage.connect(&Client { id: &id, ..Client::default() });
        if stage.asked.handed_over.len() == before {
            at_home.push((id, connection));
        }
    }
    let (_, unread) = stage
        .asked
        .handed_over
        .first()
        .map(|(_, worker, unread)| (*worker, unread.clone()))
        .expect("some are at home elsewhere");
    let address = std::net::SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 2));
    let receiver = stage.workers[1].accept(address, address, stage.now);
    stage.handle_at(1, Input::Received(receiver, &unread));
    stage
        .handle_at(1, Input::Received(receiver, &crate::stage::subscribe(&["t"], QoS::AtMostOnce)));
    let (watcher_id, watcher) = at_home.remove(0);
    stage.subscribe(watcher, "log", QoS::AtMostOnce);
    stage.read(watcher);
    let (sender_id, sender) = at_home.remove(0);
    stage.publish(sender, message("t", "x", QoS::AtMostOnce), 0);
    exchange(&mut stage);
    let read = stage.read(watcher);
    let expected = format!("log message.delivered x {sender_id} ");
    assert!(read.iter().any(|line| line.starts_with(&expected)), "{watcher_id}: {read:?}");
}

/// Batches reach the other worker until there are none.
fn exchange(stage: &mut Stage) {
    for _ in 0..100 {
        let mut batches: Vec<(usize, WorkerId, Batch)> = Vec::new();
        for at in 0..stage.workers.len() {
            while let Some((to, batch)) = stage.workers[at].take_batch() {
                batches.push((at, to, batch));
            }
        }
        if batches.is_empty() {
            return;
        }
        for (_, to, batch) in batches {
            stage.handle_at(usize::from(to.0), Input::Batch(&batch));
        }
    }
    panic!("batches without end");
}
