//! How a change that the catalogue refuses is answered. It does not know what was to be changed.

use axum::http::StatusCode;
use sluice_catalogue::{Refusal, RefusalKind};

use crate::problem::Problem;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = match refusal.kind {
            RefusalKind::Invalid => (StatusCode::BAD_REQUEST, "BAD_REQUEST"),
            RefusalKind::Unprocessable => {
                (StatusCode::UNPROCESSABLE_ENTITY, "UNPROCESSABLE_ENTITY")
            }
            RefusalKind::AlreadyExists => (StatusCode::BAD_REQUEST, "ALREADY_EXISTS"),
            RefusalKind::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            RefusalKind::ReadOnly => (StatusCode::CONFLICT, "CONFLICT"),
            RefusalKind::InUse => (StatusCode::BAD_REQUEST, "DEPENDENCY_EXISTS"),
            RefusalKind::Unreachable => (StatusCode::BAD_REQUEST, "TEST_FAILED"),
            RefusalKind::Failed => {
                tracing::error!(reason = %refusal.message, "a change over REST failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR")
            }
        };
        Self::new(status, code, refusal.message)
    }
}
