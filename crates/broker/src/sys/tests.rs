//! One moment in, all that is said out.

use super::*;

fn said() -> Vec<(String, String, bool, Option<UnixMillis>)> {
    let mut stats = Stats { subscriptions: 4, retained_messages: 5, ..Stats::default() };
    stats.counters.clients_connected = 9;
    stats.counters.clients_disconnected = 2;
    stats.counters.sessions = 10;
    stats.counters.packets_received = 11;
    stats.counters.packets_sent = 12;
    stats.counters.sent_qos2 = 13;
    let state = State {
        node: "sluice@here",
        version: "1.2.3",
        uptime: Duration::from_millis(123_456),
        unix_nanos: 1_000_000_000,
        interval: Duration::from_secs(10),
        stats: &stats,
        rows_done: 14,
        peaks: Peaks { clients: 8, ..Peaks::default() },
    };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    let of = |message: &Message| {
        let message = message.as_ref();
        let (topic, payload) = (message.topic.to_owned(), text(message.payload));
        (topic, payload, message.retain, message.expires_at)
    };
    messages(&state).iter().map(of).collect()
}

#[test]
fn both_dialects_are_spoken() {
    let said = said();
    for (topic, payload, retain) in [
        ("$SYS/broker/version", "sluice version 1.2.3", true),
        ("$SYS/broker/uptime", "123 seconds", true),
        ("$SYS/broker/clients/connected", "7", true),
        ("$SYS/broker/clients/disconnected", "3", true),
        ("$SYS/broker/clients/maximum", "8", true),
        ("$SYS/broker/subscriptions/count", "4", true),
        ("$SYS/broker/retained messages/count", "5", true),
        ("$SYS/broker/messages/received", "11", true),
        ("$SYS/broker/messages/sent", "12", true),
        ("$SYS/brokers", "sluice@here", true),
        ("$SYS/brokers/sluice@here/uptime", "123456", false),
        ("$SYS/brokers/sluice@here/datetime", "1970-01-01T00:00:01.000000000+00:00", false),
        ("$SYS/brokers/sluice@here/stats/connections/count", "7", false),
        ("$SYS/brokers/sluice@here/metrics/messages/qos2/sent", "13", false),
        ("$SYS/brokers/sluice@here/metrics/actions/executed", "14", false),
    ] {
        let expected = (topic.to_owned(), payload.to_owned(), retain, None);
        assert!(said.contains(&expected), "{topic}: {said:#?}");
    }
    // An hour after it was last said.
    let until = Some(UnixMillis(3_601_000));
    let version = ("$SYS/brokers/sluice@here/version".to_owned(), "1.2.3".to_owned(), true, until);
    assert!(said.contains(&version), "{said:#?}");
}

#[test]
fn every_topic_is_valid_and_said_once() {
    let said = said();
    let mut topics: Vec<&str> = said.iter().map(|(topic, ..)| topic.as_str()).collect();
    for topic in &topics {
        assert!(sluice_topic::TopicName::parse(topic).is_ok(), "{topic}");
    }
    topics.sort_unstable();
    topics.dedup();
    assert_eq!(topics.len(), said.len());
}
