//! The REST endpoint of a running server: who may come in, what is made there and works at once,
//! what is refused and where it says the mistake is, and what a restart leaves.

use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::harness::{HttpServer, PATIENCE, RawClient, Rest, Server, Setup, get, now};

/// A rule `id` from `in` to `out`.
fn rule(id: &str, mark: &str) -> Value {
    json!({
        "id": id, "sql": "SELECT payload.n AS n FROM \"in\"", "description": mark,
        "actions": [{"type": "republish", "topic": "out", "qos": 1,
                     "payload": format!("{mark} ${{n}}")}],
    })
}

fn basic(key: &str, secret: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{key}:{secret}")))
}

/// The refusal of a request, whose code must be this.
#[track_caller]
fn refused((found, answer): (u16, Value), status: u16, code: &str) -> String {
    assert_eq!((found, &answer["code"]), (status, &json!(code)), "{answer}");
    answer["message"].as_str().unwrap().to_owned()
}

#[test]
fn who_comes_in() {
    let server = Setup::default().api("token_expiry = \"1s\"").start();
    // Open to everyone: that the node serves, and what can be asked.
    assert_eq!(get(server.api(), "/status").0, 200);
    let (code, document) =
        Rest::anonymous(&server).ask("GET", "/api-docs/openapi.json", "application/json", "");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!((code, document["paths"]["/api/v5/rules"]["post"].is_object()), (200, true));

    let nobody = Rest::anonymous(&server);
    refused(nobody.call("GET", "/rules", None), 401, "AUTHORIZATION_HEADER_ERROR");
    let wrong = json!({"username": "admin", "password": "guess"});
    refused(nobody.call("POST", "/login", Some(&wrong)), 401, "BAD_USERNAME_OR_PWD");
    let guess = Rest::with(&server, "Bearer guess");
    refused(guess.call("GET", "/rules", None), 401, "BAD_TOKEN");

    let admin = Rest::log_in(&server);
    let (key, secret) = admin.make_key();
    let program = Rest::with(&server, &basic(&key, &secret));
    program.expect(200, "GET", "/rules", None);
    refused(program.call("GET", "/users", None), 401, "API_KEY_NOT_ALLOW");
    let guess = Rest::with(&server, &basic(&key, "guess"));
    refused(guess.call("GET", "/rules", None), 401, "BAD_API_KEY_OR_SECRET");

    let viewer = json!({"username": "ann", "password": "horse battery", "role": "viewer"});
    admin.expect(200, "POST", "/users", Some(&viewer));
    let viewer = Rest::log_in_as(&server, "ann", "horse battery");
    viewer.expect(200, "GET", "/rules", None);
    refused(viewer.call("POST", "/rules", Some(&rule("r", ""))), 403, "UNAUTHORIZED_ROLE");

    // The time that a login lasts without being used is what is waited for here.
    thread::sleep(Duration::from_millis(1100));
    let message = refused(admin.call("GET", "/rules", None), 401, "TOKEN_TIME_OUT");
    assert!(message.contains("log in"), "{message}");
    // A key has no such end.
    program.expect(200, "GET", "/rules", None);
}

#[test]
fn what_emqx_exports_is_posted_as_it_is() {
    let http = HttpServer::start();
    let server = Server::start();
    let rest = Rest::log_in(&server);
    let connector = json!({
        "type": "http", "name": "hook", "enable": true, "description": "", "tags": [],
        "url": http.url(), "headers": {"content-type": "application/json", "x-key": "k1"},
        "connect_timeout": "15s", "pool_type": "random", "pool_size": 8,
        "enable_pipelining": 100, "ssl": {"enable": false},
        "resource_opts": {"health_check_interval": "15s", "start_timeout": "5s"},
    });
    rest.expect(201, "POST", "/connectors", Some(&connector));
    let action = json!({
        "type": "http", "name": "call", "connector": "hook", "enable": true, "description": "",
        "parameters": {"path": "/alerts/${clientid}", "method": "post", "max_retries": 2,
                       "headers": {"x-temp": "${temp}"}, "body": "{\"t\": ${temp}}"},
        "resource_opts": {"worker_pool_size": 16, "query_mode": "async", "request_ttl": "45s",
                          "max_buffer_bytes": "256MB", "inflight_window": 100},
    });
    rest.expect(201, "POST", "/actions", Some(&action));
    let exported = json!({
        "id": "hot", "name": "hot", "enable": true, "description": "as exported",
        "sql": "SELECT payload.temp AS temp, clientid FROM \"sensor/#\" WHERE payload.temp > 30",
        "from": ["sensor/#"], "metadata": {"created_at": 1_704_067_200_000_i64},
        "created_at": "2024-01-01T00:00:00.000+00:00",
        "last_modified_at": "2024-01-01T00:00:00.000+00:00",
        "action_details": [{"type": "http", "name": "call", "status": "connected"}],
        "actions": ["http:call", {"function": "republish", "args": {
            "topic": "alerts/${clientid}", "qos": 1, "retain": false, "payload": "",
            "mqtt_properties": {}, "user_properties": "${user_properties}",
            "direct_dispatch": false}}],
    });
    rest.expect(201, "POST", "/rules", Some(&exported));

    let mut listener = RawClient::open_5(server.mqtt, "listener");
    listener.subscribe("alerts/#", 1);
    let mut sensor = RawClient::open_5(server.mqtt, "sensor");
    for temperature in [30, 31] {
        sensor.publish_acknowledged("sensor/4", &format!("{{\"temp\": {temperature}}}"));
    }
    assert_eq!(listener.receive_payloads(1), [r#"{"temp":31,"clientid":"sensor"}"#]);
    let request = http.wait_requests(1).remove(0);
    assert_eq!((&*request.method, &*request.target), ("POST", "/alerts/sensor"));
    assert_eq!(["x-key", "x-temp"].map(|it| request.header(it)), [Some("k1"), Some("31")]);
    assert_eq!(request.body, r#"{"t": 31}"#);

    let counts = rest.expect(200, "GET", "/rules/hot/metrics", None)["metrics"].clone();
    let counted = ["matched", "passed", "failed.no_result"].map(|name| counts[name].clone());
    assert_eq!(counted, [json!(2), json!(1), json!(1)], "{counts}");
    wait_scraped(
        &rest,
        &[
            "sluice_rule_matched{id=\"hot\"} 2",
            "sluice_rule_passed{id=\"hot\"} 1",
            "sluice_action_success{id=\"webhook:call\"} 1",
            "sluice_messages_received_total 2",
        ],
    );
    let told = json!({"sql": exported["sql"], "context": {
        "event_type": "message_publish", "topic": "sensor/4", "payload": "{\"temp\": 40}"}});
    assert_eq!(rest.expect(200, "POST", "/rule_test", Some(&told))["temp"], 40);
}

/// Scrapes until these lines are there: a request is counted when its answer has come back.
#[track_caller]
fn wait_scraped(rest: &Rest, lines: &[&str]) {
    let deadline = now() + PATIENCE;
    loop {
        let (code, text) = rest.ask("GET", "/api/v5/prometheus/stats", "application/json", "");
        assert_eq!(code, 200, "{text}");
        if lines.iter().all(|line| text.lines().any(|it| it == *line)) {
            return;
        }
        assert!(now() < deadline, "{lines:?} are not all in\n{text}");
        thread::yield_now();
    }
}

#[test]
fn what_is_switched_off_is_silent_until_it_is_switched_on() {
    let server = Server::start();
    let rest = Rest::log_in(&server);
    for id in ["a", "b"] {
        rest.expect(201, "POST", "/rules", Some(&rule(id, id)));
    }
    let mut listener = RawClient::open_5(server.mqtt, "listener");
    listener.subscribe("out", 1);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    let mut heard = |n: usize, count: usize| {
        sender.publish_acknowledged("in", &format!("{{\"n\": {n}}}"));
        let mut heard = listener.receive_payloads(count);
        // What is still on its way would come before the answer.
        listener.ping();
        heard.sort();
        heard
    };
    assert_eq!(heard(1, 2), ["a 1", "b 1"]);
    rest.expect(204, "PUT", "/rules/a/enable/false", None);
    assert_eq!(heard(2, 1), ["b 2"]);
    rest.expect(204, "PUT", "/rules/a/enable/true", None);
    rest.expect(204, "PUT", "/actions/republish:b.republish/enable/false", None);
    assert_eq!(heard(3, 1), ["a 3"]);
    rest.expect(200, "PUT", "/rules/a", Some(&rule("a", "other")));
    rest.expect(204, "DELETE", "/rules/b", None);
    assert_eq!(heard(4, 1), ["other 4"]);
    refused(rest.call("GET", "/rules/b", None), 404, "NOT_FOUND");
}

#[test]
fn mistakes_are_told_with_their_place() {
    let filed = "[rules.filed]\nsql = 'SELECT * FROM \"t\"'\n";
    let server = Setup::default().rules("lab.toml", filed).start();
    let rest = Rest::log_in(&server);
    let json = "application/json";
    for (kind, body, status, part) in [
        (json, "{\"id\": \"r\",\n \"sql\": }", 400, "line 2 column 9"),
        ("text/plain", "{}", 415, "Content-Type: application/json"),
    ] {
        let (code, answer) = rest.ask("POST", "/api/v5/rules", kind, body);
        assert_eq!(code, status, "{answer}");
        assert!(answer.contains(part), "{answer}");
    }
    let warehouse =
        json!({"type": "postgres", "name": "warehouse", "url": "postgres://127.0.0.1:1/x"});
    rest.expect(201, "POST", "/connectors", Some(&warehouse));
    let sql = "SELECT payload.t AS t FROM \"in\"";
    let with = |action: Value| json!({"id": "r", "sql": sql, "actions": [action]});
    let insert =
        |sql: &str| with(json!({"type": "postgres", "connector": "warehouse", "sql": sql}));
    for (path, body, status, parts) in [
        ("/rules", json!({"sql": "SELECT * FORM \"t\""}), 400, &["line 1"][..]),
        (
            "/rules",
            insert("INSERT INTO t(a VALUES (${t})"),
            400,
            &["actions[0]: sql: ", "`INSERT INTO t(a`"],
        ),
        (
            "/rules",
            with(json!({"type": "webhook", "connector": "nowhere"})),
            400,
            &["actions[0].connector", "nowhere"],
        ),
        (
            "/rules",
            with(json!({"type": "republish", "topic": "a/${ENV:HOME}"})),
            422,
            &["actions[0].topic", "ENV"],
        ),
        ("/rules", rule("filed", ""), 400, &["filed"]),
        ("/connectors", json!({"type": "webhook", "name": "w", "url": "nonsense"}), 400, &["url"]),
        ("/connectors", warehouse.clone(), 400, &["warehouse"]),
    ] {
        let (code, answer) = rest.call("POST", path, Some(&body));
        assert_eq!(code, status, "{body}: {answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(parts.iter().all(|part| message.contains(part)), "{body}: {message}");
    }
    let message =
        refused(rest.call("PUT", "/rules/filed", Some(&rule("filed", ""))), 409, "CONFLICT");
    assert!(message.contains("lab.toml"), "{message}");
    refused(rest.call("DELETE", "/rules/filed", None), 409, "CONFLICT");
    let message =
        refused(rest.call("POST", "/connectors_probe", Some(&warehouse)), 400, "TEST_FAILED");
    assert!(message.contains("refused"), "{message}");
    // A column that the SELECT does not give is no mistake, but told.
    let made = rest.expect(201, "POST", "/rules", Some(&insert("INSERT INTO t(a) VALUES (${tt})")));
    assert!(made["warnings"][0].as_str().unwrap().contains("`tt`"), "{made}");
    let ids = rest.expect(200, "GET", "/rules", None);
    assert_eq!(ids["meta"]["count"], 2, "nothing else was made: {ids}");
}

#[test]
fn an_uploaded_file_works_at_once() {
    let server = Server::start();
    let rest = Rest::log_in(&server);
    let text = |mark: &str| {
        format!(
            "[rules.r]\nsql = 'SELECT * FROM \"in\"'\n\n[[rules.r.actions]]\n\
             type = \"republish\"\ntopic = \"out\"\nqos = 1\npayload = \"{mark}\"\n"
        )
    };
    let path = "/api/v5/rule_files/lab.toml";
    let upload = |body: &str| rest.ask("PUT", path, "application/toml", body);
    let mut listener = RawClient::open_5(server.mqtt, "listener");
    listener.subscribe("out", 1);
    let mut sender = RawClient::open_5(server.mqtt, "sender");
    for mark in ["first", "second"] {
        let (code, answer) = upload(&text(mark));
        assert_eq!(code, 200, "{answer}");
        sender.publish_acknowledged("in", "");
        assert_eq!(listener.receive_payloads(1), [mark]);
    }
    let (code, answer) = upload(&text("third").replace("SELECT *", "SELECT nope(1)"));
    assert_eq!(code, 422, "{answer}");
    assert!(answer.contains("lab.toml:2:"), "{answer}");
    let (code, answer) = upload(
        "[connectors.db]\ntype = \"postgres\"\nurl = \"postgres://127.0.0.1:1/d\"\n\n\
         [rules.r]\nsql = 'SELECT a FROM \"in\"'\n\n[[rules.r.actions]]\ntype = \"postgres\"\n\
         connector = \"db\"\nsql = 'INSERT INTO t(a VALUES (${a})'\n",
    );
    assert_eq!(code, 422, "{answer}");
    assert!(answer.contains("lab.toml:9: action r.postgres: sql: Expected"), "{answer}");
    sender.publish_acknowledged("in", "");
    assert_eq!(listener.receive_payloads(1), ["second"]);
    assert_eq!(rest.ask("GET", path, "application/toml", ""), (200, text("second")));

    assert_eq!(rest.ask("DELETE", path, "application/toml", "").0, 204);
    refused(rest.call("GET", "/rules/r", None), 404, "NOT_FOUND");
}

#[test]
fn what_was_made_outlives_the_process() {
    let mut server = Server::start();
    let password = Rest::told_password(&server);
    let admin = Rest::log_in(&server);
    let (key, secret) = admin.make_key();
    let user = json!({"username": "ann", "password": "horse battery", "role": "viewer"});
    admin.expect(200, "POST", "/users", Some(&user));
    let hook = json!({"type": "webhook", "name": "ops", "url": "http://u:hush@127.0.0.1:9/x"});
    admin.expect(201, "POST", "/connectors", Some(&hook));
    for id in ["on", "off", "gone"] {
        admin.expect(201, "POST", "/rules", Some(&rule(id, id)));
    }
    admin.expect(204, "PUT", "/rules/off/enable/false", None);
    admin.expect(204, "DELETE", "/rules/gone", None);
    let action = json!({"type": "webhook", "name": "call", "connector": "ops", "path": "/a"});
    admin.expect(201, "POST", "/actions", Some(&action));
    let file = "[rules.filed]\nsql = 'SELECT * FROM \"t\"'\n";
    let path = "/api/v5/rule_files/lab.toml";
    assert_eq!(admin.ask("PUT", path, "application/toml", file).0, 200);
    let made = |rest: &Rest| {
        // What the link last said is told too, and is another matter.
        let told = ["/rules/on", "/rules/off", "/rules/filed"].map(|path| {
            let mut told = rest.expect(200, "GET", path, None);
            told["action_details"].take();
            if told["owner"] == "rule_file" {
                // Known since the process read the file.
                told["created_at"].take();
                told["last_modified_at"].take();
            }
            told
        });
        let connector = rest.expect(200, "GET", "/connectors/ops", None);
        (
            told,
            connector["url"].clone(),
            rest.expect(200, "GET", "/actions/webhook:call", None)["path"].clone(),
        )
    };
    let before = made(&admin);
    // In order and out of order: what was answered has been kept by then.
    for signal in ["TERM", "KILL"] {
        server = server.restart(signal);
        let program = Rest::with(&server, &basic(&key, &secret));
        assert_eq!(made(&program), before, "after {signal}");
        refused(program.call("GET", "/rules/gone", None), 404, "NOT_FOUND");
        let (code, text) = program.ask("GET", path, "application/toml", "");
        assert_eq!((code, &*text), (200, file));
        Rest::log_in_as(&server, "admin", &password).expect(200, "GET", "/users", None);
        Rest::log_in_as(&server, "ann", "horse battery").expect(200, "GET", "/rules", None);

        let mut listener = RawClient::open_5(server.mqtt, "listener");
        listener.subscribe("out", 1);
        RawClient::open_5(server.mqtt, "sender").publish_acknowledged("in", "{\"n\": 7}");
        assert_eq!(listener.receive_payloads(1), ["on 7"]);
        listener.ping();
        let said = server.process().said();
        assert!(!said.contains("hush") && !said.contains(&password), "{said}");
        // Made just before the process is killed.
        let late = format!("late-{signal}");
        program.expect(
            201,
            "POST",
            "/rules",
            Some(&json!({"id": late, "sql": "SELECT * FROM \"t\""})),
        );
    }
    let server = server.restart("KILL");
    let program = Rest::with(&server, &basic(&key, &secret));
    for late in ["late-TERM", "late-KILL"] {
        program.expect(200, "GET", &format!("/rules/{late}"), None);
    }
}
