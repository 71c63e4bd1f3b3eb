//! Engine.IO protocol 4: WebSocket and HTTP long-polling as one kind of connection.
//!
//! - [`http`]: what a request to the path wants, and the refusals;
//! - [`websocket`]: connections that begin as a WebSocket, and upgrades;
//! - [`polling`]: connections carried by GET and POST requests;
//! - [`polling_session`]: the session of such a connection, also after its upgrade;
//! - [`session`]: packets to messages, and pongs to signs of life.

mod http;
mod polling;
mod polling_session;
mod session;
mod websocket;

use std::collections::HashMap;
use std::fmt;
use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use switchboard_protocol::engineio::Handshake;
use switchboard_rooms::ConnectionId;
use tokio_util::task::TaskTracker;

use self::polling::Polling;
use super::close::Close;
use super::connection::Allowance;
use super::connections::Connections;
use super::line::Line;
use super::peer::Peer;
use crate::domain::secrets::random_id;

/// What a protocol on top of Engine.IO does with its messages.
pub trait Messages: Send + 'static {
    /// Handles a text message; the next is not read before it has its place.
    fn text(&mut self, text: &str) -> impl Future<Output = Result<(), Close>> + Send;
    /// Handles a binary message.
    fn binary(&mut self, bytes: Bytes) -> impl Future<Output = Result<(), Close>> + Send;
    /// Whether answers to messages that were handled are still to come.
    fn owes(&self) -> bool {
        false
    }
    /// Gives the first of those answers, once there is one. It may be given up at any moment, and asked again.
    fn settle(&mut self) -> impl Future<Output = ()> + Send {
        ready(())
    }
    /// The connection is no more. Called exactly once for each connection.
    fn ended(&mut self, close: Close) -> impl Future<Output = ()> + Send;
}

/// Begins a protocol on each new connection.
pub trait Accept: Send + Sync + 'static {
    /// The protocol.
    type Messages: Messages;
    /// A connection was opened: `peer` by `line`, known to rooms as `id`.
    fn accept(&self, peer: Box<Peer>, line: Arc<Line>, id: ConnectionId) -> Self::Messages;
}

/// The numbers of one Engine.IO endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Heartbeat and rates.
    pub allowance: Allowance,
    /// The largest message or polling body that is taken, in bytes.
    pub payload_bytes_max: usize,
    /// What may wait for one connection, in bytes.
    pub queue_bytes_max: usize,
}

/// One Engine.IO endpoint: answers every request to its path.
pub struct Engine<A: Accept> {
    accept: A,
    settings: Settings,
    connections: Arc<Connections>,
    tasks: TaskTracker,
    /// The connections that are, or began as, long-polling, by their secret id.
    polling: Mutex<HashMap<String, Arc<Polling>>>,
}

impl<A: Accept> fmt::Debug for Engine<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl<A: Accept> Engine<A> {
    /// An endpoint whose connections count among `connections` and run on `tasks`.
    pub fn new(
        accept: A,
        settings: Settings,
        connections: Arc<Connections>,
        tasks: TaskTracker,
    ) -> Arc<Self> {
        Arc::new(Self { accept, settings, connections, tasks, polling: Mutex::default() })
    }

    /// The first packet of a connection.
    fn handshake(&self, sid: &str, upgrades: &[&str]) -> String {
        let heartbeat = self.settings.allowance.heartbeat;
        let millis = |it: std::time::Duration| u64::try_from(it.as_millis()).unwrap_or(u64::MAX);
        Handshake {
            sid,
            upgrades,
            ping_interval_ms: millis(heartbeat.interval),
            ping_timeout_ms: millis(heartbeat.timeout),
            payload_bytes_max: self.settings.payload_bytes_max,
        }
        .encode()
    }
}

/// A transport's id: whoever knows it can read and write for the connection, so it is a secret
/// and has nothing to do with any id that others see.
fn secret_id() -> String {
    random_id(18)
}
