//! What a connection has, whichever transport carries it at the moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::frame::{Frame, Outbound};

/// The two ends that a session and its transport share: the outgoing queue and the signs of life.
#[derive(Debug)]
pub struct Line {
    /// What waits to be sent.
    pub outbound: Arc<Outbound>,
    /// What the peer has shown of itself.
    pub pulse: Pulse,
}

impl Line {
    /// A line whose queue holds at most `queue_bytes_max` bytes.
    #[must_use]
    pub fn new(queue_bytes_max: usize) -> Self {
        Self { outbound: Arc::new(Outbound::new(queue_bytes_max)), pulse: Pulse::default() }
    }

    /// Queues a frame. A full queue ends the connection by itself, so there is nothing to handle.
    pub fn send(&self, frame: impl Into<Frame>) {
        let _ = self.outbound.push(frame.into());
    }
}

/// The signs of life of a peer, written by the session and read by the heartbeat.
#[derive(Debug, Default)]
pub struct Pulse {
    answered: AtomicBool,
    connected: AtomicBool,
    busy: AtomicBool,
}

impl Pulse {
    /// The peer answered a ping.
    pub fn answer(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// The peer said what it came for: the connect timeout is off.
    pub fn connect(&self) {
        self.connected.store(true, Ordering::Relaxed);
    }

    pub(super) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    pub(super) fn ask(&self) {
        self.answered.store(false, Ordering::Relaxed);
    }

    /// Whether the peer answered, or could not yet be heard because its last event is still being
    /// handled.
    pub(super) fn is_alive(&self) -> bool {
        self.answered.load(Ordering::Relaxed) || self.busy.load(Ordering::Relaxed)
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }
}

/// How a protocol finds out that its peer is gone.
#[derive(Clone, Copy, Debug)]
pub struct Heartbeat {
    /// From the start to the first ping, and from one ping to the next.
    pub interval: Duration,
    /// From a ping to the latest moment for its answer.
    pub timeout: Duration,
    /// From the start to the latest moment for [`Pulse::connect`].
    pub connect_timeout: Duration,
    /// What a ping looks like.
    pub ping: &'static str,
}
