//! Group commit: everyone who wants to write at the same moment shares one transaction and one wait
//! for the disk.
//!
//! One task, the committer, takes what is queued, runs it in one transaction, and commits. Another, the herald, takes
//! what is committed, and job by job in the order of the queue first publishes what the job has to announce and then
//! answers its caller; meanwhile the next transaction runs. A caller that is gone by then loses nothing, and
//! announcements leave in commit order.
//!
//! A job that is refused before it wrote anything costs its neighbours nothing. A job that fails
//! after writing spoils the transaction: it is rolled back, and every job of it runs again alone.
//!
//! Most jobs cost statements of their own. What is asked for often is [`JointWork`]: all such jobs of an organization
//! that come into the same batch are done as one, in as many statements as one of them alone.

mod coming;
mod committer;
mod herald;
mod job;
mod joint;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::fold::Folding;
use super::{Store, StoreError, Tx};
use crate::domain::OrganizationId;
pub use coming::Coming;
use committer::Committer;
use herald::Herald;
use job::{Job, Pending};
use joint::Joint;
pub use joint::{JointResults, JointWork};

/// How much the committer takes on.
#[derive(Clone, Copy, Debug)]
pub struct GroupCommitLimits {
    /// Most jobs that wait; a caller beyond them waits for a place.
    pub queue_max: usize,
    /// Most jobs that share a transaction.
    pub batch_max: usize,
    /// How long a caller waits for a place before it is told `Unavailable`.
    pub patience: Duration,
}

impl Default for GroupCommitLimits {
    fn default() -> Self {
        Self { queue_max: 4_096, batch_max: 256, patience: Duration::from_secs(5) }
    }
}

/// What a job has done: a value for its caller, and what the world is to hear once it is committed.
#[derive(Debug)]
pub struct Done<T, A> {
    /// For the caller.
    pub value: T,
    /// For the world, in order.
    pub announcements: Vec<A>,
}

impl<T, A> Done<T, A> {
    /// Nothing to announce.
    pub fn quietly(value: T) -> Self {
        Self { value, announcements: Vec::new() }
    }
}

/// A job that has its place in the queue, and runs whether anybody waits for it or not.
#[derive(Debug)]
#[must_use = "nobody hears whether it is kept"]
pub struct Submitted<T, E>(oneshot::Receiver<Result<T, E>>);

impl<T, E: From<StoreError>> Submitted<T, E> {
    /// What came of it, once it is committed and announced.
    ///
    /// # Errors
    /// What the work says; or, by way of `E`, `Unavailable` when nothing is known to be kept.
    pub async fn done(self) -> Result<T, E> {
        self.0.await.unwrap_or_else(|_| Err(unavailable("the server is shutting down").into()))
    }
}

/// The queue in front of the committer. A clone is another handle on the same one.
pub struct GroupCommit<A> {
    queue: mpsc::Sender<Box<dyn Job<A>>>,
    closing: CancellationToken,
    commits: Arc<AtomicU64>,
    coming: Coming,
    patience: Duration,
}

impl<A> Clone for GroupCommit<A> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            closing: self.closing.clone(),
            commits: Arc::clone(&self.commits),
            coming: self.coming.clone(),
            patience: self.patience,
        }
    }
}

impl<A> fmt::Debug for GroupCommit<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupCommit").field("commits", &self.commits()).finish_non_exhaustive()
    }
}

impl<A: Send + 'static> GroupCommit<A> {
    /// Starts the committer and the herald on `tasks`. The herald calls `publish` with what each job has to
    /// announce.
    pub fn start(
        store: Store,
        limits: GroupCommitLimits,
        publish: impl Fn(Vec<A>) + Send + 'static,
        tasks: &TaskTracker,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(limits.queue_max);
        let closing = CancellationToken::new();
        let (commits, coming) = (Arc::default(), Coming::default());
        let (to_herald, committed) = mpsc::channel(1);
        let herald = Herald { committed, flush: store.flush().clone(), publish: Box::new(publish) };
        let (folding, fold) = Folding::begin(store.clone());
        let writer = Committer {
            store,
            folding,
            jobs,
            committed: to_herald,
            closing: closing.clone(),
            commits: Arc::clone(&commits),
            coming: coming.clone(),
            batch_max: limits.batch_max,
        };
        tasks.spawn(herald.run());
        tasks.spawn(fold);
        tasks.spawn(writer.run());
        Self { queue, closing, commits, coming, patience: limits.patience }
    }

    /// Runs `work` in a transaction, shared or its own, and returns once it is committed and
    /// announced. `work` may run several times; each time it starts from nothing.
    ///
    /// `organization` is the one whose log it appends to. Jobs of a batch run in the order of their
    /// organizations, so that two nodes never wait for each other's locks.
    ///
    /// # Errors
    /// What `work` says; or, by way of `E`, `Unavailable` when nothing is known to be kept.
    pub async fn submit<T, E, W>(
        &self,
        organization: Option<OrganizationId>,
        work: W,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: for<'t> FnMut(&'t mut Tx) -> BoxFuture<'t, Result<Done<T, A>, E>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.queue_up(Box::new(Pending::new(organization, work, reply))).await?;
        Submitted(answer).done().await
    }

    /// Has `work` done for `request`, together with what others ask of it at the moment; otherwise as
    /// [`submit`](Self::submit). It comes behind everything that was submitted before this returned.
    ///
    /// # Errors
    /// `Unavailable`, by way of `W::Error`, when the queue took it not.
    pub async fn submit_joint<W: JointWork<A>>(
        &self,
        organization: OrganizationId,
        work: &Arc<W>,
        request: W::Request,
    ) -> Result<Submitted<W::Value, W::Error>, W::Error> {
        let (reply, answer) = oneshot::channel();
        self.queue_up(Box::new(Joint::new(organization, Arc::clone(work), request, reply))).await?;
        Ok(Submitted(answer))
    }

    async fn queue_up(&self, job: Box<dyn Job<A>>) -> Result<(), StoreError> {
        self.queue.send_timeout(job, self.patience).await.map_err(|refused| match refused {
            mpsc::error::SendTimeoutError::Timeout(_) => unavailable("too many writes are waiting"),
            mpsc::error::SendTimeoutError::Closed(_) => unavailable("the server is shutting down"),
        })
    }

    /// Takes no more jobs, and ends once those that wait are committed; the end is the task's.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

impl<A> GroupCommit<A> {
    /// What is being written, and will be told in a moment.
    #[must_use]
    pub fn coming(&self) -> &Coming {
        &self.coming
    }

    /// How many transactions were committed.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}
