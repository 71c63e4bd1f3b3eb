//! Requests that are carried out once, however often they are sent.
//!
//! A request with an `Idempotency-Key` first takes that key, in the database, so that every node knows. While
//! its handler runs, [`Services::commit`] notes on the key, in the very transaction of what the handler
//! does, that it has acted. So whatever breaks in between, the next request with the key finds the truth:
//!
//! | what is kept | what the next request with the key gets |
//! |---|---|
//! | an answer | that answer |
//! | no answer, but it has acted | a conflict: done, and its answer is lost. It never acts twice |
//! | neither, and the lease runs | a conflict: in progress |
//! | neither, and the lease is over | it is carried out |

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use parking_lot::Mutex;

use super::{ServiceError, Services, WorkResult};
use crate::domain::secrets::Secret;
use crate::domain::{ApiKeyId, AttemptId};
use crate::store::{Attempted, Done, NewAttempt, StoreError, Tx};

/// How long answers are kept.
pub(super) const KEPT_MS: i64 = 24 * 3_600_000;
/// How long an attempt may take besides what it waits for a model; whoever holds a key longer without having
/// acted has died.
const LEASE_MS: i64 = 60_000;

tokio::task_local! {
    /// The attempt on whose behalf the task works.
    static CURRENT: Attempt;
}

/// One carrying out of a request with an `Idempotency-Key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt(AttemptId);

/// An answer that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as it was sent.
    pub body: String,
}

/// What is to be done with a request with an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// Carry it out, in [`Attempt::scope`].
    CarryOut(Attempt),
    /// Answer as it was answered before.
    Replay(KeptAnswer),
}

impl Attempt {
    /// A new attempt, which has no key yet.
    #[must_use]
    pub fn begin() -> Self {
        Self(AttemptId::generate())
    }

    /// Runs a handler on behalf of this attempt.
    pub fn scope<F: Future>(self, handler: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, handler)
    }

    /// The attempt on whose behalf this task works.
    pub(super) fn current() -> Option<Self> {
        CURRENT.try_with(|attempt| *attempt).ok()
    }

    /// The same work, noting in its transaction that the attempt has acted. Work that comes after the lease
    /// ended, when the key is another attempt's, is refused.
    pub(super) fn noted<T, W>(
        self,
        work: W,
    ) -> impl for<'t> FnMut(&'t mut Tx) -> BoxFuture<'t, WorkResult<T>> + Send + 'static
    where
        T: Send + 'static,
        W: for<'t> FnMut(&'t mut Tx) -> BoxFuture<'t, WorkResult<T>> + Send + 'static,
    {
        // The work may run again, and what it returns must not borrow from here: so it is shared.
        let work = Arc::new(Mutex::new(work));
        move |tx: &mut Tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let running = (work.lock())(&mut *tx);
                let done = running.await?;
                if tx.note_attempt(self.0).await? { Ok(done) } else { Err(taken_over()) }
            })
        }
    }
}

impl Services {
    /// Takes an idempotency key for an attempt at a request, of which `fingerprint` tells whether it is the same.
    ///
    /// # Errors
    /// `Internal`, and then the key may be this attempt's or not: [`release_request`](Self::release_request)
    /// makes sure of it. `Conflict` when the key was used for another request, when that request is in progress, and when it
    /// was carried out and its answer is lost.
    pub async fn reserve_request(
        &self,
        attempt: Attempt,
        api_key_id: ApiKeyId,
        idempotency_key: &str,
        fingerprint: &str,
    ) -> Result<Reservation, ServiceError> {
        let (Attempt(id), now) = (attempt, self.now());
        let lease_ms = LEASE_MS.saturating_add(self.inner.limits.model_patience_ms);
        let (key, same) = (idempotency_key.to_owned(), fingerprint.to_owned());
        let earlier = self
            .commit(None, move |tx| {
                let (key, same) = (key.clone(), same.clone());
                Box::pin(async move {
                    let new = NewAttempt {
                        id,
                        api_key_id,
                        idempotency_key: &key,
                        fingerprint: &same,
                        created_at: now,
                        lease_until: now.plus_ms(lease_ms),
                        forgotten_before: now.plus_ms(-KEPT_MS),
                    };
                    Ok(Done::quietly(tx.take_idempotency_key(new).await?))
                })
            })
            .await?;
        match earlier {
            None => Ok(Reservation::CarryOut(attempt)),
            Some(earlier) => {
                let sealed = replay(earlier, fingerprint)?;
                Ok(Reservation::Replay(self.unsealed(sealed)?))
            }
        }
    }

    fn unsealed(
        &self,
        KeptAnswer { status, body }: KeptAnswer,
    ) -> Result<KeptAnswer, ServiceError> {
        let opened = self.inner.sealing_key.open(&body);
        let opened =
            opened.map_err(|broken| StoreError::Unavailable(format!("a kept answer {broken}")))?;
        Ok(KeptAnswer { status, body: opened.expose().to_owned() })
    }

    /// Keeps the answer of an attempt, sealed: it may hold a secret that is shown this once.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn keep_answer(
        &self,
        Attempt(id): Attempt,
        KeptAnswer { status, body }: KeptAnswer,
    ) -> Result<(), ServiceError> {
        let sealed = self.inner.sealing_key.seal(&Secret::new(body));
        self.commit(None, move |tx| {
            let sealed = sealed.clone();
            Box::pin(async move {
                tx.answer_attempt(id, status, &sealed).await?;
                Ok(Done::quietly(()))
            })
        })
        .await
    }

    /// Gives the key of an attempt that failed back, so that the same request may be tried again; one that has
    /// acted keeps it.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn release_request(&self, Attempt(id): Attempt) -> Result<(), ServiceError> {
        self.commit(None, move |tx| {
            Box::pin(async move {
                tx.delete_idle_attempt(id).await?;
                Ok(Done::quietly(()))
            })
        })
        .await
    }
}

/// What a request gets whose key an earlier one has; the body of an answer is still sealed.
fn replay(earlier: Attempted, fingerprint: &str) -> Result<KeptAnswer, ServiceError> {
    let why = match earlier {
        Attempted { fingerprint: other, .. } if other != fingerprint => {
            "this Idempotency-Key was used for another request"
        }
        Attempted { answer: Some((status, body)), .. } => return Ok(KeptAnswer { status, body }),
        Attempted { acted: true, .. } => {
            "a request with this Idempotency-Key was carried out, and its answer is not known"
        }
        Attempted { .. } => "a request with this Idempotency-Key is in progress",
    };
    Err(ServiceError::Conflict(why.to_owned()))
}

fn taken_over() -> ServiceError {
    ServiceError::Conflict("a later request with this Idempotency-Key has taken over".to_owned())
}
