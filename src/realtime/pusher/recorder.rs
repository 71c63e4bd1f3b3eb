//! What webhooks are to hear of, on its way to the database.
//!
//! What happens on a channel is recorded under the channel's lock, so that it is recorded in the order
//! in which it happened, and nothing may wait there. So it goes into a queue, and one task writes it
//! down, many at a time, again and again while the database is away. Nothing is dropped: whoever is
//! about to cause more waits first until there is room. Only what nobody decides on, such as clients that go,
//! is taken beyond that; of those there are never more than subscriptions.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::domain::{NodeId, Occurrence, OccurrenceKind, PusherApp, PusherAppId};
use crate::service::{Occurred, Services};

/// So many wait, and there is no room for more.
const ROOM: usize = 10_000;
/// Most that are written down in one transaction.
const BATCH_MAX: usize = 256;
/// The wait before another attempt to write them down.
const RETRY: Duration = Duration::from_secs(1);
/// Subscribers who miss the same channel within this time are one cache miss.
const MISSES_APART: Duration = Duration::from_secs(3);
/// Beyond so many channels, those whose miss is long past are forgotten before another is added.
const MISSES_BEFORE_SWEEP: usize = 1_000;

/// Writes down what happens on channels. A clone is another handle on the same one.
#[derive(Clone)]
pub struct Recorder {
    shared: Arc<Shared>,
    /// The one task that writes.
    tasks: TaskTracker,
}

struct Shared {
    services: Services,
    node_id: NodeId,
    queue: Mutex<Queue>,
    /// How many wait in the queue.
    waiting: AtomicUsize,
    /// Something was put into the queue.
    filled: Notify,
    /// Something was taken out of it.
    freed: Notify,
    closing: CancellationToken,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Occurred>,
    misses: Misses,
}

impl Recorder {
    /// Starts the task that writes for this node.
    #[must_use]
    pub fn start(services: Services, node_id: NodeId) -> Self {
        let shared = Arc::new(Shared {
            services,
            node_id,
            queue: Mutex::default(),
            waiting: AtomicUsize::default(),
            filled: Notify::new(),
            freed: Notify::new(),
            closing: CancellationToken::new(),
        });
        let tasks = TaskTracker::new();
        tasks.spawn(write(Arc::clone(&shared)));
        tasks.close();
        Self { shared, tasks }
    }

    /// Records what happened on a channel of `app`, after everything that was recorded before. Does
    /// nothing when none of its webhooks would hear of it.
    pub fn record(&self, app: &Arc<PusherApp>, occurrence: Occurrence) {
        if !self.shared.services.is_awaited(app, &occurrence) {
            return;
        }
        let mut queue = self.shared.queue.lock();
        if occurrence.kind == OccurrenceKind::CacheMiss
            && !queue.misses.is_news(&app.id, &occurrence.channel)
        {
            return;
        }
        queue.waiting.push_back((Arc::clone(app), occurrence));
        self.shared.waiting.store(queue.waiting.len(), Ordering::Relaxed);
        drop(queue);
        self.shared.filled.notify_one();
    }

    /// Waits until there is room for more. To be asked before anything is done that will be recorded.
    pub async fn has_room(&self) {
        loop {
            let freed = self.shared.freed.notified();
            if self.shared.waiting.load(Ordering::Relaxed) < ROOM {
                return;
            }
            freed.await;
        }
    }

    /// Writes down what is left, and ends. To be called when nothing more is recorded; waits for as
    /// long as the database is away.
    pub async fn finish(&self) {
        self.shared.closing.cancel();
        self.tasks.wait().await;
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.shared.waiting.load(Ordering::Relaxed);
        f.debug_struct("Recorder").field("waiting", &waiting).finish_non_exhaustive()
    }
}

/// Wakes for: something in the queue; the word to close, after which the queue is emptied.
async fn write(shared: Arc<Shared>) {
    loop {
        // Asked before the queue is: what was recorded before the word is then found in it.
        let is_closing = shared.closing.is_cancelled();
        let batch = shared.take();
        if !batch.is_empty() {
            shared.keep(batch.into()).await;
        } else if is_closing {
            return;
        } else {
            tokio::select! {
                () = shared.filled.notified() => {}
                () = shared.closing.cancelled() => {}
            }
        }
    }
}

impl Shared {
    fn take(&self) -> Vec<Occurred> {
        let mut queue = self.queue.lock();
        let count = queue.waiting.len().min(BATCH_MAX);
        let taken = queue.waiting.drain(..count).collect();
        self.waiting.store(queue.waiting.len(), Ordering::Relaxed);
        drop(queue);
        self.freed.notify_waiters();
        taken
    }

    async fn keep(&self, batch: Arc<[Occurred]>) {
        while let Err(error) =
            self.services.record_occurrences(self.node_id, Arc::clone(&batch)).await
        {
            warn!(%error, "what webhooks are to hear of is not kept yet; it is tried again");
            sleep(RETRY).await;
        }
    }
}

/// When cache channels were last missed.
#[derive(Default)]
struct Misses {
    last: HashMap<(PusherAppId, String), Instant>,
    sweep_at: usize,
}

impl Misses {
    /// Notes a miss, unless the same channel was missed a moment ago.
    fn is_news(&mut self, app_id: &PusherAppId, channel: &str) -> bool {
        let now = Instant::now();
        let is_recent = |last: Instant| now.duration_since(last) < MISSES_APART;
        let key = (app_id.clone(), channel.to_owned());
        if self.last.get(&key).is_some_and(|last| is_recent(*last)) {
            return false;
        }
        if self.last.len() >= self.sweep_at.max(MISSES_BEFORE_SWEEP) {
            self.last.retain(|_, last| is_recent(*last));
            self.sweep_at = self.last.len() * 2;
        }
        self.last.insert(key, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_channel_is_missed_once_however_many_come() {
        let mut misses = Misses::default();
        let app = PusherAppId::from("1");
        assert!(misses.is_news(&app, "cache-a"));
        assert!(!misses.is_news(&app, "cache-a"));
        assert!(misses.is_news(&app, "cache-b"));
        assert!(misses.is_news(&PusherAppId::from("2"), "cache-a"));
        tokio::time::advance(MISSES_APART).await;
        assert!(misses.is_news(&app, "cache-a"));
    }

    #[tokio::test(start_paused = true)]
    async fn misses_that_are_long_past_are_forgotten() {
        let mut misses = Misses::default();
        let app = PusherAppId::from("1");
        for channel in 0..MISSES_BEFORE_SWEEP {
            misses.is_news(&app, &channel.to_string());
        }
        tokio::time::advance(MISSES_APART).await;
        misses.is_news(&app, "one more");
        assert_eq!(misses.last.len(), 1);
    }
}
