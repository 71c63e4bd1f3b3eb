//! The one task that tells of what was committed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::mpsc;

use super::committer::Committed;

/// Publishes what jobs have to announce, and answers their callers, in the order in which they were committed. The next
/// batch is written meanwhile.
pub(super) struct Herald<A> {
    pub(super) committed: mpsc::Receiver<Committed<A>>,
    pub(super) publish: Box<dyn Fn(Vec<A>) + Send>,
}

impl<A: Send + 'static> Herald<A> {
    /// Wakes for: a batch that is committed. Ends when the committer has, and everything is told.
    pub(super) async fn run(mut self) {
        while let Some(committed) = self.committed.recv().await {
            self.tell(committed);
        }
    }

    /// Publishes, then answers, caller by caller.
    fn tell(&self, committed: Committed<A>) {
        let mut publish = |announcements| {
            let publish = || (self.publish)(announcements);
            if catch_unwind(AssertUnwindSafe(publish)).is_err() {
                tracing::error!("publishing panicked; listeners will find the gap");
            }
        };
        for job in committed.jobs {
            job.settle(&mut publish);
        }
        drop(committed.underway);
    }
}
