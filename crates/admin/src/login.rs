//! `POST /login` and `POST /logout`. It does not know how passwords are hashed or tokens kept.

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Caller;
use crate::body::JsonBody;
use crate::credentials::Role;
use crate::problem::Problem;
use crate::services::{App, Shared, instant};

/// What needs no login.
pub(crate) fn open_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(login))
}

/// What ends one.
pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(logout))
}

/// A user's name and password.
#[derive(Deserialize, ToSchema)]
struct Login {
    #[schema(example = "admin")]
    username: String,
    password: String,
}

/// A login that succeeded.
#[derive(Serialize, ToSchema)]
struct LoggedIn {
    /// Sent as `Authorization: Bearer …`.
    token: String,
    /// Of the binary.
    version: &'static str,
    license: License,
    role: Role,
    /// Seconds after the last use at which the token ends.
    expires_in: u64,
}

/// What scripts written for EMQX look for.
#[derive(Serialize, ToSchema)]
struct License {
    edition: &'static str,
}

/// Changes a name and a password into a token.
///
/// Twenty wrong passwords of a user within a minute refuse further attempts for that user until the
/// minute is over (429, with `Retry-After`).
#[utoipa::path(
    post, path = "/login", tag = "login", request_body = Login, security(()),
    responses((status = 200, body = LoggedIn))
)]
async fn login(
    State(app): State<Shared>,
    JsonBody(Login { username, password }): JsonBody<Login>,
) -> Result<Json<LoggedIn>, Problem> {
    let is_right = check_password(&app, &username, password).await?;
    let role = app.credentials().accounts().user(&username).map(|user| user.role);
    let (true, Some(role)) = (is_right, role) else {
        return Err(Problem::unauthorized(
            "BAD_USERNAME_OR_PWD",
            "the user name or the password is wrong",
        ));
    };
    let token = app.tokens().issue(&username, instant());
    Ok(Json(LoggedIn {
        token: token.map_err(|error| Problem::internal(error.to_string()))?,
        version: app.services.version,
        license: License { edition: "opensource" },
        role,
        expires_in: app.services.token_expiry.as_secs(),
    }))
}

/// Ends the token that the request carries.
#[utoipa::path(post, path = "/logout", tag = "login", responses((status = 204)))]
async fn logout(State(app): State<Shared>, Extension(caller): Extension<Caller>) -> StatusCode {
    match caller {
        Caller::User { token, .. } => app.tokens().revoke(&token),
        // Turned away before.
        Caller::ApiKey { .. } => {}
    }
    StatusCode::NO_CONTENT
}

/// Whether that is the user's password: slow, a few at a time, and not too often for one user.
pub(crate) async fn check_password(
    app: &App,
    username: &str,
    password: String,
) -> Result<bool, Problem> {
    let admitted = app.attempts().admit(username, instant());
    admitted.map_err(|wait| {
        let seconds = wait.as_secs() + 1;
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "TOO_MANY_REQUESTS",
            format!("too many wrong passwords for this user: try again in {seconds} s"),
        )
        .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    })?;
    let (credentials, name) = (app.credentials().clone(), username.to_owned());
    let is_right = app.hashing(move || credentials.is_password(&name, &password)).await?;
    if is_right {
        app.attempts().succeeded(username);
    } else {
        tracing::warn!(%username, "REST login refused");
    }
    Ok(is_right)
}
