//! SockJS over a WebSocket: a session of its own with one answer, which lasts as long as it does.
//!
//! The client sends arrays of strings, and gets the lines that other transports get.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use switchboard_protocol::pusher::fallback::decode_messages;
use switchboard_protocol::websocket::{CloseFrame, close_code};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::answer::{Answer, Dress, WhenFull};
use super::exchange::Exchange;
use super::session::{Opening, serve};
use super::{Fallback, HEARTBEAT, TEXT};
use crate::realtime::close::Close;
use crate::realtime::frame::Frame;
use crate::realtime::line::Line;
use crate::realtime::peer::Peer;
use crate::realtime::websocket::{Message, Upgrade, WebSocket, Wire};

impl Fallback {
    /// Answers a request for a WebSocket.
    pub(super) fn upgrade(self: Arc<Self>, request: Request) -> Response {
        let (mut parts, _) = request.into_parts();
        let Some(upgrade) = Upgrade::of(&mut parts) else {
            let why = "Can \"Upgrade\" only to \"WebSocket\".";
            return (StatusCode::BAD_REQUEST, TEXT, why).into_response();
        };
        let settings = self.endpoint.settings;
        let opening = Opening { hello: None, peer: Peer::of(&parts) };
        let tasks = self.endpoint.tasks.clone();
        upgrade.grant(&tasks, settings.payload_bytes_max, async move |socket| {
            let line = Arc::new(Line::new(settings.queue_bytes_max));
            let (exchange, hands) = Exchange::new(Arc::clone(&line));
            let (answer, lines) =
                Answer::new(Dress::Messages, usize::MAX, WhenFull::Ends, HEARTBEAT);
            let attached = exchange.attach(answer).await;
            let wire = Arc::clone(socket.wire());
            let reading = read(socket, &exchange);
            let serving = serve(&self.endpoint, line, hands, opening, reading);
            let writing = write(&wire, lines, settings.allowance.write_timeout);
            if attached.is_ok() {
                tokio::join!(serving, writing);
            }
        })
    }
}

/// Hands over what comes, until the client goes away or says what cannot be read.
async fn read(mut socket: WebSocket, exchange: &Exchange) -> Close {
    loop {
        let text = match socket.receive().await {
            Ok(Message::Text(text)) => text,
            Ok(Message::Sign) => continue,
            Ok(Message::Binary(_)) => return Close::NotText,
            Err(close) => return close,
        };
        if text.is_empty() {
            continue;
        }
        let Ok(messages) = decode_messages(&text) else { return Close::ParseError };
        if exchange.deliver(messages).await.is_err() {
            return Close::PeerGone;
        }
    }
}

/// Sends each line as a message, and closes after the last one.
async fn write(wire: &Wire, mut lines: mpsc::Receiver<Bytes>, write_timeout: Duration) {
    while let Some(line) = lines.recv().await {
        let Ok(text) = std::str::from_utf8(&line) else { return };
        let frame = Frame::text(text);
        let sent = timeout(write_timeout, wire.send(&frame)).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
    // What was to be said was said in the last line.
    let close = CloseFrame { code: close_code::NORMAL, reason: "Normal closure".into() };
    let frame = Frame::close(Some(&close));
    let _ = timeout(write_timeout, wire.send(&frame)).await;
}
