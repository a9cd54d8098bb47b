//! `/users`: who may log in. It does not know how they are kept.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::body::JsonBody;
use crate::credentials::{NewUser, Role, User};
use crate::login::check_password;
use crate::problem::Problem;
use crate::services::{Shared, blocking};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
        .routes(routes!(change_password))
}

/// A user.
#[derive(Serialize, ToSchema)]
struct UserAnswer {
    username: String,
    description: String,
    role: Role,
    /// Where the password is kept: always `local`.
    backend: &'static str,
}

/// A user to be made.
#[derive(Deserialize, ToSchema)]
struct UserCreation {
    username: String,
    /// 8 to 128 characters.
    password: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    role: Role,
}

/// What is changed of a user; what is left out stays.
#[derive(Deserialize, ToSchema)]
struct UserUpdate {
    description: Option<String>,
    role: Option<Role>,
}

/// A password and the one that takes its place.
#[derive(Deserialize, ToSchema)]
struct PasswordChange {
    old_pwd: String,
    /// 8 to 128 characters.
    new_pwd: String,
}

impl From<&User> for UserAnswer {
    fn from(user: &User) -> Self {
        Self {
            username: user.username.clone(),
            description: user.description.clone(),
            role: user.role,
            backend: "local",
        }
    }
}

/// Lists the users.
#[utoipa::path(
    get, path = "/users", tag = "users", responses((status = 200, body = [UserAnswer]))
)]
async fn list(State(app): State<Shared>) -> Json<Vec<UserAnswer>> {
    Json(app.credentials().accounts().users.iter().map(UserAnswer::from).collect())
}

/// Makes a user.
#[utoipa::path(
    post, path = "/users", tag = "users", request_body = UserCreation,
    responses((status = 200, body = UserAnswer))
)]
async fn create(
    State(app): State<Shared>,
    JsonBody(body): JsonBody<UserCreation>,
) -> Result<Json<UserAnswer>, Problem> {
    check_name("username", &body.username)?;
    check_role(body.role)?;
    check_new_password("password", &body.password)?;
    check_text("description", &body.description)?;
    let UserCreation { username, password, description, role } = body;
    let new = NewUser { username, password, description, role };
    let credentials = app.credentials().clone();
    let user = app.hashing(move || credentials.create_user(new)).await??;
    Ok(Json(UserAnswer::from(&user)))
}

/// Changes description or role of a user.
#[utoipa::path(
    put, path = "/users/{username}", tag = "users", request_body = UserUpdate,
    params(("username" = String, Path)), responses((status = 200, body = UserAnswer))
)]
async fn update(
    State(app): State<Shared>,
    Path(username): Path<String>,
    JsonBody(UserUpdate { description, role }): JsonBody<UserUpdate>,
) -> Result<Json<UserAnswer>, Problem> {
    role.map_or(Ok(()), check_role)?;
    description.as_deref().map_or(Ok(()), |it| check_text("description", it))?;
    let credentials = app.credentials().clone();
    let user = blocking(move || credentials.update_user(&username, description, role)).await??;
    Ok(Json(UserAnswer::from(&user)))
}

/// Removes a user and ends the user's tokens. The last administrator stays.
#[utoipa::path(
    delete, path = "/users/{username}", tag = "users", params(("username" = String, Path)),
    responses((status = 204))
)]
async fn delete(
    State(app): State<Shared>,
    Path(username): Path<String>,
) -> Result<StatusCode, Problem> {
    let (credentials, name) = (app.credentials().clone(), username.clone());
    blocking(move || credentials.delete_user(&name)).await??;
    app.tokens().revoke_user(&username);
    app.attempts().forget(&username);
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a password and ends the user's tokens.
#[utoipa::path(
    post, path = "/users/{username}/change_pwd", tag = "users", request_body = PasswordChange,
    params(("username" = String, Path)), responses((status = 204))
)]
async fn change_password(
    State(app): State<Shared>,
    Path(username): Path<String>,
    JsonBody(PasswordChange { old_pwd, new_pwd }): JsonBody<PasswordChange>,
) -> Result<StatusCode, Problem> {
    check_new_password("new_pwd", &new_pwd)?;
    if app.credentials().accounts().user(&username).is_none() {
        let message = format!("there is no user `{username}`");
        return Err(Problem::new(StatusCode::NOT_FOUND, "USER_NOT_FOUND", message));
    }
    if !check_password(&app, &username, old_pwd).await? {
        let message = "old_pwd: that is not the password";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "ERROR_PWD_NOT_MATCH", message));
    }
    let (credentials, name) = (app.credentials().clone(), username.clone());
    app.hashing(move || credentials.set_password(&name, &new_pwd)).await??;
    app.tokens().revoke_user(&username);
    Ok(StatusCode::NO_CONTENT)
}

/// Names stand in paths and in logs.
pub(crate) fn check_name(field: &str, name: &str) -> Result<(), Problem> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.@".contains(&byte);
    let begins_well = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if begins_well && name.len() <= NAME_BYTES_MAX && name.bytes().all(is_plain) {
        return Ok(());
    }
    Err(Problem::bad_request(format!(
        "{field}: use 1 to {NAME_BYTES_MAX} letters, digits, `_`, `-`, `.` and `@`, the first a \
         letter or digit"
    )))
}

/// Text that nobody but people reads.
pub(crate) fn check_text(field: &str, text: &str) -> Result<(), Problem> {
    if text.len() <= TEXT_BYTES_MAX {
        return Ok(());
    }
    Err(Problem::bad_request(format!("{field}: at most {TEXT_BYTES_MAX} bytes")))
}

fn check_role(role: Role) -> Result<(), Problem> {
    if role == Role::Publisher {
        let message = "role: `publisher` is for API keys; users are `administrator` or `viewer`";
        return Err(Problem::bad_request(message));
    }
    Ok(())
}

fn check_new_password(field: &str, password: &str) -> Result<(), Problem> {
    if (8..=128).contains(&password.chars().count()) {
        return Ok(());
    }
    Err(Problem::bad_request(format!("{field}: use 8 to 128 characters")))
}

const NAME_BYTES_MAX: usize = 100;
const TEXT_BYTES_MAX: usize = 1024;
