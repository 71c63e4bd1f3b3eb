//! One job, once.

use std::time::Duration;

use tracing::warn;

use super::Parts;
use crate::ai::SummaryError;
use crate::backoff::Backoff;
use crate::domain::{Job, Task};
use crate::service::ServiceError;

/// The waits after attempts that failed: from a second to an hour.
const WAITS: Backoff = Backoff { first_ms: 1_000, max_ms: 3_600_000 };
/// How often a job is tried: for about five hours.
const ATTEMPTS_MAX: u32 = 16;

/// How an attempt ended.
#[derive(Debug)]
enum Outcome {
    /// There is nothing left to do.
    Done,
    /// It may go better later: why, and what the other side said of when.
    Later(String, Option<Duration>),
    /// The server stops; that was no attempt.
    Interrupted,
}

/// Does a job, and writes down how that went.
pub(super) async fn run(parts: Parts, job: Job) {
    let kind = job.task.kind();
    let settled = match attempt(&parts, &job).await {
        Outcome::Done => {
            count(kind, "done");
            parts.services.end_job(job.id).await
        }
        Outcome::Interrupted => {
            let attempts = job.attempts.saturating_sub(1);
            parts.services.postpone_job(job, parts.clock.now(), attempts).await
        }
        Outcome::Later(why, retry_after) => failed(&parts, job, &why, retry_after).await,
    };
    if let Err(error) = settled {
        warn!(%error, kind, "how a job went cannot be kept; it is done again when its lease runs out");
    }
}

async fn attempt(parts: &Parts, job: &Job) -> Outcome {
    if job.attempts > ATTEMPTS_MAX {
        // Each time before, whoever did it ended in the middle of it.
        return Outcome::Later("it was never finished".to_owned(), None);
    }
    match job.task {
        Task::Summarize(id) => outcome(parts.summarizer.summarize_closed(id).await),
    }
}

fn outcome(came: Result<(), SummaryError>) -> Outcome {
    match came {
        // Switched off since the job was asked for.
        Ok(()) | Err(SummaryError::Off) => Outcome::Done,
        Err(SummaryError::Stopping) => Outcome::Interrupted,
        Err(SummaryError::Away { why, retry_after }) => Outcome::Later(why, retry_after),
        Err(SummaryError::Useless(why)) => Outcome::Later(why, None),
        Err(SummaryError::Service(error)) => Outcome::Later(error.to_string(), None),
    }
}

/// Puts a job back, or gives it up.
async fn failed(
    parts: &Parts,
    job: Job,
    why: &str,
    retry_after: Option<Duration>,
) -> Result<(), ServiceError> {
    let (kind, subject) = (job.task.kind(), job.task.subject());
    let attempts = job.attempts;
    if attempts >= ATTEMPTS_MAX {
        count(kind, "dropped");
        warn!(kind, subject, attempts, why, "a job is given up");
        return parts.services.end_job(job.id).await;
    }
    count(kind, "retried");
    let asked_ms = retry_after.map_or(0, |wait| i64::try_from(wait.as_millis()).unwrap_or(0));
    let wait_ms = WAITS.wait_ms(attempts).max(asked_ms);
    warn!(kind, subject, attempts, why, wait_ms, "a job failed; it is tried again");
    parts.services.postpone_job(job, parts.clock.now().plus_ms(wait_ms), attempts).await
}

fn count(kind: &'static str, outcome: &'static str) {
    metrics::counter!("switchboard_jobs_total", "kind" => kind, "outcome" => outcome).increment(1);
}
