//! `sluice rules apply`, `diff`, `list`, `get` and `delete` against a running router, and rules
//! that are swapped over REST while messages flow.

use std::fs;
use std::thread;

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{HttpServer, Outcome, RawClient, Rest, Server, Setup, sluice};

/// A router, someone who may manage its rules, and a folder of rule files.
struct Bench {
    server: Server,
    rest: Rest,
    login: Vec<String>,
    folder: TempDir,
}

impl Bench {
    #[track_caller]
    fn start(setup: &Setup) -> Self {
        let server = setup.start();
        let rest = Rest::log_in(&server);
        let (key, secret) = rest.make_key();
        let url = format!("http://{}", server.api());
        let login = ["--url", &url, "--key", &key, "--secret", &secret].map(str::to_owned);
        Self { server, rest, login: login.to_vec(), folder: TempDir::new().unwrap() }
    }

    /// Runs `sluice rules` with these arguments and the login.
    #[track_caller]
    fn rules(&self, arguments: &[&str]) -> Outcome {
        let login = self.login.iter().map(String::as_str);
        let all: Vec<&str> = ["rules"].iter().chain(arguments).copied().chain(login).collect();
        sluice(self.folder.path(), &all, "")
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }
}

/// A rule `id` that says on `out` that it was `mark`.
fn rule(id: &str, mark: &str) -> String {
    format!(
        "[rules.{id}]\ndescription = \"{mark}\"\nsql = '''\nSELECT payload.n AS n\nFROM \"in\"\n\
         '''\n\n[[rules.{id}.actions]]\ntype = \"republish\"\ntopic = \"out\"\nqos = 1\n\
         payload = '{{\"n\": ${{n}}, \"mark\": \"{mark}\"}}'\n\n"
    )
}

const HOOK: &str = "[connectors.hook]\ntype = \"webhook\"\nurl = \"http://127.0.0.1:9\"\n\n";

#[test]
fn what_files_hold_is_applied_once() {
    let bench = Bench::start(&Setup::default());
    let calls = "\n[[rules.one.actions]]\ntype = \"webhook\"\nconnector = \"hook\"\n\n";
    bench.write("a.toml", &(rule("one", "first") + calls + &rule("two", "first") + HOOK));
    let would = bench.rules(&["apply", "--dry-run", "a.toml"]).expect_code(0);
    let expected = "connector hook: would be created\nrule one: would be created\n\
                    rule two: would be created\n";
    assert_eq!(would.stdout, expected, "{would}");
    let none = bench.rules(&["list", "--json"]).expect_code(0);
    assert_eq!(none.stdout, "[]\n");

    let applied = bench.rules(&["apply", "a.toml"]).expect_code(0);
    assert_eq!(applied.stdout, "connector hook: created\nrule one: created\nrule two: created\n");
    let again = bench.rules(&["apply", "."]).expect_code(0);
    assert_eq!(
        again.stdout,
        "connector hook: unchanged\nrule one: unchanged\nrule two: unchanged\n"
    );
    bench.write("a.toml", &(rule("one", "first") + calls + &rule("two", "second") + HOOK));
    let edited = bench.rules(&["apply", "a.toml"]).expect_code(0);
    assert_eq!(
        edited.stdout,
        "connector hook: unchanged\nrule one: unchanged\nrule two: updated\n"
    );

    // In force when the command ends.
    let mut listener = RawClient::open_5(bench.server.mqtt, "listener");
    listener.subscribe("out", 1);
    RawClient::open_5(bench.server.mqtt, "sender").publish_acknowledged("in", "{\"n\": 7}");
    let mut payloads = listener.receive_payloads(2);
    payloads.sort();
    assert_eq!(payloads, [r#"{"n": 7, "mark": "first"}"#, r#"{"n": 7, "mark": "second"}"#]);
}

#[test]
fn nothing_is_deleted_without_prune() {
    let bench = Bench::start(&Setup::default().rules("disk.toml", &rule("filed", "disk")));
    bench.write("a.toml", &(rule("one", "1") + &rule("two", "2")));
    bench.rules(&["apply", "a.toml"]).expect_code(0);
    bench.write("a.toml", &rule("one", "1"));
    let kept = bench.rules(&["apply", "a.toml"]).expect_code(0);
    assert_eq!(kept.stdout, "rule one: unchanged\n");
    bench.rules(&["diff", "a.toml"]).expect_code(0);
    let diff = bench.rules(&["diff", "--prune", "a.toml"]).expect_code(1);
    assert!(diff.stdout.starts_with("--- the router\n+++ /dev/null\n"), "{diff}");
    let pruned = bench.rules(&["apply", "--prune", "a.toml"]).expect_code(0);
    assert_eq!(pruned.stdout, "rule one: unchanged\nrule two: deleted\n");
    let left = bench.rules(&["list"]).expect_code(0);
    let ids: Vec<_> = left.stdout.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(ids, ["RULE", "filed", "one"], "{left}");
    // A file that lost its rules by mistake does not empty the router.
    bench.write("a.toml", "");
    bench.rules(&["apply", "--prune", "a.toml"]).expect_code(1).expect_stderr("hold no rule");
}

#[test]
fn differences_are_shown_as_lines_of_a_rule_file() {
    let bench = Bench::start(&Setup::default());
    bench.write("a.toml", &rule("one", "first"));
    let new = bench.rules(&["diff", "a.toml"]).expect_code(1);
    assert!(new.stdout.starts_with("--- /dev/null\n+++ a.toml:1\n"), "{new}");
    bench.rules(&["apply", "a.toml"]).expect_code(0);
    let same = bench.rules(&["diff", "a.toml"]).expect_code(0);
    assert_eq!(same.said(), "");
    bench.write("a.toml", &rule("one", "second"));
    bench
        .rules(&["diff", "a.toml"])
        .expect_code(1)
        .expect_stdout("-description = \"first\"\n+description = \"second\"\n");
}

#[test]
fn what_is_wrong_is_told_before_anything_is_sent() {
    let bench = Bench::start(&Setup::default());
    bench.write("good.toml", &rule("good", "1"));
    bench.write("bad.toml", &rule("bad", "1").replace("payload.n AS", "lenght(payload.n) AS"));
    bench
        .rules(&["apply", "good.toml", "bad.toml"])
        .expect_code(1)
        .expect_stderr("bad.toml:4:8")
        .expect_stderr("length");
    bench.write("secret.toml", &HOOK.replace("http://127.0.0.1:9", "${ENV:HOOK}"));
    bench
        .rules(&["apply", "good.toml", "secret.toml"])
        .expect_code(1)
        .expect_stderr("secret.toml:1: connector `hook` reads ${ENV:…}");
    assert_eq!(bench.rules(&["list", "--json"]).expect_code(0).stdout, "[]\n");
}

#[test]
fn what_the_router_refuses_is_told_and_the_rest_is_applied() {
    let bench = Bench::start(&Setup::default().rules("disk.toml", &rule("filed", "disk")));
    bench.write("a.toml", &(rule("filed", "mine") + &rule("other", "1")));
    bench
        .rules(&["apply", "a.toml"])
        .expect_code(1)
        .expect_stdout("rule other: created\n")
        .expect_stderr("error: a.toml:1: rule filed: ")
        .expect_stderr("disk.toml");
    bench.rules(&["delete", "filed"]).expect_code(1).expect_stderr("disk.toml");
}

#[test]
fn rules_are_read_and_deleted() {
    let bench = Bench::start(&Setup::default());
    bench.write("a.toml", &rule("one", "first"));
    bench.rules(&["apply", "a.toml"]).expect_code(0);
    let read = bench.rules(&["get", "one"]).expect_code(0);
    let json: serde_json::Value = serde_json::from_str(&read.stdout).unwrap();
    assert_eq!((&json["id"], &json["owner"]), (&json!("one"), &json!("rest")));
    // What is read as a file applies as the same.
    let read = bench.rules(&["get", "--toml", "one"]).expect_code(0);
    bench.write("copy.toml", &read.stdout);
    assert_eq!(bench.rules(&["apply", "copy.toml"]).stdout, "rule one: unchanged\n");
    bench.rules(&["list"]).expect_code(0).expect_stdout("one   enabled  rest   in    first\n");
    bench
        .rules(&["delete", "one", "absent"])
        .expect_code(1)
        .expect_stdout("rule one: deleted\n")
        .expect_stderr("error: rule absent: ");
    bench.rules(&["get", "one"]).expect_code(1).expect_stderr("error: rule one: ");
}

#[test]
fn who_cannot_ask_is_told_why() {
    let server = Server::start();
    let url = format!("http://{}", server.api());
    let folder = TempDir::new().unwrap();
    let list = |more: &[&str]| sluice(folder.path(), &[&["rules", "list"], more].concat(), "");
    list(&["--url", &url]).expect_code(1).expect_stderr("give --key and --secret");
    list(&["--url", &url, "--key", "a", "--secret", "b"])
        .expect_code(1)
        .expect_stderr("look at --key and --secret");
    list(&["--url", &url, "--key", "a"]).expect_code(2);
    list(&["--url", "nonsense"]).expect_code(1).expect_stderr("--url is no URL");
    let mqtt = format!("http://{}", server.mqtt);
    list(&["--url", &mqtt]).expect_code(1).expect_stderr("cannot reach a router at");
    list(&["--url", "http://127.0.0.1:1"]).expect_code(1).expect_stderr("Connection refused");
}

#[test]
fn a_hundred_swaps_over_rest_miss_and_double_no_message() {
    const SWAPS: usize = 100;
    let http = HttpServer::start();
    let bench = Bench::start(&Setup::default().mqtt("max_queued_messages = 10_000_000"));
    let hook = json!({"type": "webhook", "name": "hook", "url": http.url()});
    bench.rest.expect(201, "POST", "/connectors", Some(&hook));
    let body = |mark: &str| {
        json!({
            "id": "r", "sql": "SELECT payload.n AS n FROM \"in\"", "description": mark,
            "actions": [
                {"type": "republish", "topic": "out", "qos": 1,
                 "payload": format!("{{\"n\": ${{n}}, \"mark\": \"{mark}\"}}")},
                {"type": "webhook", "connector": "hook", "path": format!("/{mark}")},
            ],
        })
    };
    bench.rest.expect(201, "POST", "/rules", Some(&body("0")));
    let mqtt = bench.server.mqtt;
    let mut listener = RawClient::open_5(mqtt, "listener");
    listener.subscribe("out", 1);
    let mut marks = vec![0; SWAPS + 1];
    thread::scope(|scope| {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let sending = scope.spawn(move || {
            let mut sender = RawClient::open_5(mqtt, "sender");
            let mut sent = 0;
            // The end of the swaps, by a word or by a failure.
            while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                sender.publish_acknowledged("in", &format!("{{\"n\": {sent}}}"));
                sent += 1;
            }
            sender.publish_acknowledged("out", "{\"n\": -1, \"mark\": \"0\"}");
            sent
        });
        let receiving = scope.spawn(|| {
            let mut expected = 0;
            loop {
                let payload = listener.receive_payloads(1).remove(0);
                let row: serde_json::Value = serde_json::from_str(&payload).unwrap();
                if row["n"] == -1 {
                    return expected;
                }
                assert_eq!(row["n"], expected, "missed, doubled or out of order");
                marks[row["mark"].as_str().unwrap().parse::<usize>().unwrap()] += 1;
                expected += 1;
            }
        });
        for swap in 1..=SWAPS {
            bench.rest.expect(200, "PUT", "/rules/r", Some(&body(&swap.to_string())));
        }
        drop(stop);
        let sent: usize = sending.join().unwrap();
        assert_eq!(sent, receiving.join().unwrap());
        // The requests too, whatever path they went.
        let mut called: Vec<usize> =
            http.wait_requests(sent).iter().map(|it| number_of(&it.body)).collect();
        called.sort_unstable();
        assert!(called.into_iter().eq(0..sent), "missed or doubled");
    });
    listener.ping();
    let used = marks.iter().filter(|count| **count > 0).count();
    assert!(used > SWAPS / 2, "messages flowed while rules were swapped: {marks:?}");
}

/// The `n` of a row.
fn number_of(row: &str) -> usize {
    let row: serde_json::Value = serde_json::from_str(row).unwrap();
    row["n"].as_u64().and_then(|n| n.try_into().ok()).unwrap()
}
