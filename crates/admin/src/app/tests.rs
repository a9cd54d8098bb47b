//! Requests through the whole router, without sockets.

mod actions;
mod connectors;
pub(crate) mod desk;
mod node;
mod people;
mod refusals;
mod rule_files;
mod rule_test;
mod rules;

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::Value;

use desk::Desk;

#[tokio::test]
async fn the_document_tells_every_path() {
    let desk = Desk::open();
    let (status, document) = desk.anonymous().get("/api-docs/openapi.json").await;
    assert_eq!(status, 200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3."), "{document}");
    for path in ["/status", "/api/v5/login", "/api/v5/users/{username}/change_pwd"] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let told = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|it| it.len() > 5), "{told}");
            assert!(operation["responses"]["default"].is_object(), "{told}");
            for name in path.split('{').skip(1) {
                let name = name.split('}').next().unwrap();
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(parameters.iter().any(|it| it["name"] == name), "{told}: {name}");
            }
        }
    }
    assert!(unresolved(&document).is_empty(), "{:?}", unresolved(&document));
}

/// References to nothing.
fn unresolved(document: &Value) -> BTreeSet<String> {
    let mut missing = BTreeSet::new();
    let mut todo = vec![document];
    while let Some(value) = todo.pop() {
        let target = value["$ref"].as_str().unwrap_or("#");
        if document.pointer(target.trim_start_matches('#')).is_none() {
            missing.insert(target.to_owned());
        }
        match value {
            Value::Array(items) => todo.extend(items),
            Value::Object(members) => todo.extend(members.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    missing
}

/// Whatever stands in the document is served, and whatever it does not say is refused: the two are
/// made of the same items, so a path that the document lacks cannot be served.
#[tokio::test]
async fn every_path_of_the_document_is_served_and_guarded() {
    let desk = Desk::open();
    let (_, document) = desk.anonymous().get("/api-docs/openapi.json").await;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in ["GET", "PUT", "POST", "DELETE", "PATCH"] {
            let is_told = operations[method.to_lowercase()].is_object();
            let method: Method = method.parse().unwrap();
            let url = path.replace(['{', '}'], "");
            let (status, body) = desk.anonymous().send(method.clone(), &url, None).await;
            let told = format!("{method} {url}: {status} {body}");
            let is_open = matches!(path.as_str(), "/status" | "/api/v5/login");
            match (is_told, is_open) {
                (true, true) => assert!(matches!(status, 200 | 415), "{told}"),
                (false, true) => assert_eq!(status, 405, "{told}"),
                (true, false) => assert_eq!(status, 401, "{told}"),
                (false, false) => assert!(matches!(status, 401 | 405), "{told}"),
            }
        }
    }
}
