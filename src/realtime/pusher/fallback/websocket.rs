//! SockJS over a WebSocket: a session of its own with one answer, which lasts as long as it does.
//!
//! The client sends arrays of strings, and gets the lines that other transports get.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade, close_code};
use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use switchboard_protocol::pusher::fallback as wire;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::answer::{Answer, Dress, WhenFull};
use super::exchange::Exchange;
use super::session::{Opening, serve};
use super::{Fallback, HEARTBEAT, TEXT};
use crate::realtime::close::Close;
use crate::realtime::connection::{Incoming, Outgoing, refused};
use crate::realtime::line::Line;
use crate::realtime::peer::Peer;

/// Read buffer of a WebSocket: most of what clients send is a subscription or a ping.
const READ_BUFFER_BYTES: usize = 1024;

impl Fallback {
    /// Answers a request for a WebSocket.
    pub(super) async fn upgrade(self: Arc<Self>, request: Request) -> Response {
        let (mut parts, _) = request.into_parts();
        let Ok(upgrade) = WebSocketUpgrade::from_request_parts(&mut parts, &()).await else {
            let why = "Can \"Upgrade\" only to \"WebSocket\".";
            return (StatusCode::BAD_REQUEST, TEXT, why).into_response();
        };
        let settings = self.endpoint.settings;
        let upgrade = upgrade
            .read_buffer_size(READ_BUFFER_BYTES)
            .max_message_size(settings.payload_bytes_max)
            .max_frame_size(settings.payload_bytes_max);
        let opening = Opening { hello: None, peer: Peer::of(&parts) };
        let token = self.endpoint.tasks.token();
        upgrade.on_upgrade(async move |socket| {
            let (sink, stream) = socket.split();
            let line = Arc::new(Line::new(settings.queue_bytes_max));
            let (exchange, hands) = Exchange::new(Arc::clone(&line));
            let (answer, lines) =
                Answer::new(Dress::Messages, usize::MAX, WhenFull::Ends, HEARTBEAT);
            let attached = exchange.attach(answer).await;
            let reading = read(stream, &exchange);
            let serving = serve(&self.endpoint, line, hands, opening, reading);
            let writing = write(sink, lines, settings.allowance.write_timeout);
            if attached.is_ok() {
                tokio::join!(serving, writing);
            }
            drop(token);
        })
    }
}

/// Hands over what comes, until the client goes away or says what cannot be read.
async fn read(mut stream: Incoming, exchange: &Exchange) -> Close {
    loop {
        let text = match stream.next().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Binary(_))) => return Close::NotText,
            Some(Ok(Message::Close(_))) | None => return Close::PeerGone,
            Some(Err(error)) => return refused(error),
        };
        if text.is_empty() {
            continue;
        }
        let Ok(messages) = wire::decode_messages(&text) else { return Close::ParseError };
        if exchange.deliver(messages).await.is_err() {
            return Close::PeerGone;
        }
    }
}

/// Sends each line as a message, and closes after the last one.
async fn write(mut sink: Outgoing, mut lines: mpsc::Receiver<Bytes>, write_timeout: Duration) {
    while let Some(line) = lines.recv().await {
        let Ok(text) = line.try_into() else { return };
        let sent = timeout(write_timeout, sink.send(Message::Text(text))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
    // What was to be said was said in the last line.
    let close = CloseFrame { code: close_code::NORMAL, reason: "Normal closure".into() };
    let _ = timeout(write_timeout, sink.send(Message::Close(Some(close)))).await;
}
