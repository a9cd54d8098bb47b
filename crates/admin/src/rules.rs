//! `/rules`: the rules themselves. It does not know how they are evaluated or counted.

mod filter;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use sluice_catalogue::{ActionEntry, RuleEntry};
use sluice_sql::Source;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{add, add_owner, members};
use crate::body::JsonBody;
use crate::problem::Problem;
use crate::services::{App, Shared, blocking};
use crate::time::to_rfc3339;
use filter::Filter;

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, delete))
        .routes(routes!(enable))
}

/// Lists the rules, a page at a time.
#[utoipa::path(
    get, path = "/rules", tag = "rules",
    params(
        ("page" = Option<u64>, Query, description = "From 1, which is the default"),
        ("limit" = Option<u64>, Query, description = "Rules a page, 1 to 10000; 100 by default"),
        ("enable" = Option<bool>, Query),
        ("from" = Option<String>, Query, description = "A topic or event of FROM, as written"),
        ("like_id" = Option<String>, Query, description = "A part of the id"),
        ("like_from" = Option<String>, Query, description = "A part of a topic of FROM"),
        ("match_from" = Option<String>, Query, description = "A topic filter over FROM"),
        ("like_description" = Option<String>, Query, description = "A part of the description"),
        ("action" = Option<String>, Query, description = "The id of an action"),
        ("source" = Option<String>, Query, description = "Accepted; there are no data sources")
    ),
    responses((status = 200, body = Value))
)]
async fn list(
    State(app): State<Shared>,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, Problem> {
    let (page, limit) = filter.page()?;
    let catalogue = app.services.catalogue.clone();
    let rules = blocking(move || catalogue.rules()).await?;
    let found: Vec<&RuleEntry> = rules.iter().filter(|entry| filter.takes(entry)).collect();
    let skipped = page.saturating_sub(1).saturating_mul(limit);
    let data: Vec<Value> = found.iter().skip(skipped).take(limit).map(|it| answer(it)).collect();
    let has_next = skipped.saturating_add(data.len()) < found.len();
    let meta = json!({"page": page, "limit": limit, "count": found.len(), "hasnext": has_next});
    Ok(Json(json!({"data": data, "meta": meta})))
}

/// Makes a rule, of the shape that rule files have or of EMQX's. Without an `id` it is given one.
#[utoipa::path(
    post, path = "/rules", tag = "rules", request_body = Value,
    responses((status = 201, body = Value))
)]
async fn create(
    State(app): State<Shared>,
    JsonBody(body): JsonBody<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let catalogue = app.services.catalogue.clone();
    let entry = blocking(move || catalogue.create_rule(&body)).await??;
    Ok((StatusCode::CREATED, Json(answer(&entry))))
}

/// Reads a rule.
#[utoipa::path(
    get, path = "/rules/{id}", tag = "rules", params(("id" = String, Path)),
    responses((status = 200, body = Value))
)]
async fn read(State(app): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(answer(&find(&app, id).await?)))
}

/// Replaces a rule.
#[utoipa::path(
    put, path = "/rules/{id}", tag = "rules", request_body = Value, params(("id" = String, Path)),
    responses((status = 200, body = Value))
)]
async fn replace(
    State(app): State<Shared>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let catalogue = app.services.catalogue.clone();
    let entry = blocking(move || catalogue.replace_rule(&id, &body)).await??;
    Ok(Json(answer(&entry)))
}

/// Deletes a rule. Rows that its actions still had are dropped and counted.
#[utoipa::path(
    delete, path = "/rules/{id}", tag = "rules", params(("id" = String, Path)),
    responses((status = 204))
)]
async fn delete(State(app): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let catalogue = app.services.catalogue.clone();
    let deleted = id.clone();
    blocking(move || catalogue.delete_rule(&deleted)).await??;
    app.baselines().forget(&id);
    Ok(StatusCode::NO_CONTENT)
}

/// Enables or disables a rule.
#[utoipa::path(
    put, path = "/rules/{id}/enable/{enable}", tag = "rules",
    params(("id" = String, Path), ("enable" = bool, Path)), responses((status = 204))
)]
async fn enable(
    State(app): State<Shared>,
    Path((id, enable)): Path<(String, bool)>,
) -> Result<StatusCode, Problem> {
    let catalogue = app.services.catalogue.clone();
    blocking(move || catalogue.enable_rule(&id, enable)).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// The rule of that id.
pub(crate) async fn find(app: &App, id: String) -> Result<RuleEntry, Problem> {
    let catalogue = app.services.catalogue.clone();
    let missing = format!("there is no rule `{id}`");
    let found = blocking(move || catalogue.rule(&id)).await?;
    found.ok_or_else(|| Problem::not_found(missing))
}

/// The topics and events of FROM.
fn from(entry: &RuleEntry) -> impl Iterator<Item = &str> {
    entry.rule.plan.from().iter().map(|source| match source {
        Source::Topic(filter) => filter.as_str(),
        Source::Event(name) => name.as_str(),
    })
}

fn answer(entry: &RuleEntry) -> Value {
    let mut object = members(entry.rule.to_json());
    add(
        &mut object,
        [
            ("id", entry.rule.id.as_str().into()),
            ("from", from(entry).collect::<Vec<_>>().into()),
            ("enable", entry.rule.enabled.into()),
            ("description", entry.rule.description.as_str().into()),
            ("created_at", to_rfc3339(entry.created_at).into()),
            ("last_modified_at", to_rfc3339(entry.last_modified_at).into()),
            ("action_details", entry.actions.iter().map(detail).collect()),
            ("warnings", json!(entry.warnings)),
            ("problem", json!(entry.problem)),
        ],
    );
    add_owner(&mut object, &entry.owner);
    object.into()
}

fn detail(action: &ActionEntry) -> Value {
    let (kind, name) = action.id.split_once(':').unwrap_or(("", &action.id));
    // What needs no link is always connected.
    let status = match (&action.health, &action.action.connector) {
        (Some(health), _) => health.status.as_str(),
        (None, None) => "connected",
        (None, Some(_)) => "disconnected",
    };
    json!({"type": kind, "name": name, "status": status})
}
