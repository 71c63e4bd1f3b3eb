//! What a request to the path wants, and the refusals.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use switchboard_protocol::engineio::{PROTOCOL, Refusal};

use super::polling::Polling;
use super::{Accept, Engine};
use crate::realtime::connections::NotAdmitted;
use crate::realtime::websocket::Upgrade;

/// Headers of whatever a poll brings back.
pub(super) const TEXT: [(HeaderName, &str); 2] =
    [(CONTENT_TYPE, "text/plain; charset=UTF-8"), (CACHE_CONTROL, "no-store")];

#[derive(Debug, Default)]
struct Query {
    version: Option<String>,
    transport: Option<String>,
    sid: Option<String>,
}

impl Query {
    fn of(parts: &Parts) -> Self {
        let mut query = Self::default();
        let pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        for (name, value) in pairs {
            let field = match &*name {
                "EIO" => &mut query.version,
                "transport" => &mut query.transport,
                "sid" => &mut query.sid,
                _ => continue,
            };
            *field = Some(value.into_owned());
        }
        query
    }
}

impl<A: Accept> Engine<A> {
    /// Answers a request to this endpoint's path.
    ///
    /// Refusals are as in the Engine.IO protocol: status 400 with `{"code","message"}`.
    pub async fn handle(self: Arc<Self>, request: Request) -> Response {
        let (mut parts, body) = request.into_parts();
        if parts.method == Method::OPTIONS {
            return (StatusCode::NO_CONTENT, [(ALLOW, "GET, POST, OPTIONS")]).into_response();
        }
        let query = Query::of(&parts);
        let websocket = match query.transport.as_deref() {
            Some("websocket") => true,
            Some("polling") => false,
            _ => return refuse(Refusal::UnknownTransport),
        };
        let Some(sid) = query.sid else {
            return match check_handshake(&parts, query.version.as_deref()) {
                Err(refusal) => refuse(refusal),
                Ok(()) if !websocket => self.open_polling(&parts),
                Ok(()) => match Upgrade::of(&mut parts) {
                    Some(upgrade) => self.open_websocket(upgrade, &parts),
                    None => refuse(Refusal::BadRequest),
                },
            };
        };
        let Some(polling) = self.find(&sid) else { return refuse(Refusal::UnknownSession) };
        match (websocket, &parts.method) {
            (true, &Method::GET) => match Upgrade::of(&mut parts) {
                Some(upgrade) => self.probe(upgrade, polling),
                None => refuse(Refusal::BadRequest),
            },
            (false, &Method::GET) => polling.poll().await,
            (false, &Method::POST) => {
                polling.post(&parts, body, self.settings.payload_bytes_max).await
            }
            _ => refuse(Refusal::BadRequest),
        }
    }

    fn find(&self, sid: &str) -> Option<Arc<Polling>> {
        self.polling.lock().get(sid).cloned()
    }
}

fn check_handshake(parts: &Parts, version: Option<&str>) -> Result<(), Refusal> {
    if parts.method != Method::GET {
        return Err(Refusal::BadHandshakeMethod);
    }
    if version != Some(PROTOCOL) {
        return Err(Refusal::UnsupportedProtocolVersion);
    }
    Ok(())
}

/// A refusal in the words of the protocol.
pub(super) fn refuse(refusal: Refusal) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (StatusCode::BAD_REQUEST, headers, refusal.body()).into_response()
}

/// A connection that cannot be let in, however well it asked.
pub(super) fn turn_away(why: NotAdmitted) -> Response {
    let (status, message) = match why {
        NotAdmitted::TooMany => {
            (StatusCode::TOO_MANY_REQUESTS, "Too many connections from this address")
        }
        NotAdmitted::Draining => (StatusCode::SERVICE_UNAVAILABLE, "The server is about to stop"),
    };
    let code = Refusal::Forbidden.code();
    let body = format!(r#"{{"code":{code},"message":"{message}"}}"#);
    let headers = [(CONTENT_TYPE, "application/json"), (RETRY_AFTER, "1")];
    (status, headers, body).into_response()
}
