//! Every request has an id: in its answer, and in every line that is logged about it.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{counter, histogram};
use tokio::time::Instant;
use tracing::{Instrument, debug, info_span};
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const LENGTH_MAX: usize = 128;

/// Takes the id that a proxy gave the request, or makes one; puts it into the answer, and around
/// everything that is logged in between.
pub(super) async fn request_id(request: Request, next: Next) -> Response {
    let id = given(&request).unwrap_or_else(made);
    let text = id.to_str().unwrap_or_default();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = info_span!("request", request.id = text, http.method = %method, http.path = &path);
    let is_socket = path.starts_with("/socket.io");
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    span.in_scope(|| debug!(http.status = status, elapsed = ?started.elapsed(), "answered"));
    counter!("switchboard_http_requests_total", "status" => status.to_string()).increment(1);
    if !is_socket {
        // A long poll takes as long as nothing happens: that says nothing about the server.
        histogram!("switchboard_http_request_seconds").record(started.elapsed());
    }
    response.headers_mut().insert(HEADER, id);
    response
}

fn given(request: &Request) -> Option<HeaderValue> {
    let id = request.headers().get(HEADER)?;
    let text = id.to_str().ok()?;
    (!text.is_empty() && text.len() <= LENGTH_MAX).then(|| id.clone())
}

fn made() -> HeaderValue {
    HeaderValue::from_str(&Uuid::now_v7().simple().to_string())
        .expect("hexadecimal digits are a valid header value")
}
