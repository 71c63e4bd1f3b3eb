//! A job: work that can run again, and the caller who waits for it.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::{Done, unavailable};
use crate::domain::OrganizationId;
use crate::store::{StoreError, Tx};

/// How a run of a job left its transaction.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Fit to be committed: the job is done, or was refused before it wrote.
    Sound,
    /// Not to be committed. Someone else wrote at the same time, which the database noticed, or the
    /// job itself between its look and its write: the same again may succeed.
    Retry,
    /// Not to be committed, and the same again would fail alike.
    Spoilt,
}

/// A job, whatever its value and its error are.
pub(super) trait Job<A>: Send {
    /// The organization whose log it appends to.
    fn organization(&self) -> Option<OrganizationId>;

    /// Runs the work and keeps what came of it.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, Verdict>;

    /// What the last run has to announce.
    fn announcements(&mut self) -> Vec<A>;

    /// Tells the caller what came of the last run.
    fn answer(self: Box<Self>);

    /// Tells the caller that nothing is known to be kept.
    fn fail(self: Box<Self>, error: StoreError);
}

/// The one kind of job there is.
pub(super) struct Pending<T, E, A, W> {
    organization: Option<OrganizationId>,
    work: W,
    came: Option<Result<T, E>>,
    announcements: Vec<A>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, A, W> Pending<T, E, A, W> {
    pub(super) fn new(
        organization: Option<OrganizationId>,
        work: W,
        reply: oneshot::Sender<Result<T, E>>,
    ) -> Self {
        Self { organization, work, came: None, announcements: Vec::new(), reply }
    }
}

impl<T, E, A, W> Job<A> for Pending<T, E, A, W>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    A: Send + 'static,
    W: for<'t> FnMut(&'t mut Tx) -> BoxFuture<'t, Result<Done<T, A>, E>> + Send + 'static,
{
    fn organization(&self) -> Option<OrganizationId> {
        self.organization
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, Verdict> {
        Box::pin(async move {
            let writes_before = tx.writes();
            self.announcements.clear();
            // A bug in one job must not take the committer, and so everyone, down with it.
            let came = AssertUnwindSafe((self.work)(tx)).catch_unwind().await;
            let Ok(came) = came else {
                self.came = Some(Err(unavailable("the work panicked").into()));
                return Verdict::Spoilt;
            };
            let verdict = match (tx.failure(), &came) {
                (Some(StoreError::Conflict(_)), _) => Verdict::Retry,
                (Some(_), _) => Verdict::Spoilt,
                (None, Err(_)) if tx.writes() > writes_before => Verdict::Retry,
                (None, _) => Verdict::Sound,
            };
            self.came = Some(match (came, tx.failure()) {
                // Work that overlooked a failed statement must not be told that it is kept.
                (Ok(_), Some(failure)) => Err(failure.clone().into()),
                (Ok(done), None) => {
                    self.announcements = done.announcements;
                    Ok(done.value)
                }
                (Err(error), _) => Err(error),
            });
            verdict
        })
    }

    fn announcements(&mut self) -> Vec<A> {
        std::mem::take(&mut self.announcements)
    }

    fn answer(self: Box<Self>) {
        let came = self.came.unwrap_or_else(|| Err(unavailable("the work never ran").into()));
        // A caller that is gone has no use for the answer; what it asked for is kept all the same.
        let _ = self.reply.send(came);
    }

    fn fail(self: Box<Self>, error: StoreError) {
        let _ = self.reply.send(Err(error.into()));
    }
}
