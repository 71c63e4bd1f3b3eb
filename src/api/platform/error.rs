//! Errors as the dialect gives them: a status and `{"error":"<text>"}`.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tracing::error as log_error;

use crate::domain::Invalid;
use crate::service::ServiceError;

/// What went wrong, on its way to the client.
#[derive(Debug)]
pub(super) struct Error(ServiceError);

impl<E: Into<ServiceError>> From<E> for Error {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// An error answer of the dialect.
pub(in crate::api) fn error(status: StatusCode, text: &str) -> impl IntoResponse + use<> {
    (status, Json(json!({"error": text})))
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            ServiceError::NotFound(_) => StatusCode::NOT_FOUND,
            ServiceError::Forbidden(_) => StatusCode::FORBIDDEN,
            ServiceError::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            ServiceError::Invalid(_) => StatusCode::BAD_REQUEST,
            ServiceError::Conflict(_) => StatusCode::CONFLICT,
            ServiceError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            ServiceError::Internal(source) => {
                // What the client can do nothing about is logged here, once.
                log_error!(error = %source, "a request failed");
                unavailable(&self.0)
            }
        };
        let answer = error(status, &self.0.to_string());
        if let ServiceError::TooMany { retry_after_ms } = self.0 {
            let seconds = retry_after_ms.div_ceil(1000).to_string();
            return ([(RETRY_AFTER, seconds)], answer).into_response();
        }
        answer.into_response()
    }
}

/// The status of a failure that is ours.
fn unavailable(error: &ServiceError) -> StatusCode {
    if error.may_pass() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    }
}

/// A body that is not the JSON it should be.
pub(super) fn bad_body(rejection: &JsonRejection) -> Error {
    let text = rejection.body_text();
    let why = text.split(" at line ").next().unwrap_or(&text).to_owned();
    ServiceError::Invalid(Invalid::new("body", why)).into()
}

/// A query string that cannot be read.
pub(super) fn bad_query(rejection: &QueryRejection) -> Error {
    ServiceError::Invalid(Invalid::new("query", rejection.body_text())).into()
}

pub(super) async fn method_not_allowed() -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "this path does not take this method").into_response()
}
