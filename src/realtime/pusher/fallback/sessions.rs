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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_sessions_are_opened_than_there_may_be() {
        let sessions = Sessions::default();
        let line = Arc::new(Line::new(1000));
        for number in 0..SESSIONS_MAX {
            let opened = sessions.find_or_open(&number.to_string(), &line);
            assert!(matches!(opened, Found::New(..)));
        }
        assert!(matches!(sessions.find_or_open("0", &line), Found::Open(_)));
        assert!(matches!(sessions.find_or_open("more", &line), Found::Full));
        sessions.close("0");
        assert!(matches!(sessions.find_or_open("more", &line), Found::New(..)));
        assert!(sessions.find("0").is_none());
    }
}
