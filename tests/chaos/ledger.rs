//! What was acknowledged, and what went wrong on the way.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// What was acknowledged of a message: its id in the plain form, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) id: String,
    pub(super) text: String,
}

/// Shared by all clients.
#[derive(Default)]
pub(super) struct Ledger {
    /// By conversation.
    receipts: Mutex<BTreeMap<String, Vec<Receipt>>>,
    /// How much each client knows.
    heard: Mutex<BTreeMap<String, usize>>,
    /// When connections of people were lost, after they were good.
    losses: Mutex<Vec<Instant>>,
    wrongs: Mutex<Vec<String>>,
    events: Mutex<Vec<String>>,
    pub(super) counts: Counts,
}

/// What the clients went through.
#[derive(Default)]
pub(super) struct Counts {
    /// Messages that somebody began to send.
    pub(super) written: AtomicU64,
    pub(super) acknowledged: AtomicU64,
    pub(super) heard: AtomicU64,
    /// Sends that were refused or not answered, and were tried again.
    pub(super) tried_again: AtomicU64,
    pub(super) connections: AtomicU64,
    pub(super) recovered: AtomicU64,
}

impl Ledger {
    /// A message was acknowledged.
    pub(super) fn acknowledge(&self, conversation: &str, receipt: Receipt) {
        count(&self.counts.acknowledged);
        self.receipts.lock().entry(conversation.to_owned()).or_default().push(receipt);
    }

    /// Whether everything that was written is acknowledged: nobody tries again any more.
    pub(super) fn is_quiet(&self) -> bool {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        get(&self.counts.written) == get(&self.counts.acknowledged)
    }

    /// Every acknowledgement in a conversation.
    pub(super) fn receipts(&self, conversation: &str) -> Vec<Receipt> {
        self.receipts.lock().get(conversation).cloned().unwrap_or_default()
    }

    /// A client knows so much now: messages, or members.
    pub(super) fn has_heard(&self, who: &str, count: usize) {
        self.heard.lock().insert(who.to_owned(), count);
    }

    /// How much a client knows.
    pub(super) fn heard(&self, who: &str) -> usize {
        self.heard.lock().get(who).copied().unwrap_or_default()
    }

    /// A connection that was good has ended, now.
    pub(super) fn lost_connection(&self) {
        self.losses.lock().push(Instant::now());
    }

    /// When connections that were good have ended since then.
    pub(super) fn losses_since(&self, then: Instant) -> Vec<Duration> {
        let losses = self.losses.lock();
        let since = losses.iter().filter(|at| **at >= then);
        since.map(|at| at.duration_since(then)).collect()
    }

    /// Something happened that never may.
    pub(super) fn wrong(&self, what: String) {
        self.wrongs.lock().push(what);
    }

    /// What happened that never may.
    pub(super) fn wrongs(&self) -> Vec<String> {
        self.wrongs.lock().clone()
    }

    /// Fails as soon as something has gone wrong: the logs then end near it.
    pub(super) fn assert_well(&self) {
        let wrongs = self.wrongs();
        let shown = &wrongs[..wrongs.len().min(10)];
        assert!(wrongs.is_empty(), "{} things went wrong: {shown:#?}", wrongs.len());
    }

    /// Notes a fault, and shows it to who watches, with how far everything has come.
    pub(super) fn say(&self, at: Duration, what: &str) {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let line = format!(
            "{:>7.1} s  {what}  ({} acknowledged, {} heard, {} connections)",
            at.as_secs_f32(),
            get(&self.counts.acknowledged),
            get(&self.counts.heard),
            get(&self.counts.connections),
        );
        // Who does not look is not told.
        let _ = writeln!(std::io::stderr(), "{line}");
        self.events.lock().push(line);
    }

    /// Every fault, as it was shown.
    pub(super) fn events(&self) -> Vec<String> {
        self.events.lock().clone()
    }
}

/// Adds one.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
