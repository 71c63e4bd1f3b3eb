//! The one task that commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::coming::{Coming, Underway};
use super::job::{Job, Verdict};
use crate::store::fold::Folding;
use crate::store::open::in_time;
use crate::store::{Store, StoreError, Tx};

/// How often a job that meets someone else's write is run alone.
const TRIES: u32 = 5;

type Batch<A> = Vec<Box<dyn Job<A>>>;

/// Jobs that are committed.
pub(super) struct Committed<A> {
    pub(super) jobs: Batch<A>,
    /// Until they are told.
    pub(super) underway: Arc<Underway>,
}

pub(super) struct Committer<A> {
    pub(super) store: Store,
    pub(super) jobs: mpsc::Receiver<Box<dyn Job<A>>>,
    /// Where committed jobs go. One batch waits there; the next is told of while another is written.
    pub(super) committed: mpsc::Sender<Committed<A>>,
    pub(super) folding: Folding,
    pub(super) closing: CancellationToken,
    pub(super) commits: Arc<AtomicU64>,
    pub(super) coming: Coming,
    pub(super) batch_max: usize,
}

impl<A: Send + 'static> Committer<A> {
    /// Wakes for: jobs; the word to close, after which the queue takes no more and is emptied.
    pub(super) async fn run(mut self) {
        loop {
            let first = tokio::select! {
                first = self.jobs.recv() => first,
                () = self.closing.cancelled(), if !self.jobs.is_closed() => {
                    self.jobs.close();
                    continue;
                }
            };
            let Some(first) = first else { return };
            self.commit(first).await;
        }
    }

    /// Commits a job, and those that wait behind it or come until the transaction has begun.
    async fn commit(&mut self, first: Box<dyn Job<A>>) {
        let underway = Arc::new(self.coming.start());
        let mut batch = vec![first];
        let begun = in_time(self.begin(&mut batch)).await;
        metrics::histogram!("switchboard_commit_batch_jobs")
            .record(u32::try_from(batch.len()).unwrap_or(u32::MAX));
        let begun = match begun {
            Ok(tx) => tx,
            Err(error) => return fail_all(batch, &error),
        };
        if batch.len() == 1 {
            return self.commit_apart(batch, Some(begun), &underway).await;
        }
        let mut batch = joined(batch);
        match in_time(self.run_together(begun, &mut batch)).await {
            Ok(Together::Committed) => self.hand_on(batch, &underway).await,
            Ok(Together::Spoilt) => self.commit_apart(batch, None, &underway).await,
            Err(error) => fail_all(batch, &error),
        }
    }

    /// Begins a transaction for all that is there by then. One that is for a single job may begin with its first statement.
    async fn begin(&mut self, batch: &mut Batch<A>) -> Result<Tx, StoreError> {
        let tx = self.store.begin_soon().await;
        self.take_more(batch);
        let mut tx = tx?;
        if batch.len() > 1 {
            tx.catch_up().await?;
            self.take_more(batch);
        }
        Ok(tx)
    }

    fn take_more(&mut self, batch: &mut Batch<A>) {
        let more = std::iter::from_fn(|| self.jobs.try_recv().ok());
        batch.extend(more.take(self.batch_max - batch.len()));
    }

    async fn run_together(
        &mut self,
        mut tx: Tx,
        batch: &mut Batch<A>,
    ) -> Result<Together, StoreError> {
        for job in batch {
            if !matches!(job.run(&mut tx).await, Verdict::Sound) {
                roll_back(tx).await;
                return Ok(Together::Spoilt);
            }
        }
        match self.keep(tx).await {
            Ok(()) => Ok(Together::Committed),
            Err(StoreError::Conflict(_)) => Ok(Together::Spoilt),
            Err(error) => Err(error),
        }
    }

    /// Commits each job by itself, the first in the transaction that has begun, if one has.
    async fn commit_apart(
        &mut self,
        batch: Batch<A>,
        mut begun: Option<Tx>,
        underway: &Arc<Underway>,
    ) {
        for job in batch.into_iter().flat_map(Job::apart) {
            self.commit_alone(job, begun.take(), underway).await;
        }
    }

    async fn commit_alone(
        &mut self,
        mut job: Box<dyn Job<A>>,
        mut begun: Option<Tx>,
        underway: &Arc<Underway>,
    ) {
        for tried in 1..=TRIES {
            match in_time(self.run_alone(&mut *job, begun.take())).await {
                Ok(Verdict::Sound) => return self.hand_on(vec![job], underway).await,
                Ok(Verdict::Retry) | Err(StoreError::Conflict(_)) if tried < TRIES => {}
                Ok(Verdict::Retry | Verdict::Spoilt) => return job.give_up(),
                Err(error) => return fail_all(vec![job], &error),
            }
        }
    }

    async fn run_alone(
        &mut self,
        job: &mut dyn Job<A>,
        begun: Option<Tx>,
    ) -> Result<Verdict, StoreError> {
        let mut tx = match begun {
            Some(tx) => tx,
            None => self.store.begin_soon().await?,
        };
        let verdict = job.run(&mut tx).await;
        if !matches!(verdict, Verdict::Sound) {
            roll_back(tx).await;
            return Ok(verdict);
        }
        self.keep(tx).await?;
        Ok(Verdict::Sound)
    }

    /// A commit that fails is not run again, but for a conflict: it may have reached the disk before the line broke.
    /// Whether the disk has it the herald asks.
    async fn keep(&self, tx: Tx) -> Result<(), StoreError> {
        tx.commit_soon().await?;
        self.commits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Waits while the herald has enough to tell. It ends after the committer does.
    async fn hand_on(&mut self, jobs: Batch<A>, underway: &Arc<Underway>) {
        self.folding.note(jobs.iter().map(|job| job.callers()).sum());
        let _ = self.committed.send(Committed { jobs, underway: Arc::clone(underway) }).await;
    }
}

/// The same work, in the order of organizations, and in fewer jobs where they can be done as one. Each stands where the
/// first of those was that it takes on. Within an organization the order of the queue is the order of the log otherwise.
fn joined<A: 'static>(mut batch: Batch<A>) -> Batch<A> {
    batch.sort_by_key(|job| job.organization());
    let mut joined: Batch<A> = Vec::with_capacity(batch.len());
    for mut job in batch {
        let organization = job.organization();
        let mut neighbours =
            joined.iter_mut().rev().take_while(|it| it.organization() == organization);
        if !neighbours.any(|it| it.take_on(&mut *job)) {
            joined.push(job);
        }
    }
    joined
}

enum Together {
    Committed,
    Spoilt,
}

pub(super) fn fail_all<A: 'static>(batch: Batch<A>, error: &StoreError) {
    tracing::error!(error = %error, jobs = batch.len(), "cannot commit");
    for job in batch {
        job.fail(error.clone());
    }
}

async fn roll_back(tx: Tx) {
    if let Err(error) = tx.rollback().await {
        tracing::warn!(error = %error, "cannot roll back; the connection is given up");
    }
}
