//! From a request to a WebSocket (RFC 6455 section 4.2).

use axum::body::Body;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use switchboard_protocol::websocket::accept_key;
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::WebSocket;

/// A request for a WebSocket that can be granted.
#[derive(Debug)]
pub struct Upgrade {
    accept: String,
    on_upgrade: OnUpgrade,
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
        let on_upgrade = parts.extensions.remove::<OnUpgrade>()?;
        Some(Self { accept, on_upgrade })
    }

    /// Grants it: `serve` runs on `tasks` as soon as the answer is out, and what it holds is all that is
    /// left of the request. Messages may have `message_bytes_max` bytes.
    pub fn grant<F: Future<Output = ()> + Send>(
        self,
        tasks: &TaskTracker,
        message_bytes_max: usize,
        serve: impl FnOnce(WebSocket) -> F + Send + 'static,
    ) -> Response {
        let Self { accept, on_upgrade } = self;
        tasks.spawn(async move {
            if let Some(socket) = socket(on_upgrade, message_bytes_max).await {
                serve(socket).await;
            }
        });
        let headers = [
            (CONNECTION, HeaderValue::from_static("upgrade")),
            (UPGRADE, HeaderValue::from_static("websocket")),
        ];
        let status = StatusCode::SWITCHING_PROTOCOLS;
        (status, headers, [(SEC_WEBSOCKET_ACCEPT, accept)], Body::empty()).into_response()
    }
}

/// The connection itself, out of the hands of HTTP.
async fn socket(on_upgrade: OnUpgrade, message_bytes_max: usize) -> Option<WebSocket> {
    let upgraded = match on_upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => {
            debug!(%error, "a client was gone before it had its WebSocket");
            return None;
        }
    };
    let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
        debug!("a WebSocket was asked for on what is no TCP connection of this server");
        return None;
    };
    Some(WebSocket::new(parts.io.into_inner(), &parts.read_buf, message_bytes_max))
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|it| it.trim().eq_ignore_ascii_case(token))
}
