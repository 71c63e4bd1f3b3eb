//! The task that looks what is due.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{Id, JoinError};
use tokio::time::{Instant, sleep};
use tracing::{error, warn};

use super::Parts;
use super::client::{CannotPost, Client};
use super::round::{Came, Round};
use crate::domain::Endpoint;
use crate::relay::{LOOK, Relay, Woken};
use crate::service::ServiceError;

/// Most endpoints that are posted to at once.
const ROUNDS_MAX: usize = 64;
/// How often dead nodes are looked for, and what waits is counted.
const UPKEEP: Duration = Duration::from_secs(5);

/// Looks what is due, and has it posted.
#[derive(Debug)]
pub struct Worker {
    parts: Parts,
    client: Client,
    /// The rounds that run.
    relay: Relay<Result<Came, ServiceError>>,
    /// The endpoints that are being posted to.
    busy: HashMap<Id, Endpoint>,
    /// The endpoints that did not answer.
    resting: HashMap<Endpoint, Rest>,
    /// When upkeep is due.
    upkeep_at: Instant,
    /// What the last server left behind was given time.
    has_spared: bool,
}

/// How long an endpoint is left alone.
#[derive(Clone, Copy, Debug)]
struct Rest {
    until: Instant,
    /// How often, one after the other, it did not answer.
    silences: u32,
}

impl Worker {
    /// A worker that is ready to run.
    ///
    /// # Errors
    /// When the system's TLS is not usable.
    pub fn new(parts: Parts) -> Result<Self, CannotPost> {
        Ok(Self {
            client: Client::new(parts.settings.timeout)?,
            relay: Relay::new(parts.services.outbox_bell(), parts.stop.clone()),
            parts,
            busy: HashMap::new(),
            resting: HashMap::new(),
            upkeep_at: Instant::now(),
            has_spared: false,
        })
    }

    /// Wakes for: the bell, which keeps a ring that nobody waited for; the end of a round; the next
    /// thing that is due; the word to stop, after which the rounds that run are waited for.
    pub async fn run(mut self) {
        loop {
            let began = Instant::now();
            let looked = self.look().await;
            // The more waits, the longer a look takes: at least half of the time belongs to others.
            sleep(began.elapsed().min(LOOK)).await;
            match self.relay.rest(looked).await {
                Woken::Due => {}
                Woken::Ended(ended) => self.note(ended),
                Woken::Stopped => break,
            }
        }
        self.relay.finish().await;
    }

    /// Starts a round for each endpoint that something is due to; returns how long there is nothing
    /// more to do.
    async fn look(&mut self) -> Result<Duration, ServiceError> {
        self.keep_up().await?;
        self.parts.services.end_occupancies(self.parts.node_id).await?;
        let now = Instant::now();
        self.resting.retain(|_, rest| now < rest.until + LOOK);
        for endpoint in self.parts.services.due_endpoints().await? {
            let rests = self.resting.get(&endpoint).is_some_and(|rest| now < rest.until);
            let is_free = !rests && !self.busy.values().any(|busy| *busy == endpoint);
            if is_free && self.relay.runs.len() < ROUNDS_MAX {
                self.start(endpoint);
            }
        }
        let due = self.parts.services.next_due().await?;
        let due_ms = due.map(|due| due.ms_since(self.parts.clock.now()).saturating_add(1));
        let due = due_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
        let rested =
            self.resting.values().filter_map(|rest| rest.until.checked_duration_since(now));
        Ok(rested.filter(|rest| !rest.is_zero()).chain(due).fold(LOOK, Duration::min))
    }

    async fn keep_up(&mut self) -> Result<(), ServiceError> {
        if Instant::now() < self.upkeep_at {
            return Ok(());
        }
        let services = &self.parts.services;
        if !self.has_spared {
            services.spare_occupancies().await?;
            self.has_spared = true;
        }
        services.leave_with_lost_nodes(self.parts.node_id).await?;
        let pending = u32::try_from(services.pending_deliveries().await?).unwrap_or(u32::MAX);
        metrics::gauge!("switchboard_webhook_deliveries_pending").set(pending);
        self.upkeep_at = Instant::now() + UPKEEP;
        Ok(())
    }

    fn start(&mut self, endpoint: Endpoint) {
        let (parts, client) = (self.parts.clone(), self.client.clone());
        let round = Round { parts, client, endpoint: endpoint.clone() };
        let started = self.relay.runs.spawn(round.run());
        self.busy.insert(started.id(), endpoint);
    }

    fn note(&mut self, ended: Result<(Id, Result<Came, ServiceError>), JoinError>) {
        let (id, came) = match ended {
            Ok((id, came)) => (id, came),
            Err(error) => {
                error!(%error, "posting webhooks failed; the lease runs out");
                self.busy.remove(&error.id());
                return;
            }
        };
        let Some(endpoint) = self.busy.remove(&id) else { return };
        match came {
            Ok(Came::Posted) => drop(self.resting.remove(&endpoint)),
            Ok(Came::Away) => self.rest(endpoint),
            Err(error) => warn!(%error, "cannot post webhooks; the lease runs out"),
        }
    }

    /// Leaves an endpoint alone for a while, longer each time.
    fn rest(&mut self, endpoint: Endpoint) {
        let silences = self.resting.get(&endpoint).map_or(0, |rest| rest.silences) + 1;
        let wait_ms = self.parts.settings.backoff.wait_ms(silences);
        warn!(?endpoint, wait_ms, "a receiver of webhooks does not answer");
        let wait = Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
        self.resting.insert(endpoint, Rest { until: Instant::now() + wait, silences });
    }
}
