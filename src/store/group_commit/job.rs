//! A job: work that can run again, and the caller who waits for it.

use std::any::Any;
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
pub(super) trait Job<A>: Any + Send {
    /// The organization whose log it appends to.
    fn organization(&self) -> Option<OrganizationId>;

    /// For how many callers it is.
    fn callers(&self) -> usize;

    /// Takes over what another job has to do, if the two can be done as one; of the other nothing is left then.
    fn take_on(&mut self, other: &mut dyn Job<A>) -> bool;

    /// Itself and the jobs that it took on, each by itself again.
    fn apart(self: Box<Self>) -> Vec<Box<dyn Job<A>>>;

    /// Runs the work and keeps what came of it.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, Verdict>;

    /// What the last run did is kept: publishes what it has to announce, then tells the caller.
    fn settle(self: Box<Self>, publish: &mut dyn FnMut(Vec<A>));

    /// What the last run did is not kept: tells the caller why.
    fn give_up(self: Box<Self>);

    /// Tells the caller that nothing is known to be kept.
    fn fail(self: Box<Self>, error: StoreError);
}

/// Work of its own for one caller.
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

    fn callers(&self) -> usize {
        1
    }

    fn take_on(&mut self, _: &mut dyn Job<A>) -> bool {
        false
    }

    fn apart(self: Box<Self>) -> Vec<Box<dyn Job<A>>> {
        vec![self]
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

    fn settle(self: Box<Self>, publish: &mut dyn FnMut(Vec<A>)) {
        let Self { came, announcements, reply, .. } = *self;
        publish(announcements);
        // A caller that is gone has no use for the answer; what it asked for is kept all the same.
        let _ = reply.send(came.unwrap_or_else(never_ran));
    }

    fn give_up(self: Box<Self>) {
        let _ = self.reply.send(self.came.unwrap_or_else(never_ran));
    }

    fn fail(self: Box<Self>, error: StoreError) {
        let _ = self.reply.send(Err(error.into()));
    }
}

fn never_ran<T, E: From<StoreError>>() -> Result<T, E> {
    Err(unavailable("the work never ran").into())
}
