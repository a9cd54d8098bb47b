//! `/api_key`: keys for programs. It does not know how they are kept.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::JsonBody;
use crate::credentials::{ApiKey, ApiKeyEdit, NewApiKey, Role};
use crate::problem::Problem;
use crate::services::{App, Shared, blocking};
use crate::time;
use crate::users::{check_name, check_text};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update, delete))
}

/// An API key.
#[derive(Serialize, ToSchema)]
struct ApiKeyAnswer {
    name: String,
    /// The user name of HTTP Basic.
    api_key: String,
    /// The password of HTTP Basic; in the answer to the request that made the key, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_secret: Option<String>,
    desc: String,
    enable: bool,
    role: Role,
    /// RFC 3339, or `infinity`.
    #[schema(example = "infinity")]
    expired_at: String,
    expired: bool,
    created_at: String,
}

/// An API key to be made.
#[derive(Deserialize, ToSchema)]
struct ApiKeyCreation {
    name: String,
    #[serde(default)]
    desc: String,
    #[serde(default = "enabled")]
    enable: bool,
    #[serde(default)]
    role: Role,
    /// RFC 3339, seconds since 1970, or `infinity`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "2030-01-01T00:00:00Z")]
    expired_at: Option<Value>,
}

/// What is changed of an API key; what is left out stays.
#[derive(Deserialize, ToSchema)]
struct ApiKeyUpdate {
    desc: Option<String>,
    enable: Option<bool>,
    role: Option<Role>,
    /// As when the key is made.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    expired_at: Option<Value>,
}

/// Lists the API keys, without their secrets.
#[utoipa::path(
    get, path = "/api_key", tag = "API keys", responses((status = 200, body = [ApiKeyAnswer]))
)]
async fn list(State(app): State<Shared>) -> Json<Vec<ApiKeyAnswer>> {
    let accounts = app.credentials().accounts();
    Json(accounts.api_keys.iter().map(|key| answer(&app, key, None)).collect())
}

/// Makes an API key. The answer holds its secret, which cannot be read again.
#[utoipa::path(
    post, path = "/api_key", tag = "API keys", request_body = ApiKeyCreation,
    responses((status = 200, body = ApiKeyAnswer))
)]
async fn create(
    State(app): State<Shared>,
    JsonBody(body): JsonBody<ApiKeyCreation>,
) -> Result<Json<ApiKeyAnswer>, Problem> {
    check_name("name", &body.name)?;
    check_text("desc", &body.desc)?;
    let expired_at = body.expired_at.as_ref().map_or(Ok(None), expiry)?;
    let ApiKeyCreation { name, desc, enable, role, .. } = body;
    let new = NewApiKey { name, desc, enable, role, expired_at };
    let (credentials, now) = (app.credentials().clone(), app.now());
    let (key, secret) = blocking(move || credentials.create_api_key(new, now)).await??;
    Ok(Json(answer(&app, &key, Some(secret))))
}

/// Reads an API key, without its secret.
#[utoipa::path(
    get, path = "/api_key/{name}", tag = "API keys", params(("name" = String, Path)),
    responses((status = 200, body = ApiKeyAnswer))
)]
async fn read(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<ApiKeyAnswer>, Problem> {
    match app.credentials().accounts().api_key(&name) {
        Some(key) => Ok(Json(answer(&app, key, None))),
        None => Err(Problem::not_found(format!("there is no API key `{name}`"))),
    }
}

/// Changes an API key; its secret stays.
#[utoipa::path(
    put, path = "/api_key/{name}", tag = "API keys", request_body = ApiKeyUpdate,
    params(("name" = String, Path)), responses((status = 200, body = ApiKeyAnswer))
)]
async fn update(
    State(app): State<Shared>,
    Path(name): Path<String>,
    JsonBody(body): JsonBody<ApiKeyUpdate>,
) -> Result<Json<ApiKeyAnswer>, Problem> {
    body.desc.as_deref().map_or(Ok(()), |desc| check_text("desc", desc))?;
    let expired_at = body.expired_at.as_ref().map(expiry).transpose()?;
    let edit = ApiKeyEdit { desc: body.desc, enable: body.enable, role: body.role, expired_at };
    let credentials = app.credentials().clone();
    let key = blocking(move || credentials.update_api_key(&name, edit)).await??;
    Ok(Json(answer(&app, &key, None)))
}

/// Removes an API key.
#[utoipa::path(
    delete, path = "/api_key/{name}", tag = "API keys", params(("name" = String, Path)),
    responses((status = 204))
)]
async fn delete(
    State(app): State<Shared>,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let credentials = app.credentials().clone();
    blocking(move || credentials.delete_api_key(&name)).await??;
    Ok(StatusCode::NO_CONTENT)
}

fn answer(app: &App, key: &ApiKey, secret: Option<String>) -> ApiKeyAnswer {
    let rfc3339 = |seconds| time::to_rfc3339(time::from_unix(seconds));
    ApiKeyAnswer {
        name: key.name.clone(),
        api_key: key.api_key.clone(),
        api_secret: secret,
        desc: key.desc.clone(),
        enable: key.enable,
        role: key.role,
        expired_at: key.expired_at.map_or_else(|| "infinity".to_owned(), rfc3339),
        expired: key.is_expired(app.now()),
        created_at: rfc3339(key.created_at),
    }
}

/// Seconds since 1970; none where the key lasts.
fn expiry(given: &Value) -> Result<Option<u64>, Problem> {
    let text = given.as_str();
    let time = text.and_then(time::from_rfc3339).map(time::to_unix).or_else(|| given.as_u64());
    match time {
        Some(time) => Ok(Some(time)),
        None if given.is_null() || matches!(text, Some("infinity" | "undefined")) => Ok(None),
        None => Err(Problem::bad_request(
            "expired_at: use RFC 3339 (`2030-01-01T00:00:00Z`), seconds since 1970 or `infinity`",
        )),
    }
}

/// Tells `null`, which is a value, from what is left out.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

const fn enabled() -> bool {
    true
}
