//! Webhooks: what has to be told, kept until it is.
//!
//! What happens on channels is written down by [`Services::record_occurrences`], in the transaction
//! that also makes a delivery for each receiver. The worker (`crate::webhooks`) is woken by the
//! [`Services::outbox_bell`], claims what is due, posts it outside of any transaction, and settles
//! it. A claim is a lease: what a node that died had claimed is due again when the lease runs out, so
//! every delivery is made at least once.
//!
//! What happens in conversations is in the log of events. Whoever appends to it makes the deliveries in the
//! same breath (`store/webhooks/relay.rs`), with the conversation as the lane; [`subscriptions`] are who
//! they go to. What came of them is kept for a while by [`attempts`].

mod attempts;
mod occurrences;
mod owner;
mod payload;
mod subscriptions;
mod vacancies;

use std::sync::Arc;

pub use attempts::Attempted;
pub(super) use attempts::LOG_KEPT_MS;
pub use occurrences::Occurred;
pub use owner::WebhookOwner;
pub use subscriptions::{ChangeWebhook, CreateWebhook, NewWebhook};
use tokio::sync::Notify;

use super::{ServiceError, Services};
use crate::domain::{Delivery, DeliveryId, Endpoint, Timestamp};
use crate::store::{Done, StoreError, Tx};
use attempts::log_attempts;

/// Most endpoints that are looked at in one go.
const ENDPOINTS_MAX: i64 = 256;

/// How long webhooks wait, and how long they are tried.
#[derive(Clone, Copy, Debug)]
pub struct WebhookTimes {
    /// From the moment a channel is empty, or a member gone, until receivers are told.
    pub vacated_delay_ms: i64,
    /// The same where the server died under them: their clients are given time to come back.
    pub lost_grace_ms: i64,
    /// How long a delivery of a Pusher application is tried.
    pub give_up_ms: i64,
    /// An organization's webhook that has taken nothing for so long is switched off.
    pub switch_off_ms: i64,
}

impl Default for WebhookTimes {
    fn default() -> Self {
        Self {
            vacated_delay_ms: 3_000,
            lost_grace_ms: 30_000,
            give_up_ms: 300_000,
            switch_off_ms: 3 * 24 * 3_600_000,
        }
    }
}

/// What became of deliveries.
#[derive(Clone, Debug, Default)]
pub struct Settlement {
    /// They arrived, or are given up: they are forgotten.
    pub ended: Vec<DeliveryId>,
    /// They are to be tried again.
    pub postponed: Vec<Postponed>,
    /// What came of each try, where that is kept.
    pub attempts: Vec<Attempted>,
}

/// A delivery that is to be tried again.
#[derive(Clone, Debug)]
pub struct Postponed {
    /// As it was claimed.
    pub delivery: Delivery,
    /// When.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// It lets those behind it in its lane pass.
    pub steps_aside: bool,
}

impl Services {
    /// Rings when something was written that the worker has to look at. For one listener.
    #[must_use]
    pub fn outbox_bell(&self) -> Arc<Notify> {
        self.store().outbox_bell()
    }

    /// The endpoints that something is due to, those that wait longest first.
    ///
    /// # Errors
    /// `Internal` alone, here and below.
    pub async fn due_endpoints(&self) -> Result<Vec<Endpoint>, ServiceError> {
        Ok(self.store().list_due_endpoints(self.now(), ENDPOINTS_MAX).await?)
    }

    /// When something will be due that is not yet: a delivery, or the end of an occupancy.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, ServiceError> {
        let delivery = self.store().next_delivery_due(self.now()).await?;
        let vacancy = self.store().next_vacancy().await?;
        Ok(delivery.into_iter().chain(vacancy).min())
    }

    /// How many deliveries wait.
    pub async fn pending_deliveries(&self) -> Result<u64, ServiceError> {
        Ok(self.store().count_deliveries().await?)
    }

    /// Takes at most `limit` of what is due to an endpoint, in order, for `lease_ms`.
    pub async fn claim_deliveries(
        &self,
        endpoint: &Endpoint,
        lease_ms: i64,
        limit: u32,
    ) -> Result<Vec<Delivery>, ServiceError> {
        let (now, limit) = (self.now(), i64::from(limit));
        let endpoint = endpoint.clone();
        self.commit(None, move |tx| {
            let endpoint = endpoint.clone();
            Box::pin(async move {
                let until = now.plus_ms(lease_ms);
                Ok(Done::quietly(tx.claim_deliveries(&endpoint, now, until, limit).await?))
            })
        })
        .await
    }

    /// Writes down what became of deliveries that were claimed. A webhook of an organization that has
    /// taken nothing for days is switched off.
    pub async fn settle_deliveries(&self, settlement: Settlement) -> Result<(), ServiceError> {
        let patience_ms = self.inner.limits.webhooks.switch_off_ms;
        let settlement = Arc::new(settlement);
        let failing = self
            .commit(None, move |tx| {
                let settlement = Arc::clone(&settlement);
                Box::pin(async move {
                    for id in &settlement.ended {
                        tx.delete_delivery(*id).await?;
                    }
                    for postponed in &settlement.postponed {
                        postpone(tx, postponed).await?;
                    }
                    Ok(Done::quietly(log_attempts(tx, &settlement.attempts, patience_ms).await?))
                })
            })
            .await?;
        for webhook in failing {
            self.switch_off(webhook).await?;
        }
        Ok(())
    }

    /// Forgets what an endpoint that is away did not take in its time; tells how many there were.
    pub async fn give_up_overdue(&self, endpoint: &Endpoint) -> Result<u64, ServiceError> {
        let (now, endpoint) = (self.now(), endpoint.clone());
        self.commit(None, move |tx| {
            let endpoint = endpoint.clone();
            Box::pin(async move {
                Ok(Done::quietly(tx.delete_overdue_deliveries(&endpoint, now).await?))
            })
        })
        .await
    }
}

async fn postpone(tx: &mut Tx, postponed: &Postponed) -> Result<(), StoreError> {
    let Postponed { delivery, due_at, attempts, steps_aside } = postponed;
    if *steps_aside {
        tx.step_aside(delivery).await?;
    }
    tx.postpone_delivery(delivery, *due_at, *attempts).await
}
