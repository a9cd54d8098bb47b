//! `/nodes`, `/stats` and `/metrics`: the node's counts under the names that EMQX gives them. It
//! does not know how they are counted.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sluice_broker::Stats;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::services::{App, Shared};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(nodes))
        .routes(routes!(node))
        .routes(routes!(stats))
        .routes(routes!(metrics))
}

/// Lists the nodes: this one.
#[utoipa::path(get, path = "/nodes", tag = "node", responses((status = 200, body = [Value])))]
async fn nodes(State(app): State<Shared>) -> Json<Value> {
    Json(json!([this_node(&app).await]))
}

/// Tells of one node.
#[utoipa::path(
    get, path = "/nodes/{node}", tag = "node", params(("node" = String, Path)),
    responses((status = 200, body = Value))
)]
async fn node(State(app): State<Shared>, Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    if name != app.services.node {
        return Err(Problem::not_found(format!("there is no node `{name}`")));
    }
    Ok(Json(this_node(&app).await))
}

/// How counts are laid out.
#[derive(Deserialize)]
struct Layout {
    aggregate: Option<bool>,
}

/// Tells how many connections, sessions, subscriptions, and retained messages there are.
#[utoipa::path(
    get, path = "/stats", tag = "node", params(("aggregate" = Option<bool>, Query, description =
    "One object instead of a list of nodes")), responses((status = 200, body = Value))
)]
async fn stats(State(app): State<Shared>, Query(layout): Query<Layout>) -> Json<Value> {
    let stats = app.stats().await;
    laid_out(&app, &layout, node_stats(&app, &stats))
}

/// Tells what was counted since the start.
#[utoipa::path(
    get, path = "/metrics", tag = "node", params(("aggregate" = Option<bool>, Query, description =
    "One object instead of a list of nodes")), responses((status = 200, body = Value))
)]
async fn metrics(State(app): State<Shared>, Query(layout): Query<Layout>) -> Json<Value> {
    let stats = app.stats().await;
    let counts = node_metrics(&app, &stats);
    laid_out(&app, &layout, counts.into_iter().map(|it| (it.name, it.value)).collect())
}

async fn this_node(app: &App) -> Value {
    let status = (app.services.status)().await;
    json!({
        "node": status.name,
        "node_status": status.status,
        "version": status.version,
        "edition": "Opensource",
        "uptime": status.uptime.saturating_mul(1000),
        "connections": status.connections,
        "live_connections": status.connections,
        "cluster_sessions": status.sessions,
    })
}

fn laid_out(app: &App, layout: &Layout, counts: Vec<(&'static str, u64)>) -> Json<Value> {
    let mut object: Map<String, Value> =
        counts.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect();
    if layout.aggregate == Some(true) {
        return Json(object.into());
    }
    object.insert("node".to_owned(), app.services.node.as_str().into());
    Json(json!([object]))
}

/// What there is now.
pub(crate) fn node_stats(app: &App, stats: &Stats) -> Vec<(&'static str, u64)> {
    let connections = app.connections();
    vec![
        ("connections.count", connections),
        ("live_connections.count", connections),
        ("sessions.count", stats.counters.sessions),
        ("subscriptions.count", stats.subscriptions as u64),
        ("retained.count", stats.retained_messages as u64),
    ]
}

/// Something that was counted since the start.
pub(crate) struct Count {
    /// As EMQX calls it.
    pub(crate) name: &'static str,
    pub(crate) value: u64,
    pub(crate) help: &'static str,
}

/// What was counted since the start.
pub(crate) fn node_metrics(app: &App, stats: &Stats) -> Vec<Count> {
    let sinks = app.services.catalogue.sinks().list();
    let rows_done: u64 =
        sinks.iter().map(|sink| sink.stats()).map(|it| it.delivered + it.set_aside).sum();
    let counters = &stats.counters;
    let rules =
        |count: fn(&sluice_rule::RuleCounters) -> u64| stats.rules.values().map(count).sum();
    let count = |name, value, help| Count { name, value, help };
    vec![
        count("bytes.received", counters.bytes_received, "Bytes from clients"),
        count("bytes.sent", counters.bytes_sent, "Bytes to clients"),
        count("packets.received", counters.packets_received, "MQTT packets from clients"),
        count("packets.sent", counters.packets_sent, "MQTT packets to clients"),
        count("messages.received", counters.publishes_received, "Messages from clients"),
        count("messages.qos0.received", counters.publishes_received_qos0, "Those of QoS 0"),
        count("messages.qos1.received", counters.publishes_received_qos1, "Those of QoS 1"),
        count("messages.qos2.received", counters.publishes_received_qos2, "Those of QoS 2"),
        count("messages.sent", counters.sent, "Messages to clients, resent ones once"),
        count("messages.qos0.sent", counters.sent_qos0, "Those of QoS 0"),
        count("messages.qos1.sent", counters.sent_qos1, "Those of QoS 1"),
        count("messages.qos2.sent", counters.sent_qos2, "Those of QoS 2"),
        count("messages.acked", counters.acknowledged, "Messages that clients acknowledged"),
        count(
            "messages.dropped.no_subscribers",
            counters.publishes_without_subscribers,
            "Messages that no subscription matched",
        ),
        count("delivery.dropped", counters.dropped_total(), "Deliveries that were dropped"),
        count("delivery.dropped.queue_full", counters.dropped_queue_full, "The queue was full"),
        count("delivery.dropped.qos0_msg", counters.dropped_offline, "QoS 0, client offline"),
        count("delivery.dropped.too_large", counters.dropped_too_large, "Too large for the client"),
        count("delivery.dropped.expired", counters.dropped_expired, "Expired while waiting"),
        count("client.connected", counters.clients_connected, "Clients that were connected"),
        count("client.disconnected", counters.clients_disconnected, "Clients that left"),
        count("rules.matched", rules(|it| it.matched), "Events that rules looked at"),
        count(
            "actions.executed",
            rules(|it| it.actions_success + it.actions_failed) + rows_done,
            "Rows that actions took or refused",
        ),
    ]
}
