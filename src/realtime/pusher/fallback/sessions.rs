//! The open sessions of a node, by the names that clients made up for them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use parking_lot::Mutex;

use super::exchange::{Exchange, Hands};
use crate::realtime::line::Line;

/// Most sessions at once. Past it, no more are opened: a client can open one before anybody knows what
/// application it is for, so no application's limit holds here.
const SESSIONS_MAX: usize = 20_000;

/// The open sessions.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: Mutex<HashMap<String, Arc<Exchange>>>,
}

/// A session, from the side of a request.
pub(super) enum Found {
    /// It was open.
    Open(Arc<Exchange>),
    /// It is open now; somebody must serve it.
    New(Arc<Exchange>, Hands),
    /// There are as many as there may be.
    Full,
}

impl Sessions {
    pub(super) fn find(&self, name: &str) -> Option<Arc<Exchange>> {
        self.open.lock().get(name).cloned()
    }

    /// Finds a session, or opens it on this line.
    pub(super) fn find_or_open(&self, name: &str, line: &Arc<Line>) -> Found {
        let mut open = self.open.lock();
        let is_full = open.len() >= SESSIONS_MAX;
        match open.entry(name.to_owned()) {
            Entry::Occupied(entry) => Found::Open(Arc::clone(entry.get())),
            Entry::Vacant(_) if is_full => Found::Full,
            Entry::Vacant(entry) => {
                let (exchange, hands) = Exchange::new(Arc::clone(line));
                Found::New(Arc::clone(entry.insert(Arc::new(exchange))), hands)
            }
        }
    }

    pub(super) fn close(&self, name: &str) {
        self.open.lock().remove(name);
    }
}
