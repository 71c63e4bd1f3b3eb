//! The one task that tells of what was committed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::mpsc;

use super::committer::{Committed, fail_all};
use crate::store::flush::Flush;
use crate::store::open::in_time;

/// Publishes what jobs have to announce, and answers their callers, in the order in which they were committed. The next
/// batch is written meanwhile.
pub(super) struct Herald<A> {
    pub(super) committed: mpsc::Receiver<Committed<A>>,
    pub(super) flush: Flush,
    pub(super) publish: Box<dyn Fn(Vec<A>) + Send>,
}

impl<A: Send + 'static> Herald<A> {
    /// Wakes for: a batch that is committed. Ends when the committer has, and everything is told.
    pub(super) async fn run(mut self) {
        while let Some(committed) = self.committed.recv().await {
            match in_time(self.flush.done()).await {
                Ok(()) => self.tell(committed),
                Err(error) => fail_all(committed.jobs, &error),
            }
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
