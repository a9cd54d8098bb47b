//! The webhook destination against a real HTTP server whose answers are scripted: what is sent,
//! what an answer leads to, and how long a bad server can hold a row up. Knows no router.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sluice_event::MessageId;
use sluice_rule::{ActionKind, ConnectorKind, Row, RuleFile, Unresolved, WebhookConnector};
use sluice_sink::{Connector, Remedy, Sink, WriteError, Written};
use sluice_value::{Record, Value};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::harness::{Answer, HttpServer, now, run};

/// A connector's link within a runtime.
struct Link {
    runtime: Runtime,
    connector: Arc<dyn Connector>,
}

impl Link {
    /// With short time-outs, and what `change` makes of the settings.
    #[track_caller]
    fn open(url: &str, change: impl FnOnce(&mut WebhookConnector)) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let mut connector = parse("").connectors.remove(0);
        let mut settings = WebhookConnector {
            url: Unresolved::new(url),
            headers: Vec::new(),
            pool_size: None,
            connect_timeout: Some(Duration::from_secs(5)),
            request_timeout: Some(Duration::from_secs(10)),
            ca_file: None,
        };
        change(&mut settings);
        connector.kind = ConnectorKind::Webhook(settings);
        let connector = {
            let _within = runtime.enter();
            let resolve = |text: &Unresolved| Ok(text.expose().to_owned());
            (sluice_sink_webhook::TYPE.build)(&connector, &resolve).unwrap()
        };
        Self { runtime, connector }
    }

    /// The sink of an action with these own keys.
    #[track_caller]
    fn sink(&self, keys: &str) -> Arc<dyn Sink> {
        let rule = parse(keys).rules.remove(0);
        assert!(matches!(rule.actions[0].kind, ActionKind::Webhook(_)));
        self.connector.open(&rule.actions[0]).unwrap()
    }

    /// Writes one row.
    fn write(&self, sink: &dyn Sink, row: &str) -> Result<Written, WriteError> {
        self.runtime.block_on(sink.write(&[make_row(row)]))
    }

    /// Writes one row that fails.
    #[track_caller]
    fn fail(&self, sink: &dyn Sink) -> Failure {
        let error = self.write(sink, "{}").expect_err("the row was taken");
        Failure { told: chain(&error), remedy: error.remedy, retry_after: error.retry_after }
    }
}

#[derive(Debug)]
struct Failure {
    told: String,
    remedy: Remedy,
    retry_after: Option<Duration>,
}

/// A rule with one webhook action of these keys, and its connector.
#[track_caller]
fn parse(keys: &str) -> RuleFile {
    let text = format!(
        "[connectors.ops]\ntype = \"webhook\"\nurl = \"http://127.0.0.1\"\n\n\
         [rules.r]\nsql = 'SELECT * FROM \"t\"'\n[[rules.r.actions]]\ntype = \"webhook\"\n\
         connector = \"ops\"\n{keys}\n"
    );
    RuleFile::parse("r.toml", &text).unwrap_or_else(|errors| panic!("{errors}"))
}

fn make_row(json: &str) -> Arc<Row> {
    let values = Record::try_from(Value::from_json(json.as_bytes()).unwrap()).unwrap();
    Arc::new(Row {
        rule: parse("").rules[0].id.clone(),
        rule_version: 1,
        message: MessageId(1),
        index: 0,
        order_key: 0,
        values,
        bytes: 100,
    })
}

/// An error and its causes, as a log line has them.
fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        told = format!("{told}: {cause}");
        next = cause.source();
    }
    told
}

#[test]
fn a_row_becomes_a_request() {
    let server = HttpServer::start();
    let link = Link::open(&format!("{}/hook?key=k%201", server.url()), |settings| {
        settings.headers = vec![
            ("x-from".into(), Unresolved::new("connector")),
            ("X-Key".into(), Unresolved::new("key")),
        ];
    });
    let plain = link.sink("");
    link.write(&*plain, r#"{"temp": 31.50, "id": "d4"}"#).unwrap();
    let full = link.sink(
        "method = \"PUT\"\npath = \"/alerts/${id}?at=${temp}\"\nbody = \"${id}: ${temp}\"\n\
         headers = { X-From = \"action\", x-id = \"${id}\", content-type = \"text/plain\" }",
    );
    link.write(&*full, r#"{"temp": 31.50, "id": "d 4/ü"}"#).unwrap();
    let delete = link.sink("method = \"DELETE\"\npath = \"/alerts/${id}\"");
    link.write(&*delete, r#"{"id": 7}"#).unwrap();

    let requests = server.requests();
    let [first, second, third] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!((first.method.as_str(), first.target.as_str()), ("POST", "/hook?key=k%201"));
    assert_eq!(first.body, r#"{"temp":31.50,"id":"d4"}"#);
    assert_eq!(first.header("content-type"), Some("application/json"));
    assert_eq!(first.header("x-from"), Some("connector"));
    assert!(first.header("user-agent").is_some_and(|name| name.starts_with("sluice/")));
    assert_eq!(first.header("host"), Some(server.address().to_string().as_str()));
    assert_eq!(second.method, "PUT");
    assert_eq!(second.target, "/hook/alerts/d%204%2F%C3%BC?key=k%201&at=31.5");
    assert_eq!(second.body, "d 4/ü: 31.5");
    let headers = ["x-from", "x-key", "x-id", "content-type"].map(|name| second.header(name));
    assert_eq!(headers, ["action", "key", "d 4/ü", "text/plain"].map(Some));
    assert_eq!((third.method.as_str(), third.body.as_str()), ("DELETE", ""));
    assert_eq!(third.target, "/hook/alerts/7?key=k%201");
}

#[test]
fn an_answer_says_what_helps() {
    let server = HttpServer::start();
    let link = Link::open(&server.url(), |_| ());
    let sink = link.sink("path = \"/alerts\"");
    for code in [200, 201, 204, 299] {
        server.answer(move |_| Answer::code(code));
        assert!(matches!(link.write(&*sink, "{}"), Ok(Written::All)), "{code}");
    }
    for (codes, remedy) in [
        ([408, 425, 429, 500, 503, 599], Remedy::Retry),
        ([301, 307, 400, 401, 404, 410], Remedy::Poison),
    ] {
        for code in codes {
            let body = "no\r\n such\x1b thing";
            server.answer(move |_| Answer::Reply(code, Vec::new(), body.to_owned()));
            let failure = link.fail(&*sink);
            assert_eq!(failure.remedy, remedy, "{failure:?}");
            let told = format!("could not write 1 rows to {}/alerts", server.url());
            assert!(failure.told.starts_with(&told), "{failure:?}");
            assert!(failure.told.contains(&format!("answered {code}")), "{failure:?}");
            assert!(failure.told.ends_with(": no such thing"), "{failure:?}");
        }
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let (server, other) = (HttpServer::start(), HttpServer::start());
    let elsewhere = other.url();
    server.answer(move |_| Answer::with(307, "Location", &elsewhere));
    let link = Link::open(&server.url(), |_| ());
    let failure = link.fail(&*link.sink(""));
    assert!(failure.told.contains("redirects are not followed"), "{failure:?}");
    assert!(other.requests().is_empty());
}

#[test]
fn retry_after_is_told() {
    let server = HttpServer::start();
    let link = Link::open(&server.url(), |_| ());
    let sink = link.sink("");
    for (code, value, seconds) in [
        (429, "3", Some(3)),
        (503, "0", Some(0)),
        (503, "Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
        (503, "soon", None),
        // Nothing helps here.
        (400, "3", None),
    ] {
        server.answer(move |_| Answer::with(code, "Retry-After", value));
        assert_eq!(link.fail(&*sink).retry_after, seconds.map(Duration::from_secs), "{value}");
    }
    server.answer(|_| {
        let date = |second| format!("Fri, 06 Nov 2026 08:00:0{second} GMT");
        Answer::Reply(429, vec![("Retry-After", date(5)), ("Date", date(1))], String::new())
    });
    assert_eq!(link.fail(&*sink).retry_after, Some(Duration::from_secs(4)));
}

#[test]
fn connections_are_used_again() {
    let server = HttpServer::start();
    let link = Link::open(&server.url(), |_| ());
    let sink = link.sink("");
    for code in [200, 404, 503, 200, 201] {
        server.answer(move |_| Answer::Reply(code, Vec::new(), "x".repeat(5000)));
        let _outcome = link.write(&*sink, "{}");
    }
    assert_eq!((server.requests().len(), server.connections()), (5, 1));
}

#[test]
fn a_server_that_is_away_is_tried_again() {
    let mut server = HttpServer::start();
    let link = Link::open(&server.url(), |_| ());
    let sink = link.sink("");
    link.write(&*sink, "{}").unwrap();
    server.stop();
    for _ in 0..3 {
        let failure = link.fail(&*sink);
        assert_eq!(failure.remedy, Remedy::Retry, "{failure:?}");
    }
    assert!(link.fail(&*sink).told.contains("Connection refused"));
    assert!(link.runtime.block_on(link.connector.check()).is_err());
    server.restart();
    link.runtime.block_on(link.connector.check()).unwrap();
    link.write(&*sink, r#"{"n": 2}"#).unwrap();
    assert_eq!(server.requests().last().unwrap().body, r#"{"n":2}"#);
}

#[test]
fn a_server_that_hangs_costs_one_time_out() {
    let limit = Duration::from_millis(500);
    let server = HttpServer::start();
    let link = Link::open(&server.url(), |settings| settings.request_timeout = Some(limit));
    let sink = link.sink("");
    let stuck = |what: &str| {
        let began = now();
        let failure = link.fail(&*sink);
        let took = began.elapsed();
        assert_eq!(failure.remedy, Remedy::Retry, "{failure:?}");
        assert!(failure.told.contains("timed out"), "{failure:?}");
        assert!(took < Duration::from_secs(5), "{what}: {took:?}");
    };
    server.answer(|_| Answer::Hang);
    stuck("hangs");
    server.freeze();
    stuck("frozen");
    assert!(link.runtime.block_on(link.connector.check()).is_err());
    server.thaw();
    server.answer(|_| Answer::Endless(b"HTTP/1.1 100 Continue\r\n\r\n".into(), Vec::new()));
    stuck("a first word and no more");
    server.answer(|_| Answer::Late(Duration::from_secs(60), 200));
    stuck("late");
    server.answer(|_| Answer::Late(Duration::from_millis(50), 200));
    link.write(&*sink, "{}").unwrap();
    assert!(link.runtime.block_on(link.connector.check()).is_ok());
}

#[test]
fn nonsense_is_tried_again_and_takes_no_room() {
    let server = HttpServer::start();
    let link = Link::open(&server.url(), |_| ());
    let sink = link.sink("");
    let endless_headers = || {
        let header = format!("X-Long: {}\r\n", "x".repeat(1000));
        Answer::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), header.into_bytes())
    };
    let raw = |text: &str| Answer::Raw(text.as_bytes().to_vec());
    for nonsense in [
        Answer::Close,
        raw("\0\u{1}\u{2}nonsense\r\n\r\n"),
        raw("SSH-2.0-OpenSSH_9.9\r\n"),
        raw("HTTP/1.1 200"),
        raw("HTTP/1.1 99999 OK\r\n\r\n"),
        raw("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        raw("HTTP/1.1 200 OK\r\nbad header\r\n\r\n"),
        Answer::Endless(Vec::new(), b"x".repeat(1000)),
        endless_headers(),
    ] {
        let answer = nonsense.clone();
        server.answer(move |_| answer.clone());
        let failure = link.fail(&*sink);
        assert_eq!(failure.remedy, Remedy::Retry, "{nonsense:?}: {failure:?}");
    }
}

#[test]
fn an_endless_body_changes_no_verdict() {
    let server = HttpServer::start();
    let link = Link::open(&server.url(), |_| ());
    let sink = link.sink("");
    let endless = |code: u16| {
        let head = format!("HTTP/1.1 {code} Code\r\n\r\n");
        Answer::Endless(head.into_bytes(), b"endless ".repeat(100))
    };
    server.answer(move |_| endless(200));
    link.write(&*sink, "{}").unwrap();
    server.answer(move |_| endless(400));
    let failure = link.fail(&*sink);
    assert_eq!(failure.remedy, Remedy::Poison);
    assert!(failure.told.len() < 500 && failure.told.contains("endless endless"), "{failure:?}");
    // A body that never comes is waited for a second, not for the whole time-out.
    server.answer(|_| {
        Answer::Endless(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_vec(), Vec::new())
    });
    let began = now();
    link.write(&*sink, "{}").unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn a_batch_keeps_its_order() {
    let server = HttpServer::start();
    let link = Link::open(&server.url(), |_| ());
    let sink = link.sink("");
    let rows: Vec<_> = (0..6).map(|n| make_row(&format!("{{\"n\": {n}}}"))).collect();
    let write = || match link.runtime.block_on(sink.write(&rows)).unwrap() {
        Written::Each(outcomes) => outcomes
            .into_iter()
            .map(|outcome| outcome.err().map(|error| error.remedy))
            .collect::<Vec<_>>(),
        Written::All => panic!("each row fares for itself"),
    };
    server.answer(|request| Answer::code(if request.body.contains('2') { 400 } else { 200 }));
    assert_eq!(write(), [None, None, Some(Remedy::Poison), None, None, None]);
    assert_eq!(server.requests().len(), 6);

    // Nothing overtakes a row that has to be sent again.
    let calls = AtomicUsize::new(0);
    server.answer(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
        3 => Answer::with(429, "Retry-After", "7"),
        _ => Answer::code(200),
    });
    assert_eq!(write(), [[None; 3], [Some(Remedy::Retry); 3]].concat());
    assert_eq!(server.requests().len(), 10);
}

#[test]
fn a_value_that_no_header_can_hold_is_refused() {
    let server = HttpServer::start();
    let link = Link::open(&server.url(), |_| ());
    let sink = link.sink("headers = { x-device = \"${id}\" }");
    let error = link.write(&*sink, r#"{"id": "d4\r\nX-Evil: 1"}"#).unwrap_err();
    assert_eq!(error.remedy, Remedy::Poison);
    assert!(chain(&error).contains("`x-device` holds a line break"), "{}", chain(&error));
    assert!(server.requests().is_empty());
}

#[test]
fn credentials_are_sent_and_never_told() {
    let server = HttpServer::start();
    let url = server.url().replace("//", "//us%20er:pass%2Fword@") + "/hook?token=tokensecret";
    let link = Link::open(&url, |settings| {
        settings.headers = vec![("x-key".into(), Unresolved::new("headersecret"))];
    });
    let sink = link.sink("path = \"/alerts\"");
    link.write(&*sink, "{}").unwrap();
    let request = server.requests().remove(0);
    assert_eq!(request.header("authorization"), Some("Basic dXMgZXI6cGFzcy93b3Jk"));
    assert_eq!(request.target, "/hook/alerts?token=tokensecret");
    let silent = |told: &str| {
        for secret in ["pass", "dXMg", "tokensecret", "headersecret"] {
            assert!(!told.contains(secret), "{told}");
        }
    };
    // Some servers repeat what they were sent.
    server.answer(|request| {
        let key = request.header("x-key").unwrap_or_default();
        let login = request.header("authorization").unwrap_or_default();
        Answer::Reply(400, Vec::new(), format!("bad key {key} of {login}"))
    });
    let refused = link.fail(&*sink).told;
    assert!(refused.ends_with("bad key *** of ***"), "{refused}");
    silent(&refused);
    server.answer(|_| Answer::Close);
    silent(&link.fail(&*sink).told);
    drop(server);
    silent(&link.fail(&*sink).told);
    silent(&chain(&link.runtime.block_on(link.connector.check()).unwrap_err()));
    silent(&chain(&link.runtime.block_on(sink.check()).unwrap_err()));

    // An action may log in otherwise.
    let server = HttpServer::start();
    let link = Link::open(&server.url().replace("//", "//user:word@"), |_| ());
    link.write(&*link.sink("headers = { Authorization = \"Bearer x\" }"), "{}").unwrap();
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer x"));
}

#[test]
fn certificates_are_checked() {
    let folder = TempDir::new().unwrap();
    let certificate = make_certificate(folder.path());
    let server = HttpServer::start_tls(tls(folder.path()));
    let trusting = Link::open(&server.url(), |settings| {
        settings.ca_file = Some(certificate.clone());
    });
    trusting.runtime.block_on(trusting.connector.check()).unwrap();
    trusting.write(&*trusting.sink(""), r#"{"n": 1}"#).unwrap();
    assert_eq!(server.requests()[0].body, r#"{"n":1}"#);

    // One that knows nothing of the authority, and one that asks for another name.
    let doubting = Link::open(&server.url(), |_| ());
    let wrong_name = server.url().replace("127.0.0.1", "localhost");
    let misled = Link::open(&wrong_name, |settings| settings.ca_file = Some(certificate));
    for link in [doubting, misled] {
        let failure = link.fail(&*link.sink(""));
        assert_eq!(failure.remedy, Remedy::Retry);
        assert!(failure.told.contains("certificate"), "{failure:?}");
    }
    assert_eq!(server.requests().len(), 1);
}

/// A certificate for 127.0.0.1 that nobody else vouches for; gives its path.
#[track_caller]
fn make_certificate(folder: &Path) -> String {
    let settings = "[req]\ndistinguished_name = name\nprompt = no\nx509_extensions = server\n\
                    [name]\nCN = test\n\
                    [server]\nbasicConstraints = CA:FALSE\nsubjectAltName = IP:127.0.0.1\n";
    fs::write(folder.join("openssl.cnf"), settings).unwrap();
    let arguments = "req -x509 -config openssl.cnf -newkey ec \
                     -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
                     -keyout key.pem -out certificate.pem";
    run(Command::new("openssl").current_dir(folder).args(arguments.split_whitespace()))
        .expect_code(0);
    folder.join("certificate.pem").to_str().unwrap().to_owned()
}

#[track_caller]
fn tls(folder: &Path) -> ServerConfig {
    let read = |name| fs::read(folder.join(name)).unwrap();
    let certificate = CertificateDer::from_pem_slice(&read("certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&read("key.pem")).unwrap();
    ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()
}
