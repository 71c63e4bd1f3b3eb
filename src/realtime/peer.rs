//! Who is at the other end, as far as the opening HTTP request tells.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, USER_AGENT};
use axum::http::request::Parts;

use crate::client_address::{ClientAddress, OverTls};

/// What a session keeps of the request that opened its connection.
///
/// All of it is copied: a slice of the request would keep the whole read buffer of the HTTP
/// connection alive for as long as the connection lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where it comes from.
    pub address: IpAddr,
    /// The `Cookie` header.
    pub cookie: Option<String>,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The `Origin` header, that browsers send with every WebSocket.
    pub origin: Option<String>,
    /// Whether a trusted proxy says that it took the request over TLS.
    pub is_tls: bool,
    /// The `Host` header.
    pub host: Option<String>,
    /// Whether this is a client that keeps offsets, see [`keeps_offsets`].
    pub keeps_offsets: bool,
}

impl Peer {
    /// Reads what is needed of a request's head.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        let unspecified = IpAddr::from([0, 0, 0, 0]);
        let text = |name| parts.headers.get(name)?.to_str().ok().map(str::to_owned);
        Self {
            address: parts.extensions.get::<ClientAddress>().map_or(unspecified, |it| it.0),
            cookie: text(COOKIE),
            authorization: text(AUTHORIZATION),
            origin: text(ORIGIN),
            is_tls: parts.extensions.get::<OverTls>().is_some(),
            host: text(HOST),
            keeps_offsets: keeps_offsets(&parts.headers),
        }
    }
}

/// Whether the client at the other end is the JavaScript one, which keeps the offset that comes as
/// an event's last argument and ignores it otherwise.
///
/// The protocol has no word for it, and clients in other languages hand the additional argument to
/// the application: a Python handler with one parameter fails, a Dart handler gets a list. So
/// offsets go only where they are known to be understood: to browsers, to Node's HTTP client, and
/// to Node's WebSocket, which has no name but, unlike other nameless clients, offers compression.
fn keeps_offsets(headers: &HeaderMap) -> bool {
    let known = ["Mozilla/", "node", "Node", "Bun/", "Deno/"];
    match headers.get(USER_AGENT).map(|agent| agent.to_str().unwrap_or_default()) {
        Some(agent) => known.iter().any(|name| agent.starts_with(name)),
        None => headers
            .get("sec-websocket-extensions")
            .and_then(|offer| offer.to_str().ok())
            .is_some_and(|offer| offer.contains("permessage-deflate")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeps(agent: Option<&str>, extensions: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(agent) = agent {
            headers.insert(USER_AGENT, agent.parse().unwrap());
        }
        if let Some(extensions) = extensions {
            headers.insert("sec-websocket-extensions", extensions.parse().unwrap());
        }
        keeps_offsets(&headers)
    }

    #[test]
    fn offsets_go_to_javascript_clients_only() {
        let deflate = Some("permessage-deflate; client_max_window_bits");
        assert!(keeps(Some("Mozilla/5.0 (X11; Linux x86_64)"), deflate));
        assert!(keeps(Some("node-XMLHttpRequest"), None));
        assert!(keeps(None, deflate), "ws for Node");
        assert!(!keeps(None, None), "websocket-client for Python");
        assert!(!keeps(Some("Python/3.11 aiohttp/3.9"), None));
        assert!(!keeps(Some("python-requests/2.31"), None));
        assert!(!keeps(Some("Dart/3.2 (dart:io)"), deflate));
        assert!(!keeps(Some("okhttp/4.12.0"), deflate));
    }
}
