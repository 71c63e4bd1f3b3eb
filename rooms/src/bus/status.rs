//! How the bus is doing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::BusError;

/// A look at the bus, for health checks and metrics.
#[derive(Clone, Debug)]
pub struct Health {
    /// Both connections stand: what is published goes out, and what is wanted is heard.
    pub up: bool,
    /// For how long it has been so.
    pub since: Duration,
    /// The last thing that went wrong, while the bus is away.
    pub trouble: Option<String>,
    /// From this node over Redis and back, as the last heartbeat took.
    pub round_trip: Option<Duration>,
    /// Other nodes heard in the last ten seconds.
    pub nodes: usize,
    /// Topics that Redis has confirmed.
    pub subscriptions: usize,
    /// Publications that Redis has not confirmed.
    pub queued: usize,
    /// What they take in memory.
    pub queued_bytes: usize,
    /// Publications that Redis has confirmed, ever.
    pub published: u64,
    /// Publications that were dropped because the queue was full, ever.
    pub dropped: u64,
    /// Publications of other nodes handed to this one, ever.
    pub heard: u64,
    /// Publications of other nodes that came a second time and were not handed on, ever.
    pub repeated: u64,
}

/// What the two connections say of themselves.
#[derive(Debug)]
pub(super) struct Status {
    state: Mutex<State>,
    pub(super) heard: AtomicU64,
    pub(super) repeated: AtomicU64,
}

#[derive(Debug)]
struct State {
    ear: bool,
    mouth: bool,
    changed_at: Instant,
    trouble: Option<String>,
}

impl Status {
    pub(super) fn new() -> Self {
        let state = State { ear: false, mouth: false, changed_at: Instant::now(), trouble: None };
        Self { state: Mutex::new(state), heard: AtomicU64::new(0), repeated: AtomicU64::new(0) }
    }

    pub(super) fn set_ear(&self, stands: bool) {
        self.state.lock().change(|state| state.ear = stands);
    }

    pub(super) fn set_mouth(&self, stands: bool) {
        self.state.lock().change(|state| state.mouth = stands);
    }

    pub(super) fn trouble(&self, why: &BusError) {
        self.state.lock().trouble = Some(why.to_string());
    }

    pub(super) fn is_up(&self) -> bool {
        self.state.lock().is_up()
    }

    /// Whether it is up, for how long, and the trouble when it is not.
    pub(super) fn now(&self) -> (bool, Duration, Option<String>) {
        let state = self.state.lock();
        let up = state.is_up();
        (up, state.changed_at.elapsed(), state.trouble.clone().filter(|_| !up))
    }

    pub(super) fn count_heard(&self, new: bool) {
        let counter = if new { &self.heard } else { &self.repeated };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl State {
    fn is_up(&self) -> bool {
        self.ear && self.mouth
    }

    fn change(&mut self, change: impl FnOnce(&mut Self)) {
        let was_up = self.is_up();
        change(self);
        if self.is_up() != was_up {
            self.changed_at = Instant::now();
        }
    }
}
