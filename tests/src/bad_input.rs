//! What a stranger, an operator or a device may do wrong, and who suffers from it: only the one who
//! did. Malformed packets, one by one, are in `wire`.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Outcome, Publish, RawClient, Setup, binary, get, run};

/// Runs `serve` with this configuration; it must fail with one line.
#[track_caller]
fn refused(folder: &Path, config: &str) -> String {
    fs::write(folder.join("sluice.toml"), config).unwrap();
    let outcome = serve(folder).expect_code(1);
    let errors: Vec<_> =
        outcome.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "one line that says what: {outcome}");
    errors[0].to_owned()
}

fn serve(folder: &Path) -> Outcome {
    let mut limited = Command::new("timeout");
    limited.arg("20").arg(binary()).args(["serve", "--config", "sluice.toml"]);
    run(limited.current_dir(folder))
}

const PORTS: &str =
    "[listeners.tcp.default]\nbind = \"127.0.0.1:0\"\n[api]\nbind = \"127.0.0.1:0\"\n";

#[test]
fn a_port_in_use_is_told_in_one_line() {
    let folder = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let line = refused(folder.path(), &PORTS.replacen("127.0.0.1:0", &address, 1));
    assert!(line.contains(&address), "{line}");
    assert!(line.contains("tcp.default") && line.contains("bind"), "what to change: {line}");
    let api =
        format!("[listeners.tcp.default]\nbind = \"127.0.0.1:0\"\n[api]\nbind = \"{address}\"\n");
    let line = refused(folder.path(), &api);
    assert!(line.contains(&address) && line.contains("api"), "{line}");
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let folder = TempDir::new().unwrap();
    let line = refused(folder.path(), &format!("{PORTS}[mqtt]\nmax_inflihgt = 5\n"));
    assert!(line.contains("sluice.toml:6:"), "{line}");
    assert!(line.contains("max_inflihgt") && line.contains("mqtt.max_inflight"), "{line}");
}

#[test]
fn a_missing_rules_folder_is_told_in_one_line() {
    let folder = TempDir::new().unwrap();
    let line = refused(folder.path(), &format!("{PORTS}[rules]\ndir = \"nowhere\"\n"));
    assert!(line.contains("nowhere") && line.contains("rules.dir"), "{line}");
}

#[test]
fn a_data_folder_that_cannot_be_made_is_told_in_one_line() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let line = refused(folder.path(), &format!("{PORTS}[node]\ndata_dir = \"file/data\"\n"));
    assert!(line.contains("file/data") && line.contains("node.data_dir"), "{line}");
}

#[test]
fn strangers_are_not_let_in_by_accident() {
    let folder = TempDir::new().unwrap();
    let open = "[listeners.tcp.default]\nbind = \"0.0.0.0:0\"\n[api]\nbind = \"127.0.0.1:0\"\n";
    let line = refused(folder.path(), open);
    assert!(line.contains("allow_anonymous"), "{line}");
}

#[test]
fn a_payload_that_is_no_json_fails_its_rule_only() {
    let rule = |id: &str, field: &str| {
        format!(
            "[rules.{id}]\nsql = 'SELECT {field} AS it FROM \"in\"'\n[[rules.{id}.actions]]\n\
             type = \"republish\"\ntopic = \"out/{id}\"\npayload = \"${{it}}\"\n"
        )
    };
    let text = rule("reads", "payload.a") + &rule("passes", "payload");
    let server = Setup::default().rules("r.toml", &text).start();
    let mut receiver = RawClient::open_5(server.mqtt, "receiver");
    receiver.subscribe("#", 0);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    let mut next = |payload: &str, count| {
        sender.publish(&Publish::new("in", payload));
        let mut topics: Vec<_> = (0..count).map(|_| receiver.receive_publish().topic).collect();
        topics.sort();
        topics
    };
    for payload in ["{\"a\": ", "", "plain text", "\u{1}", "{\"a\": 1} x"] {
        assert_eq!(next(payload, 2), ["in", "out/passes"], "{payload:?}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(next(&deep, 2), ["in", "out/passes"]);
    assert_eq!(next("{\"a\": 1}", 3), ["in", "out/passes", "out/reads"]);

    let (_, status) = get(server.api(), "/status");
    let status: Value = serde_json::from_str(status.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(status["counters"]["rules_failed"], 6, "counted: {status}");
}

#[test]
fn noise_ends_no_server() {
    let mut server = Setup::default().start();
    let mut bystander = RawClient::open_5(server.mqtt, "bystander");
    // xorshift: the same noise in every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut byte = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    for round in 0..400 {
        let noise: Vec<u8> = (0..1 + usize::from(byte()) * 4).map(|_| byte()).collect();
        let mut client = if round % 2 == 0 {
            RawClient::dial(server.mqtt, 5)
        } else {
            RawClient::open_5(server.mqtt, "noisy")
        };
        client.send_unless_closed(&noise);
    }
    bystander.ping();
    server.expect_serving();
    assert!(!server.process().said().contains("panicked"), "{}", server.process().said());
}
