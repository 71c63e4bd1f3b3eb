//! What the nodes of an installation remember together, where there may be several.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::Services;

/// A memory that all nodes share. A node that does not reach it in time goes by its own.
pub trait SharedMemory: Send + Sync + 'static {
    /// Counts one for a key, as a sliding window does; what is refused is not counted. `None` where
    /// the memory does not answer: whether one was counted is not known then.
    fn count<'a>(&'a self, quota: &'a Quota<'a>) -> BoxFuture<'a, Option<Counted>>;

    /// Notes that something was seen, and remembers it for `keep_ms` from the first time on. `None`
    /// where the memory does not answer.
    fn see<'a>(&'a self, what: &'a str, keep_ms: i64) -> BoxFuture<'a, Option<Sighting>>;
}

/// So many for one key in any window of that length.
#[derive(Clone, Copy, Debug)]
pub struct Quota<'a> {
    /// What is counted.
    pub name: &'static str,
    /// Whose it is. May be personal: it is not to be kept as it is.
    pub key: &'a str,
    /// How many; at least one.
    pub max: usize,
    /// The length of the window.
    pub window_ms: i64,
}

/// What came of counting one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Whether there was room for it.
    pub admitted: bool,
    /// For how many more there is room at once.
    pub remaining: usize,
    /// When the oldest that counts no longer does, from now.
    pub frees_in_ms: i64,
}

/// Whether something was seen before, on any node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// This is the first time.
    First,
    /// It was seen so many milliseconds ago for the first time.
    Again(i64),
}

impl Services {
    /// From now on this node remembers together with others. Only the first memory counts.
    pub fn share(&self, memory: Arc<dyn SharedMemory>) {
        let _ = self.inner.shared.set(memory);
    }

    /// What this node shares with others; `None` where there are no others.
    #[must_use]
    pub fn shared_memory(&self) -> Option<&dyn SharedMemory> {
        self.inner.shared.get().map(|memory| &**memory)
    }
}
