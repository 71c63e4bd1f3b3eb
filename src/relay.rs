//! What workers have in common. Each looks what is due when a bell rings, when something that it began has
//! ended, and when it is time; told to stop, it begins nothing more and waits for what it began.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::service::ServiceError;

/// The longest time between two looks: another node's work may have become due.
pub(crate) const LOOK: Duration = Duration::from_secs(5);
/// The wait after a look that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What a worker waits for.
#[derive(Debug)]
pub(crate) struct Relay<T> {
    bell: Arc<Notify>,
    stop: CancellationToken,
    /// What was begun and has not ended.
    pub(crate) runs: JoinSet<T>,
}

/// Why a worker wakes.
#[derive(Debug)]
pub(crate) enum Woken<T> {
    /// Something may be due.
    Due,
    /// Something that it began has ended.
    Ended(Result<(Id, T), JoinError>),
    /// It is told to stop.
    Stopped,
}

impl<T: 'static> Relay<T> {
    /// Wakes at `bell`, which keeps a ring that nobody waited for.
    pub(crate) fn new(bell: Arc<Notify>, stop: CancellationToken) -> Self {
        Self { bell, stop, runs: JoinSet::new() }
    }

    /// Waits after a look, which tells how long there is nothing more to do.
    pub(crate) async fn rest(&mut self, looked: Result<Duration, ServiceError>) -> Woken<T> {
        let wait = looked.unwrap_or_else(|error| {
            warn!(%error, "cannot look what is due; it is tried again");
            AFTER_FAILURE
        });
        tokio::select! {
            () = self.bell.notified() => Woken::Due,
            Some(ended) = self.runs.join_next_with_id() => Woken::Ended(ended),
            () = sleep(wait) => Woken::Due,
            () = self.stop.cancelled() => Woken::Stopped,
        }
    }

    /// Waits for what was begun.
    pub(crate) async fn finish(mut self) {
        while self.runs.join_next().await.is_some() {}
    }
}
