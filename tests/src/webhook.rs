//! From a publish to a request: rules of a running server that call an HTTP server, also while
//! that is away, hangs or talks nonsense.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    Answer, HttpServer, PATIENCE, Publish, RawClient, Request, Rest, Server, Setup, now,
};

/// A rule file with a connector `ops` to `server` and a rule `r` over `sql`.
fn rule(server: &HttpServer, sql: &str, action: &str) -> String {
    format!(
        "[connectors.ops]\ntype = \"webhook\"\nurl = \"{}/hook\"\nrequest_timeout = \"2s\"\n\
         headers = {{ x-key = \"k1\" }}\n\n[rules.r]\nsql = '''{sql}'''\n\n\
         [[rules.r.actions]]\ntype = \"webhook\"\nconnector = \"ops\"\n{action}\n",
        server.url()
    )
}

fn start(rules: &str) -> Server {
    Setup::default().rules("webhook.toml", rules).start()
}

#[track_caller]
fn row(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap_or_else(|error| panic!("{error}: {request:?}"))
}

/// The counts of the rule's action, once they are as wanted.
#[track_caller]
fn wait_counts(rest: &Rest, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = now() + PATIENCE;
    loop {
        let answer = rest.expect(200, "GET", "/actions/webhook:r.webhook/metrics", None);
        let counts = &answer["metrics"];
        if wanted(counts) {
            return counts.clone();
        }
        assert!(now() < deadline, "{counts}");
        thread::yield_now();
    }
}

#[test]
fn a_publish_becomes_a_request() {
    let http = HttpServer::start();
    let server = start(&rule(
        &http,
        "SELECT payload.temp AS temp, payload.device.id AS device, clientid FROM \"sensor/#\" \
         WHERE payload.temp > 30",
        "path = \"/alerts/${device}\"\nheaders = { x-client = \"${clientid}\" }",
    ));
    let mut sensor = RawClient::open_5(server.mqtt, "sensor");
    for temperature in ["29.5", "31.50"] {
        let payload = format!(r#"{{"temp": {temperature}, "device": {{"id": "d/4"}}}}"#);
        sensor.publish_acknowledged("sensor/4", &payload);
    }
    let request = http.wait_requests(1).remove(0);
    assert_eq!((&*request.method, &*request.target), ("POST", "/hook/alerts/d%2F4"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    let headers = ["x-key", "x-client"].map(|name| request.header(name));
    assert_eq!(headers, [Some("k1"), Some("sensor")]);
    assert_eq!(row(&request), json!({"temp": 31.5, "device": "d/4", "clientid": "sensor"}));
    sensor.ping();
    assert_eq!(http.requests().len(), 1);
}

#[test]
fn a_full_buffer_makes_its_publishers_wait_and_nobody_else() {
    let http = HttpServer::start();
    let select = "SELECT payload.n AS n FROM \"in\"";
    let server = start(&rule(&http, select, "buffer = {rows_max = 100}"));
    let rest = Rest::log_in(&server);
    http.freeze();
    let mut client = RawClient::open_5(server.mqtt, "client");
    let numbers = || 1..=150;
    for n in numbers() {
        client.publish(&Publish::new("in", &format!("{{\"n\": {n}}}")).qos(1, n));
    }
    let acknowledged = |client: &mut RawClient, n: u16| {
        let packet = client.expect(0x40);
        assert_eq!(packet.body[..2], n.to_be_bytes(), "in order");
    };
    numbers().take(100).for_each(|n| acknowledged(&mut client, n));
    // The other fifty wait; who has sent them is alive, and nobody else notices.
    client.ping();
    let started = now();
    let mut bystander = RawClient::open_5(server.mqtt, "bystander");
    bystander.subscribe("elsewhere", 0);
    bystander.publish(&Publish::new("elsewhere", "x"));
    bystander.receive_publish();
    assert!(started.elapsed() < Duration::from_secs(1));
    let (_, scraped) = rest.ask("GET", "/api/v5/prometheus/stats", "text/plain", "");
    assert!(scraped.lines().any(|line| line == "sluice_publishes_held_total 1"), "{scraped}");
    client.ping();
    http.thaw();
    numbers().skip(100).for_each(|n| acknowledged(&mut client, n));
    let counts = wait_counts(&rest, |counts| counts["success"] == 150);
    assert_eq!((&counts["dropped"], &counts["queuing"]), (&json!(0), &json!(0)), "{counts}");
    let arrived: BTreeSet<u64> =
        http.requests().iter().map(|request| row(request)["n"].as_u64().unwrap()).collect();
    assert_eq!(arrived, numbers().map(u64::from).collect());
}

#[test]
fn refused_rows_are_counted_and_the_others_arrive() {
    let http = HttpServer::start();
    http.answer(|request| Answer::code(if request.body.contains("bad") { 422 } else { 200 }));
    let server = start(&rule(
        &http,
        "SELECT payload.n AS n, payload.id AS id FROM \"in\"",
        "headers = { x-id = \"${id}\" }",
    ));
    let rest = Rest::log_in(&server);
    let mut client = RawClient::open_5(server.mqtt, "client");
    for payload in [
        r#"{"n": 1, "id": "a"}"#,
        r#"{"n": "bad", "id": "b"}"#,
        r#"{"n": 2, "id": "c\r\nX-Evil: 1"}"#,
        r#"{"n": 3, "id": "d"}"#,
    ] {
        client.publish_acknowledged("in", payload);
    }
    let counts = wait_counts(&rest, |counts| counts["success"] == 2 && counts["failed"] == 2);
    assert_eq!((&counts["matched"], &counts["queuing"]), (&json!(4), &json!(0)), "{counts}");
    let numbers: Vec<_> = http.requests().iter().map(|request| row(request)["n"].clone()).collect();
    assert_eq!(numbers, [json!(1), json!("bad"), json!(3)], "in order, and tried once");
    server.process().wait_for("422");
}

#[test]
fn a_busy_server_is_left_alone_as_long_as_it_asks() {
    let http = HttpServer::start();
    let calls = AtomicUsize::new(0);
    http.answer(move |request| match request.method.as_str() {
        "HEAD" => Answer::code(200),
        _ if calls.fetch_add(1, Ordering::Relaxed) == 0 => Answer::with(429, "Retry-After", "1"),
        _ => Answer::code(204),
    });
    let server = start(&rule(&http, "SELECT payload.n AS n FROM \"in\"", ""));
    let mut client = RawClient::open_5(server.mqtt, "client");
    client.publish_acknowledged("in", r#"{"n": 1}"#);
    http.wait_requests(1);
    let asked = now();
    let requests = http.wait_requests(2);
    let waited = asked.elapsed();
    assert_eq!(row(&requests[0]), row(&requests[1]));
    let range = Duration::from_millis(900)..Duration::from_secs(5);
    assert!(range.contains(&waited), "{waited:?}");
}

#[test]
fn a_server_that_fails_in_every_way_under_load_loses_nothing() {
    let mut http = HttpServer::start();
    let server = start(&rule(
        &http,
        "SELECT payload.n AS n FROM \"numbers\"",
        "buffer = {rows_max = 10_000_000, bytes_max = \"2GiB\"}",
    ));
    let mqtt = server.mqtt;
    let is_over = AtomicBool::new(false);
    let (published, slowest) = thread::scope(|scope| {
        let (sender, ticks) = channel();
        let (is_over, http) = (&is_over, &mut http);
        let end = Ends(is_over);
        let publisher = scope.spawn(move || publish_numbers(mqtt, is_over, &sender));
        let bystander = scope.spawn(move || slowest_round_trip(mqtt, is_over));
        load(&ticks);
        http.stop();
        load(&ticks);
        http.restart();
        load(&ticks);
        http.freeze();
        load(&ticks);
        http.thaw();
        for answer in [
            Answer::Hang,
            Answer::Close,
            Answer::code(503),
            Answer::with(429, "Retry-After", "1"),
            Answer::Late(Duration::from_millis(300), 200),
            Answer::Raw(b"\0nonsense\r\n\r\n".to_vec()),
            Answer::Endless(b"HTTP/1.1 500 No\r\n\r\n".to_vec(), b"x".repeat(1000)),
        ] {
            http.answer(move |_| answer.clone());
            load(&ticks);
        }
        http.answer(|_| Answer::code(200));
        load(&ticks);
        drop(end);
        (publisher.join().unwrap(), bystander.join().unwrap())
    });
    assert!(slowest < Duration::from_secs(1), "a bystander waited {slowest:?}");
    let rest = Rest::log_in(&server);
    let counts = wait_counts(&rest, |counts| counts["success"] == published);
    assert_eq!(counts["failed"], 0, "{counts}");
    let arrived: BTreeSet<_> =
        http.requests().iter().map(|request| row(request)["n"].as_u64().unwrap()).collect();
    assert!(arrived.into_iter().eq(0..u64::try_from(published).unwrap()), "{published}");
}

#[test]
fn a_full_buffer_drops_and_counts() {
    let http = HttpServer::start();
    http.answer(|_| Answer::Hang);
    let server = start(&rule(
        &http,
        "SELECT payload.n AS n FROM \"in\"",
        "buffer = {rows_max = 50, on_full = \"drop_newest\"}",
    ));
    let rest = Rest::log_in(&server);
    let mut client = RawClient::open_5(server.mqtt, "client");
    for number in 0..80 {
        client.publish_acknowledged("in", &format!("{{\"n\": {number}}}"));
    }
    let counts = wait_counts(&rest, |counts| counts["dropped.queue_full"] == 30);
    assert_eq!(counts["matched"], 80, "{counts}");
    http.answer(|_| Answer::code(200));
    wait_counts(&rest, |counts| counts["success"] == 50);
    let arrived: BTreeSet<_> =
        http.requests().iter().map(|request| row(request)["n"].as_u64().unwrap()).collect();
    assert!(arrived.into_iter().eq(0..50), "those that came first");
}

/// Ends the load, also when the test fails.
struct Ends<'o>(&'o AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Publishes 0, 1, 2 … with QoS 1, each when the last one is acknowledged; gives how many. Tells
/// each hundredth.
fn publish_numbers(mqtt: SocketAddr, is_over: &AtomicBool, ticks: &Sender<usize>) -> usize {
    let mut client = RawClient::open_5(mqtt, "publisher");
    let mut published = 0;
    while !is_over.load(Ordering::Acquire) {
        client.publish_acknowledged("numbers", &format!(r#"{{"n": {published}}}"#));
        published += 1;
        if published % 100 == 0 {
            ticks.send(published).unwrap();
        }
    }
    published
}

/// Waits for two thousand publishes from now on: more than are under way at once.
fn load(ticks: &Receiver<usize>) {
    while ticks.try_recv().is_ok() {}
    let tick = || ticks.recv_timeout(PATIENCE).expect("publishes go on");
    let from = tick();
    while tick() < from + 2000 {}
}

/// Sends messages that concern no rule to itself.
fn slowest_round_trip(mqtt: SocketAddr, is_over: &AtomicBool) -> Duration {
    let mut client = RawClient::open_5(mqtt, "bystander");
    client.subscribe("elsewhere", 0);
    let mut slowest = Duration::ZERO;
    while !is_over.load(Ordering::Acquire) {
        let sent = now();
        client.publish(&Publish::new("elsewhere", "x"));
        client.receive_publish();
        slowest = slowest.max(sent.elapsed());
    }
    slowest
}
