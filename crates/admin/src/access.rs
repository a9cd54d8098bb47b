//! Who asks, and whether they may: every request below `/api/v5` but the login passes here. It does
//! not know what is asked for beyond method and path.

mod attempts;
mod tokens;

use std::fmt;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::credentials::Role;
use crate::problem::Problem;
use crate::services::{App, Shared, instant};

pub(crate) use attempts::Attempts;
pub(crate) use tokens::{TokenRefusal, Tokens};

/// Who sent a request. Shown, it is the name without the token.
#[derive(Clone)]
pub(crate) enum Caller {
    /// Someone who has logged in; the token is kept for the logout.
    User { username: String, role: Role, token: String },
    /// A program.
    ApiKey { name: String, role: Role },
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User { username, .. } => write!(f, "user {username}"),
            Self::ApiKey { name, .. } => write!(f, "API key {name}"),
        }
    }
}

/// Lets a request through that carries a valid key or token of someone who may make it; handlers
/// find the [`Caller`] in its extensions.
pub(crate) async fn check(
    State(app): State<Shared>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let caller = caller(&app, request.headers())?;
    permit(&caller, request.method(), request.uri().path())?;
    let (method, path) = (request.method(), request.uri().path());
    if !matches!(*method, Method::GET | Method::HEAD) {
        tracing::info!(%caller, %method, path, "REST request");
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

fn caller(app: &App, headers: &HeaderMap) -> Result<Caller, Problem> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match value.and_then(|value| value.split_once(' ')) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => api_key(app, rest.trim()),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => user(app, rest.trim()),
        Some(_) | None => Err(Problem::unauthorized(
            "AUTHORIZATION_HEADER_ERROR",
            "send an API key and its secret with HTTP Basic, or a token of POST /api/v5/login as \
             Bearer",
        )),
    }
}

fn api_key(app: &App, encoded: &str) -> Result<Caller, Problem> {
    let decoded = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let found = decoded.as_deref().and_then(|pair| pair.split_once(':'));
    let key = found.and_then(|(key, secret)| app.credentials().api_key(key, secret, app.now()));
    match key {
        Some(key) => Ok(Caller::ApiKey { name: key.name, role: key.role }),
        None => Err(Problem::unauthorized(
            "BAD_API_KEY_OR_SECRET",
            "the API key or its secret is wrong, disabled or expired",
        )),
    }
}

fn user(app: &App, token: &str) -> Result<Caller, Problem> {
    let username = app.tokens().check(token, instant());
    let username = username.map_err(|refusal| match refusal {
        TokenRefusal::TimedOut => {
            Problem::unauthorized("TOKEN_TIME_OUT", "the token has expired: log in again")
        }
        TokenRefusal::Unknown => {
            Problem::unauthorized("BAD_TOKEN", "the token is not known here: log in again")
        }
    })?;
    // What a user may do is what the user may do now, not at the login.
    let role = app.credentials().accounts().user(&username).map(|user| user.role);
    let role = role.ok_or_else(|| Problem::unauthorized("BAD_TOKEN", "the user is gone"))?;
    Ok(Caller::User { username, role, token: token.to_owned() })
}

fn permit(caller: &Caller, method: &Method, path: &str) -> Result<(), Problem> {
    let (role, own) = match caller {
        Caller::User { username, role, .. } => (*role, Some(username)),
        Caller::ApiKey { role, .. } => {
            let area = path.split('/').nth(1).unwrap_or_default();
            if PEOPLE_ONLY.contains(&area) {
                let message = "API keys cannot manage users, API keys or logins";
                return Err(Problem::unauthorized("API_KEY_NOT_ALLOW", message));
            }
            (*role, None)
        }
    };
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    let is_post = *method == Method::POST;
    let is_permitted = match role {
        Role::Administrator => true,
        // The text of a file may hold passwords that are masked everywhere else.
        Role::Viewer if path.starts_with("/rule_files/") => false,
        Role::Viewer => is_read || is_post && is_own_business(path, own.map(String::as_str)),
        Role::Publisher => is_post && matches!(path, "/publish" | "/publish/bulk"),
    };
    if is_permitted {
        Ok(())
    } else {
        let may = if role == Role::Viewer { "only read" } else { "only publish" };
        Err(Problem::forbidden(format!("who has this role may {may}")))
    }
}

/// Leaving, and the own password.
fn is_own_business(path: &str, own: Option<&str>) -> bool {
    let password = own.map(|username| format!("/users/{username}/change_pwd"));
    path == "/logout" || password.is_some_and(|it| it == path)
}

/// Paths that are for people who have logged in.
const PEOPLE_ONLY: &[&str] = &["login", "logout", "users", "api_key"];
