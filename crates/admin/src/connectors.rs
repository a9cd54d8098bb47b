//! `/connectors`: links to outside systems. It does not know any of them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use sluice_catalogue::ConnectorEntry;
use sluice_rule::{Connector, Secrets};
use sluice_sink::{Health, Status};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{add, add_health, add_owner, members, without_report};
use crate::body::JsonBody;
use crate::problem::Problem;
use crate::services::{App, Shared, blocking};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, replace, delete))
        .routes(routes!(enable))
        .routes(routes!(operate))
        .routes(routes!(probe))
        .routes(routes!(summary))
        .routes(routes!(types))
}

/// Lists the connectors; passwords are masked.
#[utoipa::path(
    get, path = "/connectors", tag = "connectors", responses((status = 200, body = [Value]))
)]
async fn list(State(app): State<Shared>) -> Result<Json<Vec<Value>>, Problem> {
    Ok(Json(all(&app).await?.iter().map(|entry| answer(&app, entry)).collect()))
}

/// Makes a connector: `type`, `name` and the keys that rule files have, or EMQX's.
#[utoipa::path(
    post, path = "/connectors", tag = "connectors", request_body = Value,
    responses((status = 201, body = Value))
)]
async fn create(
    State(app): State<Shared>,
    JsonBody(body): JsonBody<Value>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (catalogue, body) = (app.services.catalogue.clone(), without_report(body));
    let entry = blocking(move || catalogue.create_connector(&body)).await??;
    Ok((StatusCode::CREATED, Json(answer(&app, &entry))))
}

/// Reads a connector by `type:name` or by its name; passwords are masked.
#[utoipa::path(
    get, path = "/connectors/{id}", tag = "connectors", params(("id" = String, Path)),
    responses((status = 200, body = Value))
)]
async fn read(State(app): State<Shared>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(answer(&app, &find(&app, id).await?)))
}

/// Replaces a connector. A password that is sent back masked stays what it was.
#[utoipa::path(
    put, path = "/connectors/{id}", tag = "connectors", request_body = Value,
    params(("id" = String, Path)), responses((status = 200, body = Value))
)]
async fn replace(
    State(app): State<Shared>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let (catalogue, body) = (app.services.catalogue.clone(), without_report(body));
    let entry = blocking(move || catalogue.replace_connector(&id, &body)).await??;
    Ok(Json(answer(&app, &entry)))
}

/// Deletes a connector; one that actions go through stays.
#[utoipa::path(
    delete, path = "/connectors/{id}", tag = "connectors", params(("id" = String, Path)),
    responses((status = 204))
)]
async fn delete(State(app): State<Shared>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let catalogue = app.services.catalogue.clone();
    blocking(move || catalogue.delete_connector(&id)).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Enables or disables a connector.
#[utoipa::path(
    put, path = "/connectors/{id}/enable/{enable}", tag = "connectors",
    params(("id" = String, Path), ("enable" = bool, Path)), responses((status = 204))
)]
async fn enable(
    State(app): State<Shared>,
    Path((id, enable)): Path<(String, bool)>,
) -> Result<StatusCode, Problem> {
    let catalogue = app.services.catalogue.clone();
    blocking(move || catalogue.enable_connector(&id, enable)).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks the outside system whether it serves: `start` and `restart` do the same, since links come
/// back by themselves. There is no `stop`: disable the connector.
#[utoipa::path(
    post, path = "/connectors/{id}/{operation}", tag = "connectors",
    params(("id" = String, Path), ("operation" = String, Path, description = "`start`, `restart`")),
    responses((status = 204))
)]
async fn operate(
    State(app): State<Shared>,
    Path((id, operation)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    if !matches!(operation.as_str(), "start" | "restart") {
        return Err(no_operation(&operation));
    }
    check(&app, &id).await
}

/// Makes a link as the body says, asks the outside system whether it serves, and keeps nothing.
#[utoipa::path(
    post, path = "/connectors_probe", tag = "connectors", request_body = Value,
    responses((status = 204))
)]
async fn probe(
    State(app): State<Shared>,
    JsonBody(body): JsonBody<Value>,
) -> Result<StatusCode, Problem> {
    app.services.catalogue.probe_connector(&without_report(body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the connectors in short.
#[utoipa::path(
    get, path = "/connectors_summary", tag = "connectors", responses((status = 200, body = [Value]))
)]
async fn summary(State(app): State<Shared>) -> Result<Json<Vec<Value>>, Problem> {
    let short = |entry: &ConnectorEntry| {
        let mut object = members(json!({
            "id": connector_id(&entry.connector),
            "type": entry.connector.kind.type_name(),
            "name": entry.connector.name,
            "enable": entry.connector.enabled,
            "description": entry.connector.description,
            "actions": entry.used_by,
        }));
        add_health(&mut object, &app.services.node, entry.health.as_ref());
        Value::from(object)
    };
    Ok(Json(all(&app).await?.iter().map(short).collect()))
}

/// Lists the types of connectors.
#[utoipa::path(
    get, path = "/connector_types", tag = "connectors", responses((status = 200, body = [String]))
)]
async fn types() -> Json<&'static [&'static str]> {
    Json(&["postgres", "webhook", "kafka"])
}

/// `type:name`.
pub(crate) fn connector_id(connector: &Connector) -> String {
    format!("{}:{}", connector.kind.type_name(), connector.name)
}

/// Asks the outside system of a connector whether it serves.
pub(crate) async fn check(app: &App, id: &str) -> Result<StatusCode, Problem> {
    let entry = app.services.catalogue.check_connector(id).await?;
    match entry.health {
        Some(Health { status: Status::Connected, .. }) => Ok(StatusCode::NO_CONTENT),
        Some(Health { status, reason, .. }) => {
            let reason = reason.map_or_else(|| status.to_string(), |it| format!("{status}: {it}"));
            Err(Problem::new(StatusCode::BAD_REQUEST, "TEST_FAILED", reason))
        }
        None => {
            let reason = entry.problem.unwrap_or_else(|| "it has no link".to_owned());
            Err(Problem::new(StatusCode::BAD_REQUEST, "TEST_FAILED", reason))
        }
    }
}

/// What EMQX can do with a link and this program cannot.
pub(crate) fn no_operation(operation: &str) -> Problem {
    if operation == "stop" {
        let message = "`stop` is not there: disable it with PUT …/enable/false";
        return Problem::new(StatusCode::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", message);
    }
    Problem::bad_request("operation: use `start` or `restart`")
}

async fn all(app: &App) -> Result<Vec<ConnectorEntry>, Problem> {
    let catalogue = app.services.catalogue.clone();
    blocking(move || catalogue.connectors()).await
}

async fn find(app: &App, id: String) -> Result<ConnectorEntry, Problem> {
    let catalogue = app.services.catalogue.clone();
    let missing = format!("there is no connector `{id}`");
    let found = blocking(move || catalogue.connector(&id)).await?;
    found.ok_or_else(|| Problem::not_found(missing))
}

fn answer(app: &App, entry: &ConnectorEntry) -> Value {
    let connector = &entry.connector;
    let mut object = members(connector.to_json(Secrets::Masked));
    add(
        &mut object,
        [
            ("id", connector_id(connector).into()),
            ("type", connector.kind.type_name().into()),
            ("name", connector.name.as_str().into()),
            ("enable", connector.enabled.into()),
            ("actions", json!(entry.used_by)),
            ("problem", json!(entry.problem)),
        ],
    );
    add_owner(&mut object, &entry.owner);
    add_health(&mut object, &app.services.node, entry.health.as_ref());
    object.into()
}
