//! `/rule_files`: rule files that are uploaded as they are. It does not know what stands in them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use sluice_catalogue::RuleFileEntry;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::TextBody;
use crate::problem::Problem;
use crate::services::{Shared, blocking};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read, put, delete))
}

/// Lists the uploaded rule files.
#[utoipa::path(
    get, path = "/rule_files", tag = "rule files", responses((status = 200, body = [Value]))
)]
async fn list(State(app): State<Shared>) -> Result<Json<Vec<Value>>, Problem> {
    let catalogue = app.services.catalogue.clone();
    let files = blocking(move || catalogue.rule_files()).await?;
    Ok(Json(files.iter().map(answer).collect()))
}

/// Reads an uploaded rule file, as it was sent, passwords included: administrators only.
#[utoipa::path(
    get, path = "/rule_files/{name}", tag = "rule files", params(("name" = String, Path)),
    responses((status = 200, body = String, content_type = "application/toml"))
)]
async fn read(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<([(HeaderName, HeaderValue); 1], String), Problem> {
    let catalogue = app.services.catalogue.clone();
    let missing = format!("there is no uploaded rule file `{name}`");
    let text = blocking(move || catalogue.rule_file(&name)).await?;
    let text = text.ok_or_else(|| Problem::not_found(missing))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/toml"))], text))
}

/// Uploads a rule file, in the place of the one that may be there. Where anything in it is wrong
/// the answer says where (422) and nothing changes.
#[utoipa::path(
    put, path = "/rule_files/{name}", tag = "rule files", params(("name" = String, Path)),
    request_body(content = String, content_type = "application/toml"),
    responses((status = 200, body = Value))
)]
async fn put(
    State(app): State<Shared>,
    Path(name): Path<String>,
    TextBody(text): TextBody,
) -> Result<Json<Value>, Problem> {
    let catalogue = app.services.catalogue.clone();
    let file = blocking(move || catalogue.put_rule_file(&name, &text)).await??;
    Ok(Json(answer(&file)))
}

/// Removes an uploaded rule file with its rules and connectors.
#[utoipa::path(
    delete, path = "/rule_files/{name}", tag = "rule files", params(("name" = String, Path)),
    responses((status = 204))
)]
async fn delete(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let catalogue = app.services.catalogue.clone();
    blocking(move || catalogue.delete_rule_file(&name)).await??;
    Ok(StatusCode::NO_CONTENT)
}

fn answer(file: &RuleFileEntry) -> Value {
    json!({
        "name": file.name,
        "rules": file.rules,
        "connectors": file.connectors,
        "bytes": file.bytes,
        "warnings": file.warnings,
    })
}
