//! The one task that tells of what was committed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::mpsc;

use super::committer::Batch;

/// Publishes what jobs have to announce, and answers their callers, in the order in which they were committed. The next
/// batch is written meanwhile.
pub(super) struct Herald<A> {
    pub(super) committed: mpsc::Receiver<Batch<A>>,
    pub(super) publish: Box<dyn Fn(Vec<A>) + Send>,
}

impl<A: Send + 'static> Herald<A> {
    /// Wakes for: a batch that is committed. Ends when the committer has, and everything is told.
    pub(super) async fn run(mut self) {
        while let Some(batch) = self.committed.recv().await {
            self.tell(batch);
        }
    }

    /// Publishes, then answers, caller by caller.
    fn tell(&self, batch: Batch<A>) {
        let mut publish = |announcements| {
            let publish = || (self.publish)(announcements);
            if catch_unwind(AssertUnwindSafe(publish)).is_err() {
                tracing::error!("publishing panicked; listeners will find the gap");
            }
        };
        for job in batch {
            job.settle(&mut publish);
        }
    }
}
