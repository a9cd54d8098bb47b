//! What every request passes on its way in and every answer on its way out. It does not know paths.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, http};

use crate::body::BODY_BYTES_MAX;
use crate::problem::Problem;

/// Bounds requests, and gives every refusal its one form.
pub(crate) fn wrap(router: Router) -> Router {
    router
        .fallback(no_such_path)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(shape))
        .layer(from_fn(within_time))
        .layer(from_fn(contain_panic))
}

async fn no_such_path(uri: http::Uri) -> Problem {
    let path = uri.path().chars().take(PATH_CHARS_MAX).collect::<String>();
    Problem::not_found(format!("there is no path `{path}`; /api-docs/openapi.json lists all"))
}

/// Gives what a library refused the form that all refusals have.
async fn shape(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let response = next.run(request).await;
    let (status, kind) = (response.status(), response.headers().get(header::CONTENT_TYPE));
    let is_json = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !(status.is_client_error() || status.is_server_error()) || is_json {
        return private(response);
    }
    let (head, body) = response.into_parts();
    let text = to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let message = if status == StatusCode::METHOD_NOT_ALLOWED {
        format!("{method} is not for this path; its `Allow` header lists what is")
    } else if text.is_empty() {
        status.canonical_reason().unwrap_or("refused").to_lowercase()
    } else {
        text
    };
    let mut shaped = Problem::of_status(status, message).into_response();
    if let Some(allow) = head.headers.get(header::ALLOW) {
        shaped.headers_mut().insert(header::ALLOW, allow.clone());
    }
    private(shaped)
}

/// Answers hold what is nobody else's business.
fn private(mut response: Response<Body>) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn within_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = format!(
                "no answer within {} s; what was asked may still be done",
                REQUEST_TIMEOUT.as_secs()
            );
            Problem::of_status(StatusCode::SERVICE_UNAVAILABLE, message).into_response()
        }
    }
}

/// A mistake in this program ends one request, not the endpoint.
async fn contain_panic(request: Request, next: Next) -> Response {
    let mut answer = pin!(next.run(request));
    poll_fn(move |context| {
        // After a panic the future is not polled again.
        match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(_) => {
                tracing::error!("a REST request panicked");
                Poll::Ready(Problem::panicked().into_response())
            }
        }
    })
    .await
}

/// From head to answer, body included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Of a path, in an answer.
const PATH_CHARS_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(router: Router) -> (StatusCode, String) {
        let request = Request::get("/").body(Body::empty()).unwrap();
        let response = wrap(router).oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (head.status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        async fn panics() -> &'static str {
            panic!("of bad luck")
        }
        let (status, body) = ask(Router::new().route("/", get(panics))).await;
        assert_eq!(status, 500);
        assert!(body.starts_with("{\"code\":\"INTERNAL_ERROR\","), "{body}");
        assert!(!body.contains("of bad luck"), "{body}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_is_answered() {
        let (status, body) = ask(Router::new().route("/", get(std::future::pending::<()>))).await;
        assert_eq!(status, 503);
        assert!(body.contains("no answer within 60 s"), "{body}");
    }
}
