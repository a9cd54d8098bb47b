//! The command line: exit codes, and what goes to which stream.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Outcome, Process, RawClient, Server, binary, mosquitto_sub, sluice};

const RULE: &str = r#"[rules.hot]
sql = '''
SELECT payload.temp AS temp
FROM "sensor/#"
WHERE payload.temp > 30
'''

[[rules.hot.actions]]
type = "republish"
topic = "alerts/${clientid}"

[[rules.hot.test]]
given = { topic = "sensor/4", payload = '{"temp": 31.5}' }
expect = { temp = 31.5 }

[[rules.hot.test]]
given = { topic = "sensor/4", payload = '{"temp": 30}' }
expect = []

[[rules.hot.test]]
given = { topic = "sensor/4", payload = 'no JSON' }
expect_error = ""
"#;

/// A folder with `RULE` as `hot.toml`.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("hot.toml"), RULE).unwrap();
    folder
}

/// Runs a command that needs neither files nor input.
#[track_caller]
fn bare(arguments: &[&str]) -> Outcome {
    sluice(Path::new("."), arguments, "")
}

#[test]
fn every_command_has_help() {
    let rules = ["check", "test", "explain", "eval", "render"];
    let mut commands: Vec<Vec<&str>> =
        ["serve", "config", "rules", "pub", "sub", "bench"].map(|name| vec![name]).into();
    commands.extend(rules.map(|name| vec!["rules", name]));
    commands.push(vec!["config", "check"]);
    let all = bare(&["--help"]).expect_code(0);
    for mut command in commands {
        if let [name] = command[..] {
            assert!(all.stdout.contains(name), "{name} in {all}");
        }
        command.push("--help");
        let help = bare(&command).expect_code(0);
        assert!(help.stdout.contains("Usage:") && help.stderr.is_empty(), "{command:?}: {help}");
    }
    let version = bare(&["--version"]).expect_code(0);
    assert!(version.stdout.starts_with("sluice "), "{version}");
}

#[test]
fn wrong_usage_exits_with_2() {
    for arguments in [
        &[][..],
        &["nonsense"],
        &["serve", "--nonsense"],
        &["rules"],
        &["rules", "check"],
        &["rules", "eval"],
        &["rules", "explain", "file", "--sql", "x"],
        &["pub", "-t"],
        &["sub", "--nonsense"],
    ] {
        let outcome = bare(arguments).expect_code(2);
        assert!(
            outcome.stdout.is_empty() && !outcome.stderr.is_empty(),
            "{arguments:?}: {outcome}"
        );
    }
}

#[test]
fn config_check_prints_what_is_in_force() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("sluice.toml");
    fs::write(&file, "[mqtt]\nmax_inflight = 7\n[api]\nadmin_password = \"hunter2\"\n").unwrap();
    let outcome = sluice(folder.path(), &["config", "check", "--config", "sluice.toml"], "");
    let outcome = outcome.expect_code(0).expect_stdout("max_inflight = 7");
    assert!(outcome.stdout.contains("max_queued_messages = 1000"), "defaults too: {outcome}");
    assert!(!outcome.said().contains("hunter2"), "secrets are masked: {outcome}");

    fs::write(&file, "[mqtt]\nmax_inflihgt = 7\n").unwrap();
    sluice(folder.path(), &["config", "check", "--config", "sluice.toml"], "")
        .expect_code(1)
        .expect_stderr("sluice.toml:2:")
        .expect_stderr("mqtt.max_inflight");
    bare(&["config", "check", "--config", "/nowhere/sluice.toml"])
        .expect_code(1)
        .expect_stderr("/nowhere/sluice.toml");
}

#[test]
fn the_environment_lies_over_the_file() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("sluice.toml"), "[mqtt]\nmax_inflight = 7\n").unwrap();
    let mut command = std::process::Command::new(binary());
    command
        .current_dir(folder.path())
        .args(["config", "check", "--config", "sluice.toml"])
        .env("SLUICE__MQTT__MAX_INFLIGHT", "9")
        .env("SLUICE__LISTENERS__TCP__DEFAULT__BIND", "127.0.0.1:1999");
    crate::harness::run(&mut command)
        .expect_code(0)
        .expect_stdout("max_inflight = 9")
        .expect_stdout("bind = \"127.0.0.1:1999\"");
}

#[test]
fn rules_check_tells_file_line_column_and_hint() {
    let folder = folder();
    sluice(folder.path(), &["rules", "check", "hot.toml"], "").expect_code(0).expect_stdout("ok");
    fs::write(folder.path().join("bad.toml"), RULE.replace("FROM", "FRUM")).unwrap();
    let outcome = sluice(folder.path(), &["rules", "check", "."], "").expect_code(1);
    assert!(outcome.stdout.contains("hot.toml"), "the good one is told too: {outcome}");
    let error = &outcome.stderr;
    assert!(error.contains("bad.toml:4:1"), "{outcome}");
    assert!(error.contains("FRUM \"sensor/#\"") && error.contains('^'), "a caret: {outcome}");
    assert!(error.contains("FROM"), "a hint: {outcome}");
    sluice(folder.path(), &["rules", "check", "nowhere.toml"], "")
        .expect_code(1)
        .expect_stderr("nowhere.toml");
}

#[test]
fn rules_test_runs_the_cases_and_shows_differences() {
    let folder = folder();
    sluice(folder.path(), &["rules", "test", "hot.toml"], "")
        .expect_code(0)
        .expect_stdout("3 passed, 0 failed");
    let wrong = RULE.replace("expect = { temp = 31.5 }", "expect = { temp = 32 }");
    fs::write(folder.path().join("hot.toml"), wrong).unwrap();
    let outcome = sluice(folder.path(), &["rules", "test", "hot.toml"], "").expect_code(1);
    assert!(outcome.stdout.contains("2 passed, 1 failed"), "{outcome}");
    assert!(outcome.stdout.contains("32") && outcome.stdout.contains("31.5"), "{outcome}");
}

#[test]
fn the_sample_rules_pass_their_own_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let outcome = sluice(root, &["rules", "test", "rules"], "").expect_code(0);
    assert!(!outcome.stdout.starts_with("0 passed"), "{outcome}");
    sluice(root, &["rules", "check", "rules"], "").expect_code(0);
}

#[test]
fn rules_explain_prints_a_plan() {
    let folder = folder();
    sluice(folder.path(), &["rules", "explain", "hot.toml"], "")
        .expect_code(0)
        .expect_stdout("hot")
        .expect_stdout("sensor/#");
    bare(&["rules", "explain", "--sql", "SELECT a FROM \"t/+\""])
        .expect_code(0)
        .expect_stdout("t/+");
    bare(&["rules", "explain", "--sql", "SELECT FROM"]).expect_code(1).expect_stderr("^");
}

#[test]
fn rules_eval_answers_line_by_line() {
    let sql = "-- hot ones\nSELECT payload.temp AS temp, clientid FROM \"sensor/#\" \
               WHERE payload.temp > 30";
    let events = [
        json!({"topic": "sensor/4", "payload": "{\"temp\": 31.5}", "clientid": "c1"}),
        json!({"topic": "sensor/4", "payload": "{\"temp\": 1}", "clientid": "c1"}),
        json!({"topic": "other", "payload": "{\"temp\": 99}"}),
        json!({"topic": "sensor/4", "payload": "no JSON"}),
        json!({"topic": "sensor/4", "payload_base64": "eyJ0ZW1wIjogNDB9", "clientid": "c2"}),
    ];
    let input: String = events.iter().map(|event| format!("{event}\n")).collect();
    let outcome = sluice(Path::new("."), &["rules", "eval", "--sql", sql], &input).expect_code(0);
    let answers: Vec<Value> =
        outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers[0], json!([{"temp": 31.5, "clientid": "c1"}]));
    assert_eq!(answers[1], json!([]));
    assert_eq!(answers[2], json!([]));
    assert!(answers[3]["error"].is_string(), "{outcome}");
    assert_eq!(answers[4], json!([{"temp": 40, "clientid": "c2"}]));
    assert_eq!(answers.len(), 5);

    let bad = ["rules", "eval", "--sql", "SELECT nope(1) FROM \"t\""];
    let outcome = sluice(Path::new("."), &bad, &input).expect_code(1).expect_stderr("nope");
    assert!(outcome.stdout.is_empty(), "nothing is read: {outcome}");
}

#[test]
fn rules_render_prints_json_strings() {
    let rows = "{\"device\": {\"id\": \"d4\"}, \"x\": 0.1}\n{\"x\": [1, null]}\n";
    let template = "alerts/${device.id} ${x}";
    let outcome =
        sluice(Path::new("."), &["rules", "render", "--template", template], rows).expect_code(0);
    assert_eq!(outcome.stdout, "\"alerts/d4 0.1\"\n\"alerts/undefined [1,null]\"\n");
}

#[test]
fn pub_and_sub_have_the_flags_of_mosquitto() {
    let server = Server::start();
    let port = server.port().to_string();
    let client = |command: &str, more: &[&str], input: &str| {
        let arguments = [&[command, "-h", "127.0.0.1", "-p", &port], more].concat();
        sluice(Path::new("."), &arguments, input)
    };
    let receiver = mosquitto_sub(server.port(), &["-t", "cli/#", "-q", "2"]);
    for (version, qos) in [("mqttv311", "0"), ("mqttv311", "1"), ("mqttv5", "2")] {
        client("pub", &["-V", version, "-q", qos, "-t", "cli/a", "-m", version], "").expect_code(0);
    }
    client("pub", &["-t", "cli/lines", "-q", "1", "-l"], "one\ntwo\n").expect_code(0);
    client("pub", &["-t", "cli/kept", "-q", "1", "-r", "-m", "kept"], "").expect_code(0);
    assert_eq!(
        receiver.wait_lines("message ", 6),
        [
            "cli/a 0 0 mqttv311",
            "cli/a 1 0 mqttv311",
            "cli/a 2 0 mqttv5",
            "cli/lines 1 0 one",
            "cli/lines 1 0 two",
            "cli/kept 1 0 kept",
        ]
    );
    let outcome = client("sub", &["-t", "cli/kept", "-C", "1", "-v"], "").expect_code(0);
    assert_eq!(outcome.stdout, "cli/kept kept\n");
    // -W gives up when nothing comes.
    let outcome = client("sub", &["-t", "cli/never", "-W", "1"], "");
    assert!(outcome.stdout.is_empty(), "{outcome}");
    client("pub", &["-t", "cli/#", "-m", "x"], "").expect_code(2);
}

#[test]
fn pub_and_sub_tell_when_nobody_listens() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let port = free.port().to_string();
    for command in [&["pub", "-t", "t", "-m", "x"][..], &["sub", "-t", "t", "-C", "1"]] {
        let outcome = bare(&[command, &["-p", &port]].concat()).expect_code(1);
        assert!(outcome.stderr.contains(&port), "where: {outcome}");
    }
}

#[test]
fn sub_goes_on_until_it_is_stopped() {
    let server = Server::start();
    let mut receiver = Process::start(std::process::Command::new(binary()).args([
        "sub",
        "-p",
        &server.port().to_string(),
        "-t",
        "cli/live",
        "-d",
    ]));
    receiver.wait_for("received SUBACK");
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    for payload in ["first", "second"] {
        sender.publish_acknowledged("cli/live", payload);
        receiver.wait_line(0, |line| line == payload);
    }
    assert!(receiver.stop().is_some(), "it ends when it is asked to");
}

#[test]
fn bench_measures_a_short_load() {
    let server = Server::start();
    let port = server.port().to_string();
    for qos in ["0", "1", "2"] {
        let outcome = bare(&[
            "bench",
            "-p",
            &port,
            "-q",
            qos,
            "--pairs",
            "3",
            "--warmup",
            "100ms",
            "--duration",
            "300ms",
            "--json",
        ])
        .expect_code(0);
        let report: Value = serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|error| panic!("{error}: {outcome}"));
        assert!(report.is_object(), "{report}");
    }
    bare(&["bench", "-p", &port, "--idle", "50", "--hold", "100ms"]).expect_code(0);
}
