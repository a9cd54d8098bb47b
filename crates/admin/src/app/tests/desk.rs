//! A router with everything around it, and those who ask it.

use std::future::ready;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sluice_catalogue::{Catalogue, Setup};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::credentials::Credentials;
use crate::services::Services;
use crate::status::Status;
use crate::time;

/// The endpoint, on a data folder of its own. `admin` has the password `correct horse`.
pub(super) struct Desk {
    router: Router,
    data_dir: Arc<TempDir>,
}

/// Someone who asks.
pub(super) struct Visitor {
    router: Router,
    authorization: Option<String>,
    /// Stays as long as someone may ask.
    _data_dir: Arc<TempDir>,
}

/// What was answered.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Desk {
    pub(super) fn open() -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let password = Some("correct horse".to_owned());
        let (credentials, _) = Credentials::open(data_dir.path(), password).unwrap();
        let status = Status {
            name: "n@h".into(),
            version: "1.2.3".into(),
            status: "running",
            uptime: 7,
            connections: 1,
            sessions: 2,
            rules: 3,
            counters: [("messages_received", 4)].into(),
        };
        let router = super::super::router(Services {
            status: Arc::new(move || Box::pin(ready(status.clone()))),
            broker: Weak::new(),
            catalogue: catalogue(data_dir.path()),
            credentials,
            node: "n@h".into(),
            version: "1.2.3",
            token_expiry: Duration::from_secs(3600),
            now: || time::from_unix(1_700_000_000),
        });
        Self { router, data_dir: Arc::new(data_dir) }
    }

    /// The folder whose rule files are in force.
    pub(super) fn rules_dir(&self) -> PathBuf {
        self.data_dir.path().join("rules")
    }

    pub(super) fn anonymous(&self) -> Visitor {
        self.with(None)
    }

    pub(super) fn with(&self, authorization: Option<String>) -> Visitor {
        let _data_dir = Arc::clone(&self.data_dir);
        Visitor { router: self.router.clone(), authorization, _data_dir }
    }

    /// A program with a new key of that role.
    pub(super) async fn program(&self, role: &str) -> Visitor {
        let admin = self.logged_in("admin", "correct horse").await;
        let body = json!({"name": format!("key-{role}"), "role": role});
        let (status, key) = admin.post("/api/v5/api_key", &body).await;
        assert_eq!(status, 200, "{key}");
        self.with(Some(basic(&key)))
    }

    pub(super) async fn logged_in(&self, username: &str, password: &str) -> Visitor {
        let body = json!({"username": username, "password": password});
        let (status, answer) = self.anonymous().post("/api/v5/login", &body).await;
        assert_eq!(status, 200, "{answer}");
        self.with(Some(format!("Bearer {}", answer["token"].as_str().unwrap())))
    }
}

/// An empty one, which links to HTTP servers only. The folder `rules` is watched.
pub(crate) fn catalogue(data_dir: &Path) -> Catalogue {
    let rules_dir = data_dir.join("rules");
    std::fs::create_dir_all(&rules_dir).unwrap();
    Catalogue::start(Setup {
        rules_dir,
        rules_dir_is_set: true,
        base_dir: PathBuf::new(),
        data_dir: data_dir.into(),
        connector_types: &[sluice_sink_webhook::TYPE],
        resolve: Box::new(|_| Err("no secrets here".to_owned())),
        wake: Arc::new(|_| {}),
        on_rules: Box::new(|_| {}),
        now: || time::from_unix(1_700_000_000),
    })
    .unwrap()
}

/// The header that a key and its secret make.
pub(super) fn basic(key: &Value) -> String {
    let pair =
        format!("{}:{}", key["api_key"].as_str().unwrap(), key["api_secret"].as_str().unwrap());
    format!("Basic {}", STANDARD.encode(pair))
}

impl Visitor {
    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(Method::PUT, path, Some(body)).await
    }

    pub(super) async fn delete(&self, path: &str) -> (u16, Value) {
        self.send(Method::DELETE, path, None).await
    }

    /// The body of the answer read from JSON; `null` where it is empty.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let kind = body.map(|_| "application/json");
        let body = body.map(Value::to_string).unwrap_or_default();
        let answer = self.ask(method, path, kind, body.into()).await;
        let Answer { status, body, .. } = answer;
        let value = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&body) };
        (status, value.unwrap_or_else(|error| panic!("{path}: {error}: {body}")))
    }

    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: Body,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8(body).unwrap(),
        }
    }
}
