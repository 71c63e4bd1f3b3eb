//! Refusals of the HTTP API of Pusher: a status and a text for the developer who reads it, as hosted
//! Pusher gives them. SDKs put the text into their exceptions as it stands.

use axum::http::StatusCode;
use axum::http::header::{HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use switchboard_protocol::pusher::BadRequestAuth;
use tracing::error as log_error;

use crate::service::ServiceError;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Error {
    status: StatusCode,
    text: String,
}

impl Error {
    /// 400: the request says something that it cannot.
    pub(super) fn bad_request(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    /// 401: nothing shows that it comes from the application.
    pub(super) fn unauthorized(text: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, text)
    }

    /// 403: it comes from the application, which may not do it.
    pub(super) fn forbidden(text: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, text)
    }

    /// 404: what it speaks of is not there.
    pub(super) fn not_found(text: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, text)
    }

    /// 408: it did not come to its end in time.
    pub(super) fn too_slow(text: impl Into<String>) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, text)
    }

    /// 413: it is more than the application may send at once.
    pub(super) fn too_large(text: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, text)
    }

    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    /// The same, said of one event of a batch.
    pub(super) fn of_event(self, index: usize) -> Self {
        Self { text: format!("batch[{index}]: {}", self.text), ..self }
    }

    #[cfg(test)]
    pub(super) fn status(&self) -> u16 {
        self.status.as_u16()
    }
}

impl From<ServiceError> for Error {
    fn from(error: ServiceError) -> Self {
        let status = if error.may_pass() {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        log_error!(error = ?error, "a request failed");
        Self::new(status, "the server cannot do this now; try again")
    }
}

impl From<BadRequestAuth> for Error {
    fn from(error: BadRequestAuth) -> Self {
        Self::unauthorized(error.to_string())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        // The text may repeat parts of the request; no browser is to take it for a page.
        let sniffing = [(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))];
        (self.status, sniffing, self.text + "\n").into_response()
    }
}

/// 404: no such endpoint.
pub(super) async fn nothing_here() -> Error {
    Error::not_found("the HTTP API has no such path; see the list of endpoints in docs/pusher.md")
}

/// 405: another method is needed.
pub(super) async fn method_not_allowed() -> Error {
    Error::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not take this method")
}
