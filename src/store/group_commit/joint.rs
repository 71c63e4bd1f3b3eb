//! Jobs that are done as one.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::job::{Job, Verdict};
use super::{Done, unavailable};
use crate::domain::OrganizationId;
use crate::store::{StoreError, Tx};

/// What came of one request.
type JointResult<T, A, E> = Result<Done<T, A>, E>;

/// What came of each request, in their order.
pub type JointResults<T, A, E> = Result<Vec<JointResult<T, A, E>>, E>;

/// Work of one sort that takes less when it is done for many callers at once.
pub trait JointWork<A>: Send + Sync + 'static {
    /// What a caller asks for.
    type Request: Send + Sync + 'static;
    /// What a caller gets.
    type Value: Send + 'static;
    /// How a caller is refused.
    type Error: From<StoreError> + Send + 'static;

    /// Does what all of these ask for, which are of one organization, as if one were done after the other. It
    /// may run several times; each time it starts from nothing.
    ///
    /// # Errors
    /// For one request when it is refused, and nothing was written for it. For all of them when anything else
    /// fails: they are then done one by one, so that each fails alone.
    fn run<'t>(
        &'t self,
        tx: &'t mut Tx,
        requests: &'t [Self::Request],
    ) -> BoxFuture<'t, JointResults<Self::Value, A, Self::Error>>;
}

/// Requests for joint work, and the callers who wait.
pub(super) struct Joint<A, W: JointWork<A>> {
    organization: OrganizationId,
    work: Arc<W>,
    requests: Vec<W::Request>,
    /// As many, in the same order.
    replies: Vec<oneshot::Sender<Result<W::Value, W::Error>>>,
    /// Of the last run; empty when all of them failed.
    came: Vec<JointResult<W::Value, A, W::Error>>,
}

impl<A, W: JointWork<A>> Joint<A, W> {
    pub(super) fn new(
        organization: OrganizationId,
        work: Arc<W>,
        request: W::Request,
        reply: oneshot::Sender<Result<W::Value, W::Error>>,
    ) -> Self {
        let (requests, replies) = (vec![request], vec![reply]);
        Self { organization, work, requests, replies, came: Vec::new() }
    }

    /// All of it failed, which is told to the one who asked. Many are not told: each is to try alone.
    fn failed(&mut self, error: W::Error) {
        self.came.clear();
        if self.requests.len() == 1 {
            self.came.push(Err(error));
        }
    }
}

impl<A: Send + 'static, W: JointWork<A>> Job<A> for Joint<A, W> {
    fn organization(&self) -> Option<OrganizationId> {
        Some(self.organization)
    }

    fn callers(&self) -> usize {
        self.replies.len()
    }

    fn take_on(&mut self, other: &mut dyn Job<A>) -> bool {
        let other: &mut dyn Any = other;
        let Some(other) = other.downcast_mut::<Self>() else { return false };
        let is_alike =
            self.organization == other.organization && Arc::ptr_eq(&self.work, &other.work);
        if is_alike {
            self.requests.append(&mut other.requests);
            self.replies.append(&mut other.replies);
        }
        is_alike
    }

    fn apart(self: Box<Self>) -> Vec<Box<dyn Job<A>>> {
        let Self { organization, work, requests, replies, .. } = *self;
        let alone = |(request, reply)| {
            Box::new(Self::new(organization, Arc::clone(&work), request, reply)) as Box<dyn Job<A>>
        };
        requests.into_iter().zip(replies).map(alone).collect()
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, Verdict> {
        Box::pin(async move {
            let writes_before = tx.writes();
            // A bug in one job must not take the committer, and so everyone, down with it.
            let running = AssertUnwindSafe(self.work.run(tx, &self.requests));
            let Ok(came) = running.catch_unwind().await else {
                self.failed(unavailable("the work panicked").into());
                return Verdict::Spoilt;
            };
            let is_done = came.is_ok();
            match (came, tx.failure()) {
                (Ok(came), None) => self.came = came,
                // Work that overlooked a failed statement must not be told that it is kept.
                (Ok(_), Some(failure)) => self.failed(failure.clone().into()),
                (Err(error), _) => self.failed(error),
            }
            match tx.failure() {
                Some(StoreError::Conflict(_)) => Verdict::Retry,
                None if is_done => Verdict::Sound,
                None if tx.writes() > writes_before => Verdict::Retry,
                // Whoever is alone is refused; of many, each is to be asked.
                None if self.requests.len() == 1 => Verdict::Sound,
                _ => Verdict::Spoilt,
            }
        })
    }

    fn settle(self: Box<Self>, publish: &mut dyn FnMut(Vec<A>)) {
        for (reply, came) in self.replies.into_iter().zip(self.came) {
            let came = came.map(|done| {
                publish(done.announcements);
                done.value
            });
            // A caller that is gone has no use for the answer; what it asked for is kept all the same.
            let _ = reply.send(came);
        }
    }

    fn give_up(self: Box<Self>) {
        self.settle(&mut |_| ());
    }

    fn fail(self: Box<Self>, error: StoreError) {
        for reply in self.replies {
            let _ = reply.send(Err(error.clone().into()));
        }
    }
}
