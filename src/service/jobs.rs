//! Jobs: what is done at a time and for nobody who waits.
//!
//! A job is asked for in the transaction of what it follows from. The worker (`crate::jobs`) is woken by
//! the [`Services::jobs_bell`], claims what is due, does it outside of any transaction, and ends it or puts
//! it back. A claim is a lease: what a node that died had claimed is due again when the lease runs out.

use std::sync::Arc;

use tokio::sync::Notify;

use super::{Announcement, ServiceError, Services};
use crate::domain::{ConversationStatus, EventKind, Job, JobId, Timestamp};
use crate::store::Done;

impl Services {
    /// Rings when the worker may have something to do sooner than it knew. For one listener.
    #[must_use]
    pub fn jobs_bell(&self) -> Arc<Notify> {
        Arc::clone(&self.inner.jobs)
    }

    /// When the next job is due, or a conversation wakes; or when that was.
    ///
    /// # Errors
    /// `Internal` alone, here and below.
    pub async fn next_job(&self) -> Result<Option<Timestamp>, ServiceError> {
        let job = self.store().next_job_due().await?;
        let snooze = self.store().next_snooze_end().await?;
        Ok(job.into_iter().chain(snooze).min())
    }

    /// How many jobs wait or are being done.
    pub async fn pending_jobs(&self) -> Result<u64, ServiceError> {
        Ok(self.store().count_jobs().await?)
    }

    /// Takes at most `limit` jobs that are due, for `lease_ms`.
    pub async fn claim_jobs(&self, lease_ms: i64, limit: u32) -> Result<Vec<Job>, ServiceError> {
        let now = self.now();
        // Most looks find nothing, and a look should cost no write.
        if limit == 0 || self.store().next_job_due().await?.is_none_or(|due| due > now) {
            return Ok(Vec::new());
        }
        self.commit(None, move |tx| {
            Box::pin(async move {
                let until = now.plus_ms(lease_ms);
                Ok(Done::quietly(tx.claim_jobs(now, until, i64::from(limit)).await?))
            })
        })
        .await
    }

    /// Forgets a job: it is done, or given up.
    pub async fn end_job(&self, id: JobId) -> Result<(), ServiceError> {
        self.commit(None, move |tx| {
            Box::pin(async move { Ok(Done::quietly(tx.delete_job(id).await?)) })
        })
        .await
    }

    /// Puts a job that was claimed back, to be tried at `due_at`; it counts as tried so often.
    pub async fn postpone_job(
        &self,
        job: Job,
        due_at: Timestamp,
        attempts: u32,
    ) -> Result<(), ServiceError> {
        self.commit(None, move |tx| {
            let job = job.clone();
            Box::pin(
                async move { Ok(Done::quietly(tx.postpone_job(&job, due_at, attempts).await?)) },
            )
        })
        .await
    }
}

/// Whether there may be a job now that there was not: a conversation was closed, or put off.
pub(super) fn may_bring_a_job(announcement: &Announcement) -> bool {
    match &announcement.event.kind {
        EventKind::ConversationUpdated(state) => state.status != ConversationStatus::Open,
        _ => false,
    }
}
