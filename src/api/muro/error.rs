//! Errors as the dialect gives them: a status and `{"error":{"type","message"}}`.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use axum::Json;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tracing::error as log_error;

use crate::domain::Invalid;
use crate::service::ServiceError;

/// What went wrong, on its way to the client.
#[derive(Debug)]
pub(super) struct Error {
    status: StatusCode,
    /// `error.type`
    kind: &'static str,
    message: Cow<'static, str>,
    /// Milliseconds after which the same would be let through.
    retry_after_ms: Option<u64>,
}

impl Error {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, kind, message: message.into(), retry_after_ms: None }
    }

    /// What a client reads of it: `error.type` and `error.message`.
    pub(super) fn object(&self) -> Value {
        json!({"type": self.kind, "message": self.message})
    }

    /// A request that cannot be taken as it is, with the status that says why.
    pub(super) fn refused(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status, "invalid_request_error", message)
    }

    /// What is not to be had now, and perhaps after a while.
    pub(super) fn unavailable(message: String, retry_after: Option<Duration>) -> Self {
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "api_error", message);
        let ms = retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        Self { retry_after_ms: ms, ..error }
    }

    /// What another server, which this one had to ask, has spoiled.
    pub(super) fn bad_gateway(message: String) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "api_error", message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        let message = error.to_string();
        match error {
            ServiceError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "not_found", message),
            ServiceError::Forbidden(_) => {
                Self::new(StatusCode::FORBIDDEN, "permission_error", message)
            }
            ServiceError::Unauthenticated(_) => {
                Self::new(StatusCode::UNAUTHORIZED, "authentication_error", message)
            }
            ServiceError::Invalid(_) => {
                Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
            }
            ServiceError::Conflict(_) => {
                Self::new(StatusCode::CONFLICT, "invalid_request_error", message)
            }
            ServiceError::TooMany { retry_after_ms } => {
                let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", message);
                Self { retry_after_ms: Some(retry_after_ms), ..error }
            }
            ServiceError::Internal(ref source) => {
                // What the client can do nothing about is logged here, once.
                log_error!(error = %source, "a request failed");
                Self::new(unavailable(&error), "api_error", message)
            }
        }
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        ServiceError::Invalid(invalid).into()
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let body = json!({"error": self.object()});
        let mut response = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(ms) = self.retry_after_ms {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000)));
        }
        response
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

pub(super) async fn not_found() -> Error {
    Error::new(StatusCode::NOT_FOUND, "not_found", "there is nothing at this path")
}

pub(super) async fn method_not_allowed() -> Error {
    let why = "this path does not take this method";
    Error::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request_error", why)
}
