//! What rows are rendered to, what answers mean and what is never shown. Requests that are really
//! sent are tested from outside.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};
use sluice_rule::action::{HttpMethod, WebhookCall};
use sluice_rule::{Connector, ConnectorKind, Unresolved, WebhookConnector};
use sluice_sink::Remedy;
use sluice_value::{Record, Template, Value};

use crate::answer::{excerpt, remedy, retry_after};
use crate::base::Base;
use crate::connector::build;
use crate::request::{Call, RenderError, Rendered, target};

fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

fn record(json: &str) -> Record {
    Value::from_json(json.as_bytes()).unwrap().try_into().unwrap()
}

fn action(path: &str, headers: &[(&str, &str)]) -> WebhookCall {
    let headers = headers.iter().map(|(name, text)| ((*name).to_owned(), template(text)));
    WebhookCall {
        method: HttpMethod::Post,
        path: (!path.is_empty()).then(|| template(path)),
        headers: headers.collect(),
        body: None,
    }
}

fn call(base: &str, action: &WebhookCall) -> Result<Call, String> {
    Call::new(action, &Base::parse(base, false)?, &HeaderMap::new())
}

/// The URL that `path` gives over a row, or why there is none.
#[track_caller]
fn url(base: &str, path: &str, row: &str) -> Result<String, RenderError> {
    let rendered = call(base, &action(path, &[])).unwrap().render(&record(row));
    rendered.map(|rendered| rendered.url.into())
}

#[test]
fn the_path_is_joined_to_the_url() {
    for (base, path, expected) in [
        ("http://h", "", "http://h/"),
        ("http://h:81/a", "", "http://h:81/a"),
        ("http://h/a/", "", "http://h/a/"),
        ("http://h", "/alerts", "http://h/alerts"),
        ("http://h", "alerts", "http://h/alerts"),
        ("http://h/a", "b", "http://h/a/b"),
        ("http://h/a/", "/b/", "http://h/a/b/"),
        ("http://h/a?key=1", "/b?x=2", "http://h/a/b?key=1&x=2"),
        ("http://h/a?key=1", "?x=2", "http://h/a?key=1&x=2"),
        ("http://h/a?key=1", "", "http://h/a?key=1"),
        ("http://h", "//other/x", "http://h//other/x"),
        ("http://h", "@other/x", "http://h/@other/x"),
        ("http://h", ":1/x", "http://h/:1/x"),
        ("http://h", "/a b/%41", "http://h/a%20b/%41"),
    ] {
        assert_eq!(url(base, path, "{}").unwrap(), expected, "{base} {path}");
    }
}

#[test]
fn a_value_stays_in_its_place() {
    let url = |path, value: &str| {
        let row = Value::from_json(format!("{{\"v\": {value}}}").as_bytes()).unwrap().to_json();
        url("http://h/base", path, &row)
    };
    for (path, value, expected) in [
        ("/d/${v}", r#""d 4""#, "http://h/base/d/d%204"),
        ("/d/${v}/x", r#""a/b""#, "http://h/base/d/a%2Fb/x"),
        ("/d/${v}", r##""a?b=c#d&e""##, "http://h/base/d/a%3Fb%3Dc%23d%26e"),
        ("/d/${v}", r#""../../admin""#, "http://h/base/d/..%2F..%2Fadmin"),
        ("/d/${v}", r#""..\\admin""#, "http://h/base/d/..%5Cadmin"),
        ("/d/${v}", r#""%2e%2e""#, "http://h/base/d/%252e%252e"),
        ("/d/${v}", r#""ü\r\n""#, "http://h/base/d/%C3%BC%0D%0A"),
        ("/d?x=${v}&y=1", r#""1&y=2+3""#, "http://h/base/d?x=1%26y%3D2%2B3&y=1"),
        ("${v}", r#""http://other/""#, "http://h/base/http%3A%2F%2Fother%2F"),
        ("/d/${v}", "30.5", "http://h/base/d/30.5"),
        ("/d/${w}", "1", "http://h/base/d/undefined"),
        ("/d?row=${}", "1", "http://h/base/d?row=%7B%22v%22%3A1%7D"),
    ] {
        assert_eq!(url(path, value).unwrap(), expected, "{path} {value}");
    }
    for (path, value) in [
        ("/d/${v}", r#""..""#),
        ("/d/${v}/x", r#"".""#),
        ("/d/.${v}", r#"".""#),
        ("/d/%2E${v}", r#"".""#),
        ("/d/${v}?x=1", r#""..""#),
    ] {
        assert_eq!(url(path, value), Err(RenderError::DotLevel), "{path} {value}");
    }
    let long = format!("\"{}\"", "x".repeat(9000));
    assert_eq!(url("/d/${v}", &long), Err(RenderError::PathTooLong));
}

fn rendered(action: &WebhookCall, row: &str) -> Result<Rendered, RenderError> {
    call("http://h", action).unwrap().render(&record(row))
}

#[test]
fn headers_are_rendered_or_the_row_is_refused() {
    let action = action("", &[("X-Device", " ${v} "), ("x-fixed", "1"), ("Connection", "close")]);
    let headers = rendered(&action, r#"{"v": "d4 ü"}"#).unwrap().headers;
    assert_eq!(headers["x-device"].as_bytes(), "d4 ü".as_bytes());
    assert_eq!(headers["x-fixed"], "1");
    assert_eq!(headers["content-type"], "application/json");
    assert!(!headers.contains_key("connection"));
    for (value, what) in [
        ("a\\r\\nX-Evil: 1", "a line break"),
        ("a\\nb", "a line break"),
        ("a\\n", "a line break"),
        ("\\u0000", "a NUL character"),
        ("\\u001b[1m", "a control character"),
    ] {
        let error = rendered(&action, &format!("{{\"v\": \"{value}\"}}")).unwrap_err();
        let told = format!("the value of header `x-device` holds {what}, which no header can");
        assert_eq!(error.to_string(), told, "{value}");
    }
    let long = format!("{{\"v\": \"{}\"}}", "x".repeat(9000));
    assert!(rendered(&action, &long).unwrap_err().to_string().contains("longer than 8192 bytes"));
}

#[test]
fn headers_of_the_action_win() {
    let base = Base::parse("http://h", false).unwrap();
    let mut common = HeaderMap::new();
    common.insert("content-type", HeaderValue::from_static("text/plain"));
    common.insert("x-a", HeaderValue::from_static("connector"));
    common.insert("x-b", HeaderValue::from_static("connector"));
    let action = action("", &[("X-A", "action"), ("x-b", "${v}"), ("X-B", "${v} again")]);
    let call = Call::new(&action, &base, &common).unwrap();
    let headers = call.render(&record(r#"{"v": "row"}"#)).unwrap().headers;
    assert_eq!(headers["content-type"], "text/plain");
    assert_eq!(headers["x-a"], "action");
    assert_eq!(headers.get_all("x-b").iter().collect::<Vec<_>>(), ["row again"]);
}

#[test]
fn the_body_is_the_row_or_what_the_template_gives() {
    let row = r#"{"temp": 31.50, "id": "d4"}"#;
    let mut action = action("", &[]);
    let body = |action: &WebhookCall| {
        rendered(action, row).unwrap().body.map(|body| String::from_utf8(body).unwrap())
    };
    assert_eq!(body(&action).unwrap(), r#"{"temp":31.50,"id":"d4"}"#);
    action.body = Some(template("${id} is ${temp} hot"));
    assert_eq!(body(&action).unwrap(), "d4 is 31.5 hot");
    for method in [HttpMethod::Get, HttpMethod::Delete] {
        action.method = method;
        assert_eq!(body(&action), None);
        assert!(!rendered(&action, row).unwrap().headers.contains_key("content-type"));
    }
}

#[test]
fn an_action_that_can_never_work_is_refused() {
    for (path, headers, expected) in [
        ("/a#b", [("x", "1")], "`path` has a `#`"),
        ("/a/../b/${v}", [("x", "1")], "a level of the path would be `.` or `..`"),
        ("/a", [("x y", "1")], "`x y` is no name of a header"),
        ("/a", [("x", "1\n2")], "the value of header `x` holds a line break"),
    ] {
        let error = call("http://h", &action(path, &headers)).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn answers_mean_what_helps() {
    for (codes, expected) in [
        ([200, 201, 204, 299], None),
        ([408, 425, 429, 500], Some(Remedy::Retry)),
        ([502, 503, 504, 599], Some(Remedy::Retry)),
        ([101, 301, 304, 400], Some(Remedy::Poison)),
        ([401, 404, 413, 999], Some(Remedy::Poison)),
    ] {
        for code in codes {
            assert_eq!(remedy(StatusCode::from_u16(code).unwrap()), expected, "{code}");
        }
    }
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    // Sun, 06 Nov 1994 08:49:37 GMT.
    let now: SystemTime = UNIX_EPOCH + Duration::from_secs(784_111_777);
    for (text, date, expected) in [
        ("7", "", Some(7)),
        (" 0 ", "", Some(0)),
        ("99999999999999999999999", "", Some(3600)),
        ("Sun, 06 Nov 1994 08:49:50 GMT", "", Some(13)),
        ("Sunday, 06-Nov-94 08:49:50 GMT", "", Some(13)),
        ("Sun, 06 Nov 1994 08:49:30 GMT", "", Some(0)),
        ("Sun, 07 Nov 2094 08:49:30 GMT", "", Some(3600)),
        ("Fri, 06 Nov 2026 08:00:05 GMT", "Fri, 06 Nov 2026 08:00:00 GMT", Some(5)),
        ("-1", "", None),
        ("1.5", "", None),
        ("soon", "", None),
        ("", "", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static(text));
        if !date.is_empty() {
            headers.insert("date", HeaderValue::from_static(date));
        }
        let expected = expected.map(Duration::from_secs);
        assert_eq!(retry_after(&headers, now), expected, "{text:?} {date:?}");
    }
    assert_eq!(retry_after(&HeaderMap::new(), now), None);
}

#[test]
fn what_a_server_says_is_cleaned() {
    let secrets = ["Bearer abcdef".to_owned()];
    let said = excerpt(b" no\r\n\r\n\x1b[1m\xff for Bearer abcdef\t!", &secrets);
    assert_eq!(said, "no [1m\u{fffd} for *** !");
    assert_eq!(excerpt("ü".repeat(1000).as_bytes(), &[]).chars().count(), 201);
    assert_eq!(excerpt(b"", &[]), "");
}

fn connector(url: &str, headers: &[(&str, &str)]) -> Connector {
    let headers = headers.iter().map(|(name, text)| ((*name).into(), Unresolved::new(*text)));
    Connector {
        name: "ops".into(),
        description: String::new(),
        enabled: true,
        kind: ConnectorKind::Webhook(WebhookConnector {
            url: Unresolved::new(url),
            headers: headers.collect(),
            pool_size: None,
            connect_timeout: None,
            request_timeout: None,
            ca_file: None,
        }),
        file: "r.toml".into(),
        line: 1,
    }
}

#[test]
fn secrets_of_the_url_are_never_shown() {
    let shown = |url, is_secret| Base::parse(url, is_secret).unwrap().shown().to_owned();
    assert_eq!(shown("https://u:secret@h:8443/a?t=secret", false), "https://h:8443/a");
    assert_eq!(shown("https://h/services/secret", true), "https://h/***");
    assert_eq!(shown("http://[::1]:9/", true), "http://[::1]:9");
    let base = Base::parse("http://u:secret@h/a?t=secret", false).unwrap();
    let mut action = action("/d/${id}?t=secret", &[]);
    assert_eq!(target(&action, &base), "http://h/a/d/${id}");
    action.path = None;
    assert_eq!(target(&action, &base), "http://h/a");
}

#[test]
fn a_connector_that_can_never_work_is_refused() {
    for (url, headers, expected) in [
        ("ftp://u:secret@h", [("x", "1")], "`url` must begin with http:// or https://"),
        ("secret", [("x", "1")], "`url` is no URL: relative URL without a base"),
        ("http://u:secret@:1", [("x", "1")], "`url` is no URL: empty host"),
        ("http://h:secret", [("x", "1")], "`url` is no URL: invalid port number"),
        ("http://h/#secret", [("x", "1")], "`url` has a `#`"),
        ("http://h", [("x y", "secret")], "`x y` is no name of a header"),
        ("http://h", [("x", "secret\n1")], "the value of header `x` holds a line break"),
        ("${ENV:NONE}", [("x", "1")], "NONE is not set"),
    ] {
        let resolve = |text: &Unresolved| {
            if text.reads_secrets() {
                Err("NONE is not set".to_owned())
            } else {
                Ok(text.expose().to_owned())
            }
        };
        let error = build(&connector(url, &headers), &resolve).err().expect(url).to_string();
        assert!(error.starts_with("connector `ops`: "), "{error}");
        assert!(error.contains(expected) && !error.contains("secret"), "{url}: {error}");
    }
}
