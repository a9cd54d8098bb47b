//! `GET /error_codes`: every code that a refusal may have. It does not know who refuses.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::services::Shared;

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(error_codes))
}

/// A code and what it means.
#[derive(Clone, Copy, Serialize, ToSchema)]
struct ErrorCode {
    code: &'static str,
    description: &'static str,
}

/// Lists the codes of refusals.
#[utoipa::path(
    get, path = "/error_codes", tag = "node", responses((status = 200, body = [ErrorCode]))
)]
async fn error_codes() -> Json<Vec<ErrorCode>> {
    let told = CODES.iter().map(|(code, description)| ErrorCode { code, description });
    Json(told.collect())
}

/// By code.
pub(crate) const CODES: &[(&str, &str)] = &[
    ("ALREADY_EXISTS", "There is one of this name"),
    ("API_KEY_NOT_ALLOW", "This path is for users, not for API keys"),
    ("AUTHORIZATION_HEADER_ERROR", "The request does not say who sends it"),
    ("BAD_API_KEY_OR_SECRET", "The API key or its secret is wrong, disabled or expired"),
    ("BAD_REQUEST", "What was sent is wrong; the message says where"),
    ("BAD_TOKEN", "The token is not known"),
    ("BAD_USERNAME_OR_PWD", "The user name or the password is wrong"),
    ("CONFLICT", "A rule file owns it: it is changed there"),
    ("DEPENDENCY_EXISTS", "Something else needs it"),
    ("ERROR_PWD_NOT_MATCH", "The old password is wrong"),
    ("EXCEED_LIMIT", "There are too many already"),
    ("INTERNAL_ERROR", "A mistake of the program or trouble of the machine; the log says more"),
    ("METHOD_NOT_ALLOWED", "The path is there, the method is not"),
    ("NOT_ALLOWED", "The last administrator stays"),
    ("NOT_FOUND", "There is nothing of this name"),
    ("NOT_IMPLEMENTED", "EMQX has it, this program does not"),
    ("NOT_MATCH", "The rule does not take the event"),
    ("PAYLOAD_TOO_LARGE", "The body is too long"),
    ("REQUEST_TIMEOUT", "The body did not come in time"),
    ("SERVICE_UNAVAILABLE", "The node is stopping, or too busy to answer"),
    ("TEST_FAILED", "The outside system does not serve"),
    ("TOKEN_TIME_OUT", "The token has expired"),
    ("TOO_MANY_REQUESTS", "Too many wrong passwords; the header `Retry-After` says when to go on"),
    ("UNAUTHORIZED_ROLE", "The role may not do this"),
    ("UNPROCESSABLE_ENTITY", "A rule file with errors, or a text that would read a secret"),
    ("UNSUPPORTED_MEDIA_TYPE", "The body has to be JSON and its head has to say so"),
    ("USER_NOT_FOUND", "There is no user of this name"),
];
