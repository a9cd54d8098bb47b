//! What a request carries, read within bounds of size and time. It does not know what it means.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// The body, read from JSON.
pub(crate) struct JsonBody<T>(pub(crate) T);

/// The body as it came, which the head says is JSON.
pub(crate) struct JsonBytes(pub(crate) Bytes);

/// The body as text.
pub(crate) struct TextBody(pub(crate) String);

/// Bytes of a body at most.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let JsonBytes(bytes) = JsonBytes::from_request(request, state).await?;
        let value = serde_json::from_slice(&bytes);
        value.map(Self).map_err(|error| Problem::bad_request(format!("body: {error}")))
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let message = "send JSON, with `Content-Type: application/json`";
            return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        bytes(request, state).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for TextBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = bytes(request, state).await?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let at = error.valid_up_to();
            Problem::bad_request(format!("body: no UTF-8 text from byte {at} on"))
        })?;
        Ok(Self(text.to_owned()))
    }
}

async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let read = tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, state)).await;
    let Ok(read) = read else {
        let message = format!("the body did not come within {} s", BODY_TIMEOUT.as_secs());
        return Err(Problem::of_status(StatusCode::REQUEST_TIMEOUT, message));
    };
    read.map_err(|rejection| {
        let status = rejection.into_response().status();
        let message = if status == StatusCode::PAYLOAD_TOO_LARGE {
            format!("the body is longer than {BODY_BYTES_MAX} bytes")
        } else {
            "the body did not come whole".to_owned()
        };
        Problem::of_status(status, message)
    })
}

/// `application/json`, `application/…+json`, with or without parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = value.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = media_type.split_once('/') else { return false };
    let subtype = subtype.to_ascii_lowercase();
    kind.eq_ignore_ascii_case("application") && (subtype == "json" || subtype.ends_with("+json"))
}

/// How long a body may take to come.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
