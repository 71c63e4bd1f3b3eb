//! From a request to a WebSocket (RFC 6455 section 4.2).

use axum::body::Body;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use switchboard_protocol::websocket::accept_key;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::WebSocket;
use crate::takeover::{Begun, Takeover};

/// A request for a WebSocket that can be granted.
#[derive(Debug)]
pub struct Upgrade {
    accept: String,
    way: Way,
}

/// How its connection is come by.
#[derive(Debug)]
enum Way {
    /// It is in nobody's hands: whoever takes it answers the request.
    Taken(Takeover),
    /// HTTP gives it away once it has written the answer.
    Given(OnUpgrade),
}

impl Upgrade {
    /// Reads a request; `None` where it does not ask for a WebSocket, or not rightly.
    pub fn of(parts: &mut Parts) -> Option<Self> {
        let headers = &parts.headers;
        let asks = parts.method == Method::GET
            && has_token(headers, &CONNECTION, "upgrade")
            && has_token(headers, &UPGRADE, "websocket")
            && headers.get(SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
        let accept = accept_key(headers.get(SEC_WEBSOCKET_KEY).filter(|_| asks)?.as_bytes());
        let taken = parts.extensions.remove().map(Way::Taken);
        let way = taken.or_else(|| parts.extensions.remove().map(Way::Given))?;
        Some(Self { accept, way })
    }

    /// Grants it: `serve` runs on `tasks`, and what it holds is all that is left of the request. Messages may have
    /// `message_bytes_max` bytes. The answer goes out ahead of the first word that is said on the connection, or when it is
    /// first listened to.
    pub fn grant<F: Future<Output = ()> + Send + 'static>(
        self,
        tasks: &TaskTracker,
        message_bytes_max: usize,
        serve: impl FnOnce(WebSocket) -> F + Send + 'static,
    ) -> Response {
        let Self { accept, way } = self;
        match way {
            Way::Taken(takeover) => {
                if let Some(Begun { stream, read }) = takeover.take() {
                    let answer = answer(&accept);
                    let socket = WebSocket::new(stream, &read, message_bytes_max, answer);
                    // Nothing around it: what waits for something else keeps room for all that it once held.
                    tasks.spawn(serve(socket));
                }
            }
            Way::Given(on_upgrade) => {
                tasks.spawn(async move {
                    if let Some(Begun { stream, read }) = given(on_upgrade).await {
                        let answered = Bytes::new();
                        serve(WebSocket::new(stream, &read, message_bytes_max, answered)).await;
                    }
                });
            }
        }
        let headers = [
            (CONNECTION, HeaderValue::from_static("upgrade")),
            (UPGRADE, HeaderValue::from_static("websocket")),
        ];
        let status = StatusCode::SWITCHING_PROTOCOLS;
        (status, headers, [(SEC_WEBSOCKET_ACCEPT, accept)], Body::empty()).into_response()
    }
}

/// The answer as it goes over the connection.
fn answer(accept: &str) -> Bytes {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into()
}

/// The connection itself, out of the hands of HTTP.
async fn given(on_upgrade: OnUpgrade) -> Option<Begun> {
    let upgraded = match on_upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => {
            debug!(%error, "a client was gone before it had its WebSocket");
            return None;
        }
    };
    let Ok(parts) = upgraded.downcast::<TokioIo<Begun>>() else {
        debug!("a WebSocket was asked for on what is no TCP connection of this server");
        return None;
    };
    // HTTP has read all that was read before it, and says what it did not need.
    Some(Begun { stream: parts.io.into_inner().stream, read: parts.read_buf })
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|it| it.trim().eq_ignore_ascii_case(token))
}
