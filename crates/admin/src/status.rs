//! `GET /status`: whether and how the node serves. It needs no login, so it tells nothing about
//! clients or rules beyond how many there are.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::services::Shared;

/// How the node is at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
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
    /// Rules, enabled or not.
    pub rules: u64,
    /// What was counted since the start, by name.
    pub counters: BTreeMap<&'static str, u64>,
}

/// Tells the status when it is asked for; counting may mean to ask other threads.
pub type StatusSource = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Status> + Send>> + Send + Sync>;

/// The path at the root.
pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(status))
}

/// Tells whether and how the node serves; needs no login.
#[utoipa::path(
    get, path = "/status", tag = "node", security(()), responses((status = 200, body = Status))
)]
async fn status(State(app): State<Shared>) -> Json<Status> {
    Json((app.services.status)().await)
}
