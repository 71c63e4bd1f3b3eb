//! The task that looks what is due.

use std::time::Duration;

use tracing::error;

use super::{Parts, run};
use crate::relay::{LOOK, Relay, Woken};
use crate::service::ServiceError;

/// Most jobs that are done at once. Fewer than what the model takes, so that whoever asks on demand
/// always finds a place.
const RUNS_MAX: usize = 4;
/// How much longer than the model may take a job is leased.
const SETTLING_MS: i64 = 10_000;

/// Looks what is due, and has it done.
#[derive(Debug)]
pub struct Worker {
    parts: Parts,
    /// The jobs that are being done.
    relay: Relay<()>,
}

impl Worker {
    /// A worker that is ready to run.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let relay = Relay::new(parts.services.jobs_bell(), parts.stop.clone());
        Self { parts, relay }
    }

    /// Wakes for: the bell, which keeps a ring that nobody waited for; the end of a job; the next thing
    /// that is due; the word to stop, after which the jobs that are being done are put back.
    pub async fn run(mut self) {
        loop {
            let looked = self.look().await;
            match self.relay.rest(looked).await {
                Woken::Due | Woken::Ended(Ok(_)) => {}
                Woken::Ended(Err(error)) => {
                    error!(%error, "a job failed badly; it is done again when its lease runs out");
                }
                Woken::Stopped => break,
            }
        }
        self.relay.finish().await;
    }

    /// Does what is due, as far as there is room; returns how long there is nothing more to do.
    async fn look(&mut self) -> Result<Duration, ServiceError> {
        let services = &self.parts.services;
        services.wake_snoozed().await?;
        let room = u32::try_from(RUNS_MAX - self.relay.runs.len()).unwrap_or(0);
        let lease_ms = self.parts.patience_ms.saturating_add(SETTLING_MS);
        for job in services.claim_jobs(lease_ms, room).await? {
            self.relay.runs.spawn(run::run(self.parts.clone(), job));
        }
        let pending = u32::try_from(services.pending_jobs().await?).unwrap_or(u32::MAX);
        metrics::gauge!("switchboard_jobs_pending").set(pending);
        self.wait().await
    }

    /// Until the next thing is due. While there is no room for another job, one has to end first.
    async fn wait(&self) -> Result<Duration, ServiceError> {
        if self.relay.runs.len() == RUNS_MAX {
            return Ok(LOOK);
        }
        let next = self.parts.services.next_job().await?;
        let wait_ms = next.map(|due| due.ms_since(self.parts.clock.now()).saturating_add(1));
        let wait = wait_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
        Ok(wait.map_or(LOOK, |wait| wait.min(LOOK)))
    }
}
