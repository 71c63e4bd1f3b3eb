//! What a connection has, whichever transport carries it at the moment.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio::time::Instant;

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

/// From when on moments are counted.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Whole milliseconds from [`EPOCH`] to this moment.
fn epoch_ms(moment: Instant) -> u64 {
    u64::try_from(moment.duration_since(*EPOCH).as_millis()).unwrap_or(u64::MAX)
}

/// The signs of life of a peer, written by the session and read by the heartbeat.
#[derive(Debug, Default)]
pub struct Pulse {
    answered: AtomicBool,
    /// Milliseconds since [`EPOCH`]: a moment in eight bytes.
    heard_ms: AtomicU64,
    connected: AtomicBool,
    busy: AtomicBool,
}

impl Pulse {
    /// The peer answered a ping.
    pub fn answer(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// Something came from the peer, whatever it was.
    pub(super) fn hear(&self) {
        self.heard_ms.store(epoch_ms(Instant::now()), Ordering::Relaxed);
    }

    /// Whether anything came from the peer since `moment`. What came in its millisecond is counted in,
    /// because a peer close by answers within one.
    pub(super) fn heard_since(&self, moment: Instant) -> bool {
        self.heard_ms.load(Ordering::Relaxed) >= epoch_ms(moment)
    }

    /// When something last came from the peer; long ago when nothing has.
    pub(super) fn heard_at(&self) -> Instant {
        *EPOCH + Duration::from_millis(self.heard_ms.load(Ordering::Relaxed))
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
    /// Whether anything that comes from the peer is a sign of life, so that only a silent one is
    /// pinged. Otherwise all are, and only [`Pulse::answer`] counts.
    pub only_the_silent: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_within_the_millisecond_of_the_question_is_one() {
        let pulse = Pulse::default();
        for _ in 0..100 {
            let asked = Instant::now();
            pulse.hear();
            assert!(pulse.heard_since(asked));
        }
    }
}
