//! One endpoint's turn: claim what is due to it, post it, settle it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::{StreamExt, stream};
use tracing::{debug, warn};

use super::Parts;
use super::client::{Client, Failure, Posted};
use super::kind::{self, Webhook};
use crate::domain::{Delivery, DeliveryAttempt, Endpoint, Timestamp};
use crate::service::{Attempted, Postponed, ServiceError, Settlement};

/// Most deliveries that one round claims.
const CLAIM_MAX: u32 = 100;
/// Most requests at once to one endpoint; each lane has one at a time.
const REQUESTS_MAX: usize = 8;
/// How much longer a lease is than one request may take: so long a round posts what it claimed.
const POSTING_MS: i64 = 20_000;
/// So many requests without any answer, and the round takes the endpoint to be away.
const SILENCES_MAX: u32 = 8;

/// What came of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// There was something to post, or nothing was left to claim.
    Posted,
    /// The endpoint answered nothing at all.
    Away,
}

/// One endpoint's turn.
pub(super) struct Round {
    pub(super) parts: Parts,
    pub(super) client: Client,
    pub(super) endpoint: Endpoint,
}

/// Requests that must follow each other; each has the events of one request.
type Train = Vec<Vec<Delivery>>;

/// How the requests of a round fared.
#[derive(Debug, Default)]
struct Tally {
    answered: AtomicU32,
    silent: AtomicU32,
}

impl Tally {
    fn note(&self, outcome: &Result<(), Failure>) {
        let count = match outcome {
            Err(Failure::Away(_)) => &self.silent,
            Ok(()) | Err(Failure::Refused(_)) => &self.answered,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn is_away_after(&self, silences: u32) -> bool {
        self.answered.load(Ordering::Relaxed) == 0
            && self.silent.load(Ordering::Relaxed) >= silences
    }
}

impl Round {
    /// Claims and posts once. What is not posted in time, or before the node stops, is put back.
    pub(super) async fn run(self) -> Result<Came, ServiceError> {
        let services = &self.parts.services;
        let claimed = services.claim_deliveries(&self.endpoint, self.lease_ms(), CLAIM_MAX).await?;
        let found = kind::find(services, &self.parts.settings, &self.endpoint).await?;
        let Some(webhook) = found else {
            self.drop_all(claimed, "there is no such webhook any more").await;
            return Ok(Came::Posted);
        };
        let tally = Tally::default();
        let trains = trains(claimed, webhook.batch_max());
        stream::iter(trains)
            .for_each_concurrent(REQUESTS_MAX, |train| self.follow(train, &*webhook, &tally))
            .await;
        if !tally.is_away_after(1) {
            return Ok(Came::Posted);
        }
        let overdue = services.give_up_overdue(&self.endpoint).await?;
        if overdue > 0 {
            count("dropped", overdue);
            warn!(endpoint = ?self.endpoint, overdue, "a receiver of webhooks was away too long");
        }
        Ok(Came::Away)
    }

    fn lease_ms(&self) -> i64 {
        self.patience_ms().saturating_add(POSTING_MS)
    }

    fn patience_ms(&self) -> i64 {
        i64::try_from(self.parts.settings.timeout.as_millis()).unwrap_or(i64::MAX)
    }

    /// Posts the requests of a train, each after the one before it was taken.
    async fn follow(&self, train: Train, webhook: &dyn Webhook, tally: &Tally) {
        let mut requests = train.into_iter();
        while let Some(events) = requests.next() {
            if !self.may_post(&events) || tally.is_away_after(SILENCES_MAX) {
                return self.put_back(events.into_iter().chain(requests.flatten())).await;
            }
            let began = self.now();
            let Some(request) = webhook.request(&events, began) else {
                self.drop_all(events, "it cannot be read").await;
                continue;
            };
            let posted = self.client.post(&self.endpoint.url, webhook.reach(), request).await;
            tally.note(&posted.outcome);
            let attempts = self.attempts(&events, webhook, began, &posted);
            match posted.outcome {
                Ok(()) => self.delivered(&events, attempts).await,
                Err(failure) => {
                    self.failed(events, webhook, &failure, attempts).await;
                    return self.put_back(requests.flatten()).await;
                }
            }
        }
    }

    /// What is to be kept of a try, for each of its events.
    fn attempts(
        &self,
        events: &[Delivery],
        webhook: &dyn Webhook,
        at: Timestamp,
        posted: &Posted,
    ) -> Vec<Attempted> {
        let Some(webhook_id) = webhook.logged_as() else { return Vec::new() };
        let attempt = DeliveryAttempt {
            at,
            duration_ms: self.now().ms_since(at),
            status: posted.status,
            response: posted.response.clone(),
            error: posted.outcome.as_ref().err().map(|failure| failure.why().to_owned()),
        };
        let attempted = |delivery: &Delivery| {
            let (delivery, attempt) = (delivery.clone(), attempt.clone());
            Attempted { webhook_id, delivery, attempt }
        };
        events.iter().map(attempted).collect()
    }

    /// Whether there is time for one more request.
    fn may_post(&self, events: &[Delivery]) -> bool {
        let ends_at = self.now().plus_ms(self.patience_ms());
        !self.parts.stop.is_cancelled() && events.iter().all(|event| event.leased_until > ends_at)
    }

    async fn delivered(&self, events: &[Delivery], attempts: Vec<Attempted>) {
        count("delivered", events.len() as u64);
        let ended = events.iter().map(|event| event.id).collect();
        self.settle(Settlement { ended, attempts, ..Settlement::default() }).await;
    }

    /// Puts the events of a request that failed back for another attempt, where there is time for one.
    async fn failed(
        &self,
        events: Vec<Delivery>,
        webhook: &dyn Webhook,
        failure: &Failure,
        attempts: Vec<Attempted>,
    ) {
        let why = failure.why();
        debug!(endpoint = ?self.endpoint, why, "a webhook failed");
        let mut settlement = Settlement { attempts, ..Settlement::default() };
        for delivery in events {
            let attempts = delivery.attempts.saturating_add(1);
            let due_at = webhook.wait_ms(attempts).map(|wait_ms| self.now().plus_ms(wait_ms));
            if let Some(due_at) = due_at.filter(|due_at| *due_at <= delivery.give_up_at) {
                count("retried", 1);
                let refused = matches!(failure, Failure::Refused(_));
                let steps_aside = refused && webhook.steps_aside(attempts);
                settlement.postponed.push(Postponed { delivery, due_at, attempts, steps_aside });
            } else {
                self.warn_dropped(&delivery, attempts, why);
                settlement.ended.push(delivery.id);
            }
        }
        self.settle(settlement).await;
    }

    async fn drop_all(&self, deliveries: Vec<Delivery>, why: &str) {
        for delivery in &deliveries {
            self.warn_dropped(delivery, delivery.attempts, why);
        }
        let ended = deliveries.iter().map(|delivery| delivery.id).collect();
        self.settle(Settlement { ended, ..Settlement::default() }).await;
    }

    fn warn_dropped(&self, delivery: &Delivery, attempts: u32, why: &str) {
        count("dropped", 1);
        let (endpoint, lane) = (&self.endpoint, &delivery.lane);
        warn!(?endpoint, lane, attempts, why, "a webhook is given up");
    }

    async fn put_back(&self, deliveries: impl Iterator<Item = Delivery>) {
        let due_at = self.now();
        let put_back = |delivery: Delivery| {
            let attempts = delivery.attempts;
            Postponed { delivery, due_at, attempts, steps_aside: false }
        };
        let postponed = deliveries.map(put_back).collect();
        self.settle(Settlement { postponed, ..Settlement::default() }).await;
    }

    /// Keeps what became of deliveries. Where that fails they are tried again when the lease runs out.
    async fn settle(&self, settlement: Settlement) {
        if settlement.ended.is_empty() && settlement.postponed.is_empty() {
            return;
        }
        if let Err(error) = self.parts.services.settle_deliveries(settlement).await {
            warn!(%error, "webhooks that were posted may be posted again");
        }
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }
}

/// Arranges deliveries, which come in order, in trains. Where a request takes one event, each lane is
/// a train of its own. Where it takes several, there is one train, and lanes share requests.
fn trains(deliveries: Vec<Delivery>, batch_max: usize) -> Vec<Train> {
    if batch_max > 1 {
        let batches = deliveries.chunks(batch_max).map(<[Delivery]>::to_vec).collect();
        return vec![batches];
    }
    let mut trains: Vec<Train> = Vec::new();
    let mut train_of: HashMap<String, usize> = HashMap::new();
    for delivery in deliveries {
        let at = *train_of.entry(delivery.lane.clone()).or_insert(trains.len());
        if at == trains.len() {
            trains.push(Train::new());
        }
        trains[at].push(vec![delivery]);
    }
    trains
}

fn count(outcome: &'static str, deliveries: u64) {
    metrics::counter!("switchboard_webhook_deliveries_total", "outcome" => outcome)
        .increment(deliveries);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DeliveryId;

    fn delivery(lane: &str, payload: &str) -> Delivery {
        let never = Timestamp::default();
        Delivery {
            id: DeliveryId::generate(),
            lane: lane.to_owned(),
            payload: payload.to_owned(),
            attempts: 0,
            leased_until: never,
            give_up_at: never,
            created_at: never,
        }
    }

    fn shown(trains: &[Train]) -> Vec<Vec<String>> {
        let request = |events: &Vec<Delivery>| -> String {
            events.iter().map(|event| event.payload.as_str()).collect()
        };
        trains.iter().map(|train| train.iter().map(request).collect()).collect()
    }

    #[test]
    fn each_lane_is_a_train_and_batches_are_one() {
        let deliveries =
            [("a", "1"), ("b", "2"), ("a", "3")].map(|(lane, payload)| delivery(lane, payload));
        assert_eq!(shown(&trains(deliveries.to_vec(), 1)), [vec!["1", "3"], vec!["2"]]);
        assert_eq!(shown(&trains(deliveries.to_vec(), 2)), [["12", "3"]]);
    }

    #[test]
    fn an_endpoint_is_away_when_nothing_at_all_was_answered() {
        let tally = Tally::default();
        assert!(!tally.is_away_after(1));
        tally.note(&Err(Failure::Away(String::new())));
        assert!(tally.is_away_after(1) && !tally.is_away_after(2));
        tally.note(&Err(Failure::Refused(String::new())));
        assert!(!tally.is_away_after(1));
    }
}
