//! Connections that begin as a WebSocket, and polling connections that become one.

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use axum::response::Response;
use switchboard_protocol::engineio::{PROBE_PING, PROBE_PONG, UPGRADE};
use tokio::time::timeout;

use super::http::turn_away;
use super::polling::Polling;
use super::session::EngineSession;
use super::{Accept, Engine, Messages, secret_id};
use crate::realtime::connection::run;
use crate::realtime::frame::Frame;
use crate::realtime::line::Line;
use crate::realtime::peer::Peer;
use crate::realtime::websocket::{Message, Upgrade, WebSocket};

/// How long a client may take to go through with an upgrade it began.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);

impl<A: Accept> Engine<A> {
    /// Opens a connection that is a WebSocket from the start.
    pub(super) fn open_websocket(self: &Arc<Self>, upgrade: Upgrade, parts: &Parts) -> Response {
        let peer = Box::new(Peer::of(parts));
        let line = Arc::new(Line::new(self.settings.queue_bytes_max));
        let lease = match self.connections.admit(peer.address, &line.outbound) {
            Ok(lease) => lease,
            Err(why) => return turn_away(why),
        };
        let engine = Arc::clone(self);
        upgrade.grant(&self.tasks, self.settings.payload_bytes_max, async move |mut socket| {
            line.send(engine.handshake(&secret_id(), &[]));
            let messages = engine.accept.accept(peer, Arc::clone(&line), lease.id());
            let mut session = EngineSession { messages, line: Arc::clone(&line) };
            let allowance = &engine.settings.allowance;
            let close = run(&mut socket, &mut session, &line, allowance, lease.postman()).await;
            // The peer does not wait for what its end leaves to be done.
            drop(socket);
            Box::pin(session.messages.ended(close)).await;
            drop(lease);
        })
    }

    /// Lets a polling connection try a WebSocket, and go over to it when the client says so.
    ///
    /// Until then everything goes on over polling; a WebSocket that fails changes nothing.
    pub(super) fn probe(self: &Arc<Self>, upgrade: Upgrade, polling: Arc<Polling>) -> Response {
        upgrade.grant(&self.tasks, self.settings.payload_bytes_max, async move |mut socket| {
            if !polling.begin_upgrade() {
                return;
            }
            match timeout(UPGRADE_TIMEOUT, shake_hands(&mut socket, &polling)).await {
                Ok(Some(())) => polling.finish_upgrade(socket).await,
                _ => polling.abandon_upgrade(),
            }
        })
    }
}

/// The probe: `2probe`, `3probe`, and, once the client has stopped polling, `5`.
async fn shake_hands(socket: &mut WebSocket, polling: &Polling) -> Option<()> {
    expect(socket, PROBE_PING).await?;
    socket.wire().send(&Frame::text(PROBE_PONG)).await.ok()?;
    // The client waits for its poll to come back before it says that it is ready.
    polling.release_poll();
    expect(socket, UPGRADE).await
}

async fn expect(socket: &mut WebSocket, packet: &str) -> Option<()> {
    match socket.receive().await.ok()? {
        Message::Text(text) if text == packet => Some(()),
        _ => None,
    }
}
