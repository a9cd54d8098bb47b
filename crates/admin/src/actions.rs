//! `/actions`: where rows go, one by one: those of rules, and those that stand by themselves for
//! rules to name. It does not know any destination.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sluice_catalogue::ActionEntry;
use sluice_rule::action_from_json;
use sluice_sink::SinkStats;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{add, add_action_health, members, metrics, without_report};
use crate::body::JsonBody;
use crate::connectors::{self, no_operation};
use crate::problem::Problem;
use crate::prometheus::dropped_rows;
use crate::services::{App, Shared, blocking};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, delete))
        .routes(routes!(read_metrics))
        .routes(routes!(reset_metrics))
        .routes(routes!(enable))
        .routes(routes!(operate))
        .routes(routes!(probe))
        .routes(routes!(summary))
        .routes(routes!(types))
}

/// Lists the actions, those of rules included.
#[utoipa::path(
    get, path = "/actions", tag = "actions", responses((status = 200, body = [Value]))
)]
async fn list(State(app): State<Shared>) -> Result<Json<Vec<Value>>, Problem> {
    Ok(Json(all(&app).await?.iter().map(|entry| answer(&app, entry)).collect()))
}

/// Makes an action that stands by itself: `type`, `name`, `connector` and the keys that rule files
/// have, or EMQX's.
#[utoipa::path(
    post, path = "/actions", tag = "actions", request_body = Value,
    responses((status = 201, body = Value))
)]
async fn create(
    State(app): State<Shared>,
    JsonBody(body): JsonBody<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (catalogue, body) = (app.services.catalogue.clone(), without_report(body));
    let entry = blocking(move || catalogue.create_action(&body)).await??;
    Ok((StatusCode::CREATED, Json(answer(&app, &entry))))
}

/// Reads an action: `type:name`, or `type:rule.name` of one that a rule has.
#[utoipa::path(
    get, path = "/actions/{id}", tag = "actions", params(("id" = String, Path)),
    responses((status = 200, body = Value))
)]
async fn read(State(app): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(answer(&app, &find(&app, id).await?)))
}

/// Replaces an action that stands by itself, in every rule that names it.
#[utoipa::path(
    put, path = "/actions/{id}", tag = "actions", request_body = Value,
    params(("id" = String, Path)), responses((status = 200, body = Value))
)]
async fn replace(
    State(app): State<Shared>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let (catalogue, body) = (app.services.catalogue.clone(), without_report(body));
    let entry = blocking(move || catalogue.replace_action(&id, &body)).await??;
    Ok(Json(answer(&app, &entry)))
}

/// How an action is deleted.
#[derive(Deserialize)]
struct Deletion {
    #[serde(default)]
    also_delete_dep_actions: bool,
}

/// Deletes an action that stands by itself; one that rules name stays.
#[utoipa::path(
    delete, path = "/actions/{id}", tag = "actions",
    params(
        ("id" = String, Path),
        (
            "also_delete_dep_actions" = Option<bool>, Query,
            description = "Takes it out of the rules that name it"
        )
    ),
    responses((status = 204))
)]
async fn delete(
    State(app): State<Shared>,
    Path(id): Path<String>,
    Query(deletion): Query<Deletion>,
) -> Result<StatusCode, Problem> {
    let catalogue = app.services.catalogue.clone();
    let from_rules = deletion.also_delete_dep_actions;
    blocking(move || catalogue.delete_action(&id, from_rules)).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells what became of an action's rows. Actions without a buffer, such as republish, are counted
/// with their rules.
#[utoipa::path(
    get, path = "/actions/{id}/metrics", tag = "actions", params(("id" = String, Path)),
    responses((status = 200, body = Value))
)]
async fn read_metrics(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<Map<String, Value>>, Problem> {
    let stats = find(&app, id).await?.stats.unwrap_or_default();
    Ok(Json(metrics(&app.services.node, counts(&stats))))
}

/// Begins to count anew.
#[utoipa::path(
    put, path = "/actions/{id}/metrics/reset", tag = "actions", params(("id" = String, Path)),
    responses((status = 204))
)]
async fn reset_metrics(
    State(app): State<Shared>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let entry = find(&app, id).await?;
    for buffer in &entry.buffers {
        if let Some(sink) = app.services.catalogue.sinks().get(buffer) {
            sink.reset_stats();
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Enables or disables an action.
#[utoipa::path(
    put, path = "/actions/{id}/enable/{enable}", tag = "actions",
    params(("id" = String, Path), ("enable" = bool, Path)), responses((status = 204))
)]
async fn enable(
    State(app): State<Shared>,
    Path((id, enable)): Path<(String, bool)>,
) -> Result<StatusCode, Problem> {
    let catalogue = app.services.catalogue.clone();
    blocking(move || catalogue.enable_action(&id, enable)).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks the outside system of an action whether it serves (`start`): links come back by
/// themselves.
#[utoipa::path(
    post, path = "/actions/{id}/{operation}", tag = "actions",
    params(("id" = String, Path), ("operation" = String, Path, description = "`start`")),
    responses((status = 204))
)]
async fn operate(
    State(app): State<Shared>,
    Path((id, operation)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    if !matches!(operation.as_str(), "start" | "restart") {
        return Err(no_operation(&operation));
    }
    let entry = find(&app, id).await?;
    check(&app, entry.action.connector.as_deref()).await
}

/// Reads an action without keeping it, and asks its outside system whether it serves.
#[utoipa::path(
    post, path = "/actions_probe", tag = "actions", request_body = Value,
    responses((status = 204))
)]
async fn probe(
    State(app): State<Shared>,
    JsonBody(body): JsonBody<Value>,
) -> Result<StatusCode, Problem> {
    let name = body.get("name").and_then(Value::as_str).unwrap_or("probe");
    let action = action_from_json(name, &without_report(body.clone())).map_err(|errors| {
        if errors.reads_secrets() {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Problem::new(status, "UNPROCESSABLE_ENTITY", errors.to_string());
        }
        Problem::bad_request(errors.to_string())
    })?;
    check(&app, action.value.connector.as_deref()).await
}

/// Lists the actions in short.
#[utoipa::path(
    get, path = "/actions_summary", tag = "actions", responses((status = 200, body = [Value]))
)]
async fn summary(State(app): State<Shared>) -> Result<Json<Vec<Value>>, Problem> {
    let short = |entry: &ActionEntry| {
        let mut object = members(json!({
            "id": entry.id,
            "type": entry.action.kind.type_name(),
            "name": name(entry),
            "connector": entry.action.connector,
            "enable": entry.enabled,
            "rules": entry.rules,
        }));
        add_action_health(&mut object, &app.services.node, entry);
        Value::from(object)
    };
    Ok(Json(all(&app).await?.iter().map(short).collect()))
}

/// Lists the types of actions.
#[utoipa::path(
    get, path = "/action_types", tag = "actions", responses((status = 200, body = [String]))
)]
async fn types() -> Json<&'static [&'static str]> {
    Json(&["republish", "postgres", "webhook", "kafka"])
}

async fn all(app: &App) -> Result<Vec<ActionEntry>, Problem> {
    let catalogue = app.services.catalogue.clone();
    blocking(move || catalogue.actions()).await
}

async fn find(app: &App, id: String) -> Result<ActionEntry, Problem> {
    let catalogue = app.services.catalogue.clone();
    let missing = format!("there is no action `{id}`");
    let found = blocking(move || catalogue.action(&id)).await?;
    found.ok_or_else(|| Problem::not_found(missing))
}

/// Whether the outside system behind a connector serves; what goes through none always does.
async fn check(app: &App, connector: Option<&str>) -> Result<StatusCode, Problem> {
    match connector {
        Some(connector) => connectors::check(app, connector).await,
        None => Ok(StatusCode::NO_CONTENT),
    }
}

/// As it stands in the id.
fn name(entry: &ActionEntry) -> &str {
    entry.id.split_once(':').map_or(entry.action.name.as_str(), |(_, name)| name)
}

fn answer(app: &App, entry: &ActionEntry) -> Value {
    let mut object = members(entry.action.to_json());
    add(
        &mut object,
        [
            ("id", entry.id.as_str().into()),
            ("type", entry.action.kind.type_name().into()),
            ("name", name(entry).into()),
            ("enable", entry.enabled.into()),
            ("rules", json!(entry.rules)),
        ],
    );
    add_action_health(&mut object, &app.services.node, entry);
    object.into()
}

/// Under EMQX's names.
fn counts(stats: &SinkStats) -> Map<String, Value> {
    let mut counts = Map::new();
    for (name, count) in [
        ("matched", stats.received),
        ("received", stats.received),
        ("success", stats.delivered),
        ("failed", stats.set_aside),
        ("retried", stats.retried),
        ("inflight", stats.in_flight),
        ("queuing", stats.waiting.saturating_sub(stats.in_flight)),
        ("queuing_bytes", stats.waiting_bytes),
        ("held", stats.held),
        ("batches", stats.batches),
        ("dropped", dropped_rows(stats)),
        ("dropped.queue_full", stats.dropped_full),
        ("dropped.expired", stats.dropped_expired),
        ("dropped.resource_stopped", stats.dropped_removed),
        // EMQX's further reasons do not arise here.
        ("dropped.other", 0),
        ("dropped.resource_not_found", 0),
        ("late_reply", 0),
    ] {
        counts.insert(name.to_owned(), count.into());
    }
    counts
}
