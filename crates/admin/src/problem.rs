//! The one form of an answer that says no: a status, and `{"code", "message"}` as its body. It does
//! not know what was asked.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::credentials::ChangeError;
use crate::error_codes;

/// An answer that says no.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    code: &'static str,
    message: String,
    /// Boxed: few problems have one, and all are handed around.
    header: Option<Box<(HeaderName, HeaderValue)>>,
}

/// The body of every answer that is no success.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ProblemBody {
    /// What kind of problem it is: one of those that `/error_codes` lists.
    #[schema(example = "BAD_REQUEST")]
    code: String,
    /// What is wrong, where, and how to mend it.
    message: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        debug_assert!(error_codes::CODES.iter().any(|(known, _)| *known == code), "{code}");
        Self { status, code, message: message.into(), header: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// Who did not say who they are is told how to.
    pub(crate) fn unauthorized(code: &'static str, message: impl Into<String>) -> Self {
        let schemes = HeaderValue::from_static("Basic realm=\"sluice\", Bearer");
        Self::new(StatusCode::UNAUTHORIZED, code, message)
            .with_header(header::WWW_AUTHENTICATE, schemes)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "UNAUTHORIZED_ROLE", message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", message)
    }

    pub(crate) fn panicked() -> Self {
        Self::internal("the request met a mistake of this program; its log says more")
    }

    pub(crate) fn stopping() -> Self {
        let message = "the node is stopping";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", message)
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some(Box::new((name, value)));
        self
    }

    /// For an answer that some library gave as text.
    pub(crate) fn of_status(status: StatusCode, message: impl Into<String>) -> Self {
        let code = CODES.iter().find(|(number, _)| *number == status.as_u16());
        Self::new(status, code.map_or("BAD_REQUEST", |(_, code)| code), message)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody { code: self.code.to_owned(), message: self.message };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(header) = self.header {
            let (name, value) = *header;
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        let (status, code) = match &error {
            ChangeError::Exists(_) => (StatusCode::BAD_REQUEST, "ALREADY_EXISTS"),
            ChangeError::NoUser(_) => (StatusCode::NOT_FOUND, "USER_NOT_FOUND"),
            ChangeError::NoApiKey(_) => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            ChangeError::LastAdministrator => (StatusCode::BAD_REQUEST, "NOT_ALLOWED"),
            ChangeError::TooMany => (StatusCode::BAD_REQUEST, "EXCEED_LIMIT"),
            ChangeError::Secret(_) | ChangeError::Unwritable(_) => {
                tracing::error!(%error, "credentials not changed");
                (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR")
            }
        };
        Self::new(status, code, error.to_string())
    }
}

/// What libraries answer on their own.
const CODES: &[(u16, &str)] = &[
    (404, "NOT_FOUND"),
    (405, "METHOD_NOT_ALLOWED"),
    (408, "REQUEST_TIMEOUT"),
    (413, "PAYLOAD_TOO_LARGE"),
    (415, "UNSUPPORTED_MEDIA_TYPE"),
    (500, "INTERNAL_ERROR"),
    (503, "SERVICE_UNAVAILABLE"),
];
