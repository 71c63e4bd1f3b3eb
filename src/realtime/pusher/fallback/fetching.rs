//! Requests that fetch what waits for a client. The first one opens its session.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::sync::mpsc;

use super::answer::{Answer, Dress, WhenFull, body};
use super::cross_origin::NO_CACHE;
use super::session::{Opening, serve};
use super::sessions::Found;
use super::target::{Dialect, Side, Transport};
use super::{Fallback, HEARTBEAT, TEXT, not_found};
use crate::realtime::line::Line;
use crate::realtime::peer::Peer;
use crate::realtime::pusher::hello::Hello;

/// After so many UTF-16 code units, pusher-js drops an answer and asks for another. It counts what it has
/// read, and so does the server: what would be written after that would be lost.
const PUSHER_ROOM: usize = 256 * 1024 + 1;
/// After so many, the server ends an answer to SockJS, which then asks for another.
const SOCKJS_ROOM: usize = 128 * 1024;
/// A poll has room for one line.
const ONE_LINE: usize = 1;
/// How long a script may be without a line. A page cannot take back its request for one, and a browser has
/// six connections for a server: those of clients that are gone must be free soon.
const SCRIPT_QUIET_MAX: Duration = Duration::from_secs(5);

/// Some browsers show nothing of an answer before it has so many bytes.
static XHR_PRELUDE: [u8; 2049] = {
    let mut prelude = [b'h'; 2049];
    prelude[2048] = b'\n';
    prelude
};
/// One browser swallows the first line of events.
const EVENTS_PRELUDE: &[u8] = b"\r\n";

/// The longest name of a function that a script may call.
const FUNCTION_BYTES_MAX: usize = 64;

/// Keeps nginx from holding back what a stream says, and others from guessing what it is.
const UNBUFFERED: [(HeaderName, &str); 2] =
    [(HeaderName::from_static("x-accel-buffering"), "no"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];

/// How a transport's answers look.
struct Shape {
    content_type: &'static str,
    prelude: &'static [u8],
    dress: Dress,
    room: usize,
    when_full: WhenFull,
    quiet_max: Duration,
    is_retried: bool,
}

impl Fallback {
    /// Answers with what waits, or with whatever comes.
    pub(super) async fn fetch(self: Arc<Self>, side: Side, request: Request) -> Response {
        let (parts, _) = request.into_parts();
        let query = parts.uri.query();
        let shape = match Shape::of(&side, query) {
            Ok(shape) => shape,
            Err(why) => return (StatusCode::INTERNAL_SERVER_ERROR, TEXT, why).into_response(),
        };
        let line = Arc::new(Line::new(self.endpoint.settings.queue_bytes_max));
        let exchange = match self.sessions.find_or_open(&side.session, &line) {
            Found::Open(exchange) => exchange,
            Found::New(exchange, hands) => {
                let opening = opening(&side.dialect, &parts);
                let fallback = Arc::clone(&self);
                self.endpoint.tasks.spawn(async move {
                    let never = std::future::pending();
                    serve(&fallback.endpoint, line, hands, opening, never).await;
                    fallback.sessions.close(&side.session);
                });
                exchange
            }
            Found::Full => {
                let retry = [(RETRY_AFTER, "1")];
                let why = "the server has too many sessions";
                return (StatusCode::SERVICE_UNAVAILABLE, retry, TEXT, why).into_response();
            }
        };
        let (answer, lines) = shape.answer();
        match exchange.attach(answer).await {
            Ok(()) => shape.response(lines),
            Err(_) => not_found(),
        }
    }
}

/// What opens a session: pusher-js says in its path what it wants; SockJS will say it.
fn opening(dialect: &Dialect, parts: &Parts) -> Opening {
    let hello = match dialect {
        Dialect::Pusher { key } => {
            Hello::parse(&format!("/app/{key}"), parts.uri.query()).map(|(hello, _)| hello)
        }
        Dialect::SockJs => None,
    };
    Opening { hello, peer: Peer::of(parts) }
}

impl Shape {
    fn of(side: &Side, query: Option<&str>) -> Result<Self, &'static str> {
        let script = "application/javascript; charset=UTF-8";
        let (content_type, dress) = match side.transport {
            Transport::Jsonp => (script, Dress::Calls(callback(query)?)),
            Transport::EventSource => ("text/event-stream", Dress::Events),
            _ => (script, Dress::Lines),
        };
        let (prelude, room, when_full) = match (&side.dialect, side.transport) {
            (Dialect::Pusher { .. }, Transport::XhrStreaming) => {
                (&[][..], PUSHER_ROOM, WhenFull::Waits)
            }
            (_, Transport::XhrStreaming) => (&XHR_PRELUDE[..], SOCKJS_ROOM, WhenFull::Ends),
            (_, Transport::EventSource) => (EVENTS_PRELUDE, SOCKJS_ROOM, WhenFull::Ends),
            _ => (&[][..], ONE_LINE, WhenFull::Ends),
        };
        let is_script = side.transport == Transport::Jsonp;
        let quiet_max = if is_script { SCRIPT_QUIET_MAX } else { HEARTBEAT };
        let is_retried = side.dialect == Dialect::SockJs;
        Ok(Self { content_type, prelude, dress, room, when_full, quiet_max, is_retried })
    }

    fn answer(&self) -> (Answer, mpsc::Receiver<Bytes>) {
        let dress = self.dress.clone();
        let (answer, lines) = Answer::new(dress, self.room, self.when_full, self.quiet_max);
        (if self.is_retried { answer } else { answer.not_retried() }, lines)
    }

    fn response(self, lines: mpsc::Receiver<Bytes>) -> Response {
        let content_type = [(CONTENT_TYPE, self.content_type)];
        (NO_CACHE, UNBUFFERED, content_type, body(self.prelude, lines)).into_response()
    }
}

/// The function that a script is to call. It goes into the script as it is, so it must be a name.
fn callback(query: Option<&str>) -> Result<String, &'static str> {
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let (_, name) = pairs
        .find(|(name, _)| name == "c" || name == "callback")
        .ok_or("\"callback\" parameter required")?;
    let fits = !name.is_empty() && name.len() <= FUNCTION_BYTES_MAX;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if fits && name.bytes().all(is_name) {
        Ok(name.into_owned())
    } else {
        Err("invalid \"callback\" parameter")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_calls_nothing_but_a_name() {
        assert_eq!(callback(Some("t=1&c=_jp.a12")).as_deref(), Ok("_jp.a12"));
        assert_eq!(callback(Some("callback=%63all")).as_deref(), Ok("call"));
        assert!(callback(None).unwrap_err().contains("required"));
        let long = format!("c={}", "x".repeat(65));
        for query in ["c=", "c=%20", "c=*", "c=abc(", "c=alert(1)//", "c=%C3%A4", &long] {
            assert!(callback(Some(query)).unwrap_err().contains("invalid"), "{query}");
        }
    }
}
