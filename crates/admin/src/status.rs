//! `GET /status`: whether and how the node serves. It needs no login, so it tells nothing about
//! clients or rules beyond how many there are.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

/// How the node is at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The node's name.
    pub name: String,
    /// The version of the binary.
    pub version: String,
    /// `running`, or `stopping` while it drains.
    pub status: &'static str,
    /// Seconds since the start.
    pub uptime: u64,
    /// Network connections.
    pub connections: u64,
    /// Sessions, connected or not.
    pub sessions: u64,
    /// Rules that are evaluated.
    pub rules: u64,
    /// What was counted since the start, by name.
    pub counters: BTreeMap<&'static str, u64>,
}

/// Tells the status when it is asked for; counting may mean to ask other threads.
pub type StatusSource = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Status> + Send>> + Send + Sync>;

/// The paths at the root.
pub(crate) fn router(source: StatusSource) -> Router {
    Router::new().route("/status", get(status)).with_state(source)
}

async fn status(State(source): State<StatusSource>) -> Json<Status> {
    Json(source().await)
}
