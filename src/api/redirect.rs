//! Sending a browser elsewhere.

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

/// 302, as the documents have it; the framework's own redirect is 303.
pub(super) fn found(path: &str) -> Response {
    (StatusCode::FOUND, [(LOCATION, path)]).into_response()
}
