//! Limits: what is held for a client, and for how long.

use std::fs;
use std::time::Duration;

use crate::harness::{Connect, Publish, RawClient, Server, Setup, now};

#[test]
fn a_subscriber_that_does_not_read_harms_only_itself() {
    const MESSAGES: usize = 3000;
    let payload = "x".repeat(32 * 1024);
    let server = Setup::default().start();
    let mut slow = RawClient::open_5(server.mqtt, "slow");
    slow.subscribe("flood", 0);
    let mut slow_too = RawClient::open_5(server.mqtt, "slow-too");
    slow_too.subscribe("flood", 1);
    let mut fast = RawClient::open_5(server.mqtt, "fast");
    fast.subscribe("flood", 1);
    let before = resident_kib(&server);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    for _ in 0..MESSAGES {
        sender.publish_acknowledged("flood", &payload);
        // At once, so that nothing waits for this one: its queue is no larger than the others'.
        assert_eq!(fast.receive_payloads(1)[0].len(), payload.len());
    }
    // 94 MiB went to each of the two, of which 4 MiB may wait for each; buffers between workers and
    // what the allocator keeps come on top.
    let grown = resident_kib(&server).saturating_sub(before);
    assert!(grown < 94 * 1024, "the server grew by {grown} KiB");
    // Both are still there, and what they have not lost is in order.
    slow.send(&[0xc0, 0]);
    let mut publishes = 0;
    while slow.receive().first != 0xd0 {
        publishes += 1;
    }
    assert!(publishes < MESSAGES, "{publishes}");
}

/// Memory of the server in RAM.
fn resident_kib(server: &Server) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", server.process().pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn an_offline_queue_has_a_bound_in_messages() {
    let server = Setup::default().mqtt("max_queued_messages = 10").start();
    let received = after_offline(&server, 30, "x");
    assert_eq!(received.len(), 10);
    assert!(received.is_sorted(), "{received:?}");
}

#[test]
fn an_offline_queue_has_a_bound_in_bytes() {
    let server = Setup::default().mqtt("max_queued_bytes = \"64KiB\"").start();
    let received = after_offline(&server, 30, &"x".repeat(16 * 1024));
    assert!((2..=4).contains(&received.len()), "{received:?}");
    assert!(received.is_sorted(), "{received:?}");
}

/// The numbers of those of `count` messages that an offline session gets.
#[track_caller]
fn after_offline(server: &Server, count: usize, filling: &str) -> Vec<usize> {
    let lasting = Connect::v5("sleeper").resume().expiry(3600);
    let mut sleeper = RawClient::open(server.mqtt, &lasting);
    sleeper.subscribe("queue/#", 1);
    sleeper.disconnect();
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    for number in 0..count {
        sender.publish_acknowledged(&format!("queue/{number}"), filling);
    }
    let mut sleeper = RawClient::open(server.mqtt, &lasting);
    sleeper.send(&[0xc0, 0]);
    let mut numbers = Vec::new();
    loop {
        let packet = sleeper.receive();
        if packet.first == 0xd0 {
            return numbers;
        }
        let received = packet.publish(5);
        numbers.push(received.topic.strip_prefix("queue/").unwrap().parse().unwrap());
    }
}

#[test]
fn the_default_window_is_32() {
    let server = Setup::default().start();
    let mut receiver = RawClient::open_3(server.mqtt, "receiver");
    receiver.subscribe("window", 1);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    for number in 0..40 {
        sender.publish_acknowledged("window", &number.to_string());
    }
    for number in 0..32 {
        assert_eq!(receiver.receive_publish().payload, number.to_string());
    }
    receiver.ping();
}

#[test]
fn a_silent_client_is_closed_after_one_and_a_half_keep_alives() {
    let server = Setup::default().start();
    let mut watcher = RawClient::open_5(server.mqtt, "watcher");
    watcher.subscribe("will/#", 0);
    for connect in [Connect::v5("silent").keep_alive(2), Connect::v3("silent").keep_alive(2)] {
        let mut client = RawClient::open(server.mqtt, &connect.will("will/silent", "offline"));
        let spoken = now();
        client.expect_refusal(&[0x8d]);
        let waited = spoken.elapsed();
        let wanted = Duration::from_millis(2_900)..Duration::from_millis(4_500);
        assert!(wanted.contains(&waited), "closed after {waited:?}");
        assert_eq!(watcher.receive_publish().payload, "offline");
    }
}

#[test]
fn the_server_may_set_the_keep_alive() {
    let server = Setup::default().mqtt("server_keep_alive = 1").start();
    let (mut client, connack) =
        RawClient::connect(server.mqtt, &Connect::v5("told").keep_alive(600));
    assert!(connack.body.windows(3).any(|bytes| bytes == [0x13, 0, 1]), "{connack:02x?}");
    let spoken = now();
    client.expect_refusal(&[0x8d]);
    let waited = spoken.elapsed();
    let wanted = Duration::from_millis(1_400)..Duration::from_secs(3);
    assert!(wanted.contains(&waited), "closed after {waited:?}");
}

#[test]
fn connect_has_to_come_in_time() {
    let server = Setup::default().mqtt("connect_timeout = \"1s\"").start();
    let dialled = now();
    let mut silent = RawClient::dial(server.mqtt, 5);
    let mut halfway = RawClient::dial(server.mqtt, 5);
    halfway.send(&Connect::v5("halfway").bytes()[..5]);
    silent.expect_closed();
    halfway.expect_closed();
    let waited = dialled.elapsed();
    let wanted = Duration::from_millis(900)..Duration::from_secs(4);
    assert!(wanted.contains(&waited), "closed after {waited:?}");
    // Who has connected in time stays.
    let mut client = RawClient::open_5(server.mqtt, "in-time");
    RawClient::dial(server.mqtt, 5).expect_closed();
    client.ping();
}

#[test]
fn a_session_expiry_beyond_the_servers_is_lowered() {
    let server = Setup::default().mqtt("session_expiry_max = \"60s\"").start();
    let connect = Connect::v5("patient").expiry(3600);
    let (_client, connack) = RawClient::connect(server.mqtt, &connect);
    assert!(connack.body.windows(5).any(|bytes| bytes == [0x11, 0, 0, 0, 60]), "{connack:02x?}");
}

#[test]
fn the_servers_packet_size_is_told_and_kept() {
    let server = Setup::default().mqtt("max_packet_size = \"2KiB\"").start();
    let (mut client, connack) = RawClient::connect(server.mqtt, &Connect::v5("large"));
    assert!(connack.body.windows(5).any(|bytes| bytes == [0x27, 0, 0, 8, 0]), "{connack:02x?}");
    let publish = |bytes: usize| Publish::new("t", &"x".repeat(bytes)).qos(1, 1);
    client.publish(&publish(2000));
    client.expect(0x40);
    client.publish(&publish(2048));
    client.expect_refusal(&[0x95]);
    // A will that makes its CONNECT too large.
    let connect = Connect::v5("large").will("t", &"x".repeat(4000));
    let (_client, connack) = RawClient::connect(server.mqtt, &connect);
    assert_eq!(connack.body[..2], [0, 0x95]);
}

#[test]
fn a_client_stays_as_long_as_it_speaks() {
    let server = Setup::default().start();
    let mut client = RawClient::open(server.mqtt, &Connect::v5("talker").keep_alive(1));
    let mut clock = RawClient::open_5(server.mqtt, "clock");
    clock.subscribe("tick", 0);
    let begun = now();
    while begun.elapsed() < Duration::from_secs(4) {
        // A publish counts as much as a ping; a delayed will is the clock between them.
        client.publish(&Publish::new("talk", "x"));
        let tick = Connect::v5("tick").expiry(60).will("tick", "x").will_delay(1);
        RawClient::open(server.mqtt, &tick).cut();
        clock.receive_publish();
    }
    client.ping();
}
