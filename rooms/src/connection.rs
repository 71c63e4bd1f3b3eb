//! What a connection is called inside one node.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// One member of rooms on this node: a socket of some protocol, as the registry knows it.
///
/// It is a number that means nothing outside this process. Clients never see it: what they are
/// told (a Socket.IO id, a Pusher `socket_id`) is made by their protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Hands out [`ConnectionId`]s, each once in the life of the process.
#[derive(Debug, Default)]
pub struct ConnectionIds(AtomicU64);

impl ConnectionIds {
    /// A name that no connection of this process has had before.
    pub fn next(&self) -> ConnectionId {
        ConnectionId(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}
