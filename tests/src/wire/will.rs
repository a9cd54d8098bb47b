//! When a will is published, and when it is not.

use std::time::Duration;

use crate::harness::{Connect, RawClient, Server, now};

/// A watcher of `will/#`.
#[track_caller]
fn watcher(server: &Server) -> RawClient {
    let mut watcher = RawClient::open_5(server.mqtt, "watcher");
    watcher.subscribe("will/#", 1);
    watcher
}

/// Shows that the watcher got nothing up to now.
#[track_caller]
fn expect_nothing(server: &Server, watcher: &mut RawClient) {
    RawClient::open_5(server.mqtt, "sentinel").publish_acknowledged("will/sentinel", "sentinel");
    assert_eq!(watcher.receive_payloads(1), ["sentinel"]);
}

#[test]
fn a_cut_connection_publishes_the_will() {
    let server = Server::start();
    let mut watcher = watcher(&server);
    for connect in [Connect::v3("gone"), Connect::v5("gone")] {
        RawClient::open(server.mqtt, &connect.will("will/cut", "gone")).cut();
        let received = watcher.receive_publish();
        assert_eq!((received.topic.as_str(), received.payload.as_str()), ("will/cut", "gone"));
        assert_eq!(received.qos, 1);
    }
}

#[test]
fn malformed_bytes_publish_the_will() {
    let server = Server::start();
    let mut watcher = watcher(&server);
    let mut client = RawClient::open(server.mqtt, &Connect::v5("bad").will("will/bad", "bad"));
    client.send(&[0xc0, 1, 0]);
    client.expect_refusal(&[0x81]);
    assert_eq!(watcher.receive_payloads(1), ["bad"]);
}

#[test]
fn a_normal_disconnect_publishes_no_will() {
    let server = Server::start();
    let mut watcher = watcher(&server);
    RawClient::open(server.mqtt, &Connect::v3("polite").will("will/polite", "x")).disconnect();
    RawClient::open(server.mqtt, &Connect::v5("polite").will("will/polite", "x")).disconnect();
    expect_nothing(&server, &mut watcher);
}

#[test]
fn every_other_disconnect_publishes_the_will() {
    let server = Server::start();
    let mut watcher = watcher(&server);
    for code in [0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99] {
        let payload = format!("code {code:02x}");
        let connect = Connect::v5("leaving").will("will/code", &payload);
        let mut client = RawClient::open(server.mqtt, &connect);
        client.send(&[0xe0, 1, code]);
        client.expect_closed();
        assert_eq!(watcher.receive_payloads(1), [payload]);
    }
}

#[test]
fn a_will_waits_for_its_delay() {
    let server = Server::start();
    let mut watcher = watcher(&server);
    for end in [&[0xe0_u8, 1, 4][..], &[0xc0, 1, 0]] {
        let connect = Connect::v5("later").expiry(3600).will("will/later", "later").will_delay(2);
        let mut client = RawClient::open(server.mqtt, &connect);
        let left = now();
        client.send(end);
        client.cut();
        assert_eq!(watcher.receive_payloads(1), ["later"]);
        let waited = left.elapsed();
        assert!(waited >= Duration::from_millis(1_900), "published after {waited:?}");
    }
}

#[test]
fn a_client_that_resumes_keeps_its_will_back() {
    let server = Server::start();
    let mut watcher = watcher(&server);
    let connect = Connect::v5("back").resume().expiry(3600).will("will/back", "x").will_delay(1);
    RawClient::open(server.mqtt, &connect).cut();
    let (client, connack) = RawClient::connect(server.mqtt, &connect);
    assert_eq!(connack.body[..2], [1, 0]);
    // A will of its own runs out later than the one that was kept back would have.
    let clock = Connect::v5("clock").expiry(3600).will("will/clock", "clock").will_delay(2);
    RawClient::open(server.mqtt, &clock).cut();
    assert_eq!(watcher.receive_payloads(1), ["clock"]);
    client.disconnect();
    expect_nothing(&server, &mut watcher);
}

#[test]
fn discarding_a_session_publishes_its_delayed_will() {
    let server = Server::start();
    let mut watcher = watcher(&server);
    let connect = Connect::v5("anew").expiry(3600).will("will/anew", "old").will_delay(3600);
    RawClient::open(server.mqtt, &connect).cut();
    let (client, connack) = RawClient::connect(server.mqtt, &Connect::v5("anew"));
    assert_eq!(connack.body[..2], [0, 0]);
    assert_eq!(watcher.receive_payloads(1), ["old"]);
    client.disconnect();
}

#[test]
fn a_will_does_not_outwait_its_session() {
    let server = Server::start();
    let mut watcher = watcher(&server);
    // The session ends with the connection: at once.
    let connect = Connect::v5("brief").will("will/brief", "brief").will_delay(3600);
    RawClient::open(server.mqtt, &connect).cut();
    assert_eq!(watcher.receive_payloads(1), ["brief"]);
    // The session ends after a second.
    let connect = Connect::v5("second").expiry(1).will("will/second", "second").will_delay(3600);
    RawClient::open(server.mqtt, &connect).cut();
    assert_eq!(watcher.receive_payloads(1), ["second"]);
}

#[test]
fn a_takeover_publishes_the_will_of_the_old_connection() {
    let server = Server::start();
    let mut watcher = watcher(&server);
    let mut old = RawClient::open(server.mqtt, &Connect::v5("twin").will("will/twin", "twin"));
    let mut new = RawClient::open_5(server.mqtt, "twin");
    old.expect_refusal(&[0x8e]);
    assert_eq!(watcher.receive_payloads(1), ["twin"]);
    new.ping();
}

#[test]
fn a_retained_will_is_kept() {
    let server = Server::start();
    let mut watcher = watcher(&server);
    let connect = Connect::v5("state").will("will/state", "offline").will_retained();
    RawClient::open(server.mqtt, &connect).cut();
    assert_eq!(watcher.receive_payloads(1), ["offline"]);
    let mut late = RawClient::open_5(server.mqtt, "late");
    late.subscribe("will/state", 0);
    let received = late.receive_publish();
    assert_eq!((received.payload.as_str(), received.retain), ("offline", true));
}
