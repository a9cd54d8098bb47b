//! Requests that are wrong in themselves, whatever they ask for.

use axum::body::{Body, Bytes};
use axum::http::{Method, header};
use serde_json::{Value, json};

use super::desk::{Answer, Desk};

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) -> String {
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &body["code"]), (status, &json!(code)), "{body}");
    body["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_does_not_say_who_they_are_is_told_how_to() {
    let desk = Desk::open();
    for header in [None, Some("Digest x"), Some("Basic"), Some("")] {
        let visitor = desk.with(header.map(str::to_owned));
        let answer = visitor.ask(Method::GET, "/api/v5/users", None, Body::empty()).await;
        refused(&answer, 401, "AUTHORIZATION_HEADER_ERROR");
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Basic realm=\"sluice\", Bearer");
    }
    for (header, code) in [
        ("Basic !!!", "BAD_API_KEY_OR_SECRET"),
        ("Basic YWRtaW46Y29ycmVjdCBob3JzZQ==", "BAD_API_KEY_OR_SECRET"),
        ("basic YWRtaW4=", "BAD_API_KEY_OR_SECRET"),
        ("Bearer x", "BAD_TOKEN"),
    ] {
        let visitor = desk.with(Some(header.to_owned()));
        let answer = visitor.ask(Method::GET, "/api/v5/users", None, Body::empty()).await;
        refused(&answer, 401, code);
    }
}

#[tokio::test]
async fn paths_and_methods_that_do_not_exist_are_refused_in_the_one_form() {
    let desk = Desk::open();
    let visitor = desk.anonymous();
    for path in ["/nothing", "/api/v5/nothing", "/api/v5", "/api/v5/", "/api/v5/login/x"] {
        let answer = visitor.ask(Method::GET, path, None, Body::empty()).await;
        let message = refused(&answer, 404, "NOT_FOUND");
        assert!(message.contains(path), "{message}");
    }
    let answer = visitor.ask(Method::DELETE, "/status", None, Body::empty()).await;
    refused(&answer, 405, "METHOD_NOT_ALLOWED");
    assert_eq!(answer.headers[header::ALLOW], "GET,HEAD");
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_with_the_place() {
    let desk = Desk::open();
    let visitor = desk.anonymous();
    let json = Some("application/json; charset=utf-8");
    for (text, wanted) in [
        ("{\"username\": \"admin\",\n \"password\": }", "expected value at line 2 column 14"),
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{\"username\": \"admin\"}", "missing field `password` at line 1 column 21"),
        ("{\"username\": 1}", "invalid type: integer `1`, expected a string at line 1 column 14"),
        (&"[".repeat(100_000), "invalid type: sequence"),
    ] {
        let answer = visitor.ask(Method::POST, "/api/v5/login", json, text.to_owned().into()).await;
        let message = refused(&answer, 400, "BAD_REQUEST");
        let shown = text.get(..text.len().min(40));
        assert!(message.contains(wanted), "{shown:?}: {message}");
    }
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let answer = visitor.ask(Method::POST, "/api/v5/login", kind, "{}".into()).await;
        refused(&answer, 415, "UNSUPPORTED_MEDIA_TYPE");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let desk = Desk::open();
    let body = Bytes::from(vec![b' '; 1024 * 1024 + 1]);
    let json = Some("application/json");
    let answer = desk.anonymous().ask(Method::POST, "/api/v5/login", json, body.into()).await;
    let message = refused(&answer, 413, "PAYLOAD_TOO_LARGE");
    assert!(message.contains("1048576 bytes"), "{message}");
}

#[tokio::test]
async fn answers_are_not_kept_by_caches() {
    let desk = Desk::open();
    let answer = desk.anonymous().ask(Method::GET, "/status", None, Body::empty()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
}
