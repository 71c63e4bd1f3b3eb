//! Pages of any origin may use the fallbacks, as they may open a WebSocket.
//!
//! Credentials are allowed because SockJS sends its requests with them. Nothing here looks at a cookie:
//! who a client is, is told by signatures in its frames; which origins an application wants is checked
//! when the session opens.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    CACHE_CONTROL, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

/// Some browsers keep even the answers to POSTs.
pub(super) const NO_CACHE: [(HeaderName, &str); 1] =
    [(CACHE_CONTROL, "no-store, no-cache, no-transform, must-revalidate, max-age=0")];

/// A year: what is allowed here does not change.
const ALLOWED_SECONDS: &str = "31536000";

/// What a request says of the page that it comes from.
#[derive(Debug)]
pub(super) struct CrossOrigin {
    origin: Option<HeaderValue>,
    headers: Option<HeaderValue>,
}

impl CrossOrigin {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        Self {
            origin: headers.get(ORIGIN).cloned(),
            headers: wanted.filter(|headers| !headers.is_empty()),
        }
    }

    /// Lets the page read the answer.
    pub(super) fn allow(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        match self.origin {
            Some(origin) => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                let allowed = HeaderValue::from_static("true");
                headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, allowed);
            }
            None => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            }
        }
        headers.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(wanted) = self.headers {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted);
        }
        response
    }
}

/// Answers the question whether a request may be sent.
pub(super) fn preflight(method: &Method) -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, format!("OPTIONS, {method}")),
        (ACCESS_CONTROL_MAX_AGE, ALLOWED_SECONDS.to_owned()),
        (CACHE_CONTROL, format!("public, max-age={ALLOWED_SECONDS}")),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
