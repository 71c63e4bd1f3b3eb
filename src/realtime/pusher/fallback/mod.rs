//! Pusher's sessions without a WebSocket of Pusher's own: over plain HTTP requests, and over SockJS.
//!
//! pusher-js turns to these when a WebSocket does not get through. What is said is the same, and so
//! is the session; a frame travels as a string in a line `a["…","…"]`.
//!
//! In reading order:
//!
//! - [`target`]: what a request is for, as its path tells;
//! - [`fetching`], [`sending`]: requests that fetch what waits, and requests that bring something;
//! - [`exchange`]: what the requests of one session share with its task;
//! - [`session`], [`carrier`], [`answer`]: the task, and how it writes into answers;
//! - [`websocket`]: SockJS over a WebSocket, as a session with one answer;
//! - [`frame`]: the page that SockJS asks for, and does not get;
//! - [`cross_origin`]: pages of any origin may come.

mod answer;
mod carrier;
mod cross_origin;
mod exchange;
mod fetching;
mod frame;
mod sending;
mod session;
mod sessions;
mod target;
mod websocket;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderName, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use self::cross_origin::{CrossOrigin, NO_CACHE, preflight};
use self::sessions::Sessions;
use self::target::{Side, Target, Transport};
use super::endpoint::PusherEndpoint;

/// The sessions of Pusher's clients that have no WebSocket of their own.
pub struct Fallback {
    endpoint: Arc<PusherEndpoint>,
    sessions: Sessions,
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback").finish_non_exhaustive()
    }
}

/// An answer gets a line at least this often, so that nothing in between calls it idle.
const HEARTBEAT_MS: u64 = 25_000;
const HEARTBEAT: Duration = Duration::from_millis(HEARTBEAT_MS);

/// The content type of what people may come to read.
const TEXT: [(HeaderName, &str); 1] = [(CONTENT_TYPE, "text/plain; charset=UTF-8")];

impl Fallback {
    /// Sessions that are let in as those of a WebSocket are.
    #[must_use]
    pub fn new(endpoint: Arc<PusherEndpoint>) -> Arc<Self> {
        Arc::new(Self { endpoint, sessions: Sessions::default() })
    }

    /// Takes the requests that are for it, and lets all others pass.
    pub async fn intercept(self: Arc<Self>, request: Request, next: Next) -> Response {
        match Target::of(request.uri().path()) {
            Some(target) => self.answer(target, request).await,
            None => next.run(request).await,
        }
    }

    async fn answer(self: Arc<Self>, target: Target, request: Request) -> Response {
        let cross_origin = CrossOrigin::of(request.headers());
        let method = target.method();
        let response = if request.method() == Method::OPTIONS {
            preflight(&method)
        } else if request.method() != method {
            let allow = format!("OPTIONS, {method}");
            (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, allow)]).into_response()
        } else {
            match target {
                Target::Info => info(),
                Target::Frame => frame::answer(),
                Target::Session(side) => self.serve(side, request).await,
            }
        };
        cross_origin.allow(response)
    }

    async fn serve(self: Arc<Self>, side: Side, request: Request) -> Response {
        match side.transport {
            Transport::XhrSend | Transport::JsonpSend => self.send(&side, request).await,
            Transport::WebSocket => self.upgrade(request),
            Transport::XhrStreaming
            | Transport::Xhr
            | Transport::EventSource
            | Transport::Jsonp => self.fetch(side, request).await,
        }
    }
}

/// What SockJS asks before it connects. `entropy` feeds random generators of old browsers; the interval
/// of heartbeats is read by the SockJS that comes with pusher-js, which misses them when they stop.
fn info() -> Response {
    let info = serde_json::json!({
        "websocket": true,
        "origins": ["*:*"],
        "cookie_needed": false,
        "entropy": rand::random::<u32>(),
        "server_heartbeat_interval": HEARTBEAT_MS,
    });
    let content_type = [(CONTENT_TYPE, "application/json; charset=UTF-8")];
    (NO_CACHE, content_type, info.to_string()).into_response()
}

/// A session that is not, or is no more.
fn not_found() -> Response {
    (StatusCode::NOT_FOUND, NO_CACHE, TEXT, "there is no such session").into_response()
}
