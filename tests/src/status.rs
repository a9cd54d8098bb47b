//! `GET /status`, the word that the node serves.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::harness::{PATIENCE, RawClient, Server, Setup, get, now};

/// The JSON that `/status` answers.
#[track_caller]
fn status(server: &Server) -> Value {
    let (code, answer) = get(server.api(), "/status");
    assert_eq!(code, 200, "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.to_lowercase().contains("content-type: application/json"), "{head}");
    serde_json::from_str(body).unwrap()
}

#[test]
fn it_says_who_serves() {
    let server =
        Setup::default().rules("r.toml", "[rules.r]\nsql = 'SELECT * FROM \"t\"'\n").start();
    let status = status(&server);
    assert_eq!(status["name"], "sluice@127.0.0.1");
    assert_eq!(status["status"], "running");
    assert_eq!(status["rules"], 1);
    assert!(status["version"].as_str().is_some_and(|version| version.contains('.')), "{status}");
    assert!(status["uptime"].is_u64(), "{status}");
}

#[test]
fn it_counts_connections_sessions_and_messages() {
    let server = Server::start();
    let before = status(&server);
    assert_eq!((&before["connections"], &before["sessions"]), (&0.into(), &0.into()));
    let mut receiver = RawClient::open_5(server.mqtt, "receiver");
    receiver.subscribe("t", 1);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    for _ in 0..5 {
        sender.publish_acknowledged("t", "x");
    }
    receiver.receive_payloads(5);
    receiver.ping();
    let during = status(&server);
    assert_eq!((&during["connections"], &during["sessions"]), (&2.into(), &2.into()));
    for counter in ["messages_received", "messages_sent"] {
        assert_eq!(during["counters"][counter], 5, "{counter}: {during}");
    }
    assert_eq!(during["counters"]["subscriptions"], 1, "{during}");
    receiver.disconnect();
    sender.disconnect();
    wait_status(&server, |status| status["connections"] == 0);
}

/// Asks until the answer is as wanted.
#[track_caller]
fn wait_status(server: &Server, wanted: impl Fn(&Value) -> bool) {
    let deadline = now() + PATIENCE;
    loop {
        let status = status(server);
        if wanted(&status) {
            return;
        }
        assert!(now() < deadline, "{status}");
    }
}

#[test]
fn other_paths_and_methods_are_refused() {
    let server = Server::start();
    assert_eq!(get(server.api(), "/nothing").0, 404);
    let mut stream = TcpStream::connect(server.api()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
        .write_all(
            b"POST /status HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        )
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
}

#[test]
fn it_stops_when_told_to() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start();
        let mut client = RawClient::open_5(server.mqtt, "client");
        server.signal(signal);
        client.expect_refusal(&[0x8b]); // server shutting down
        assert_eq!(server.wait().code(), Some(0), "{signal}");
    }
}
