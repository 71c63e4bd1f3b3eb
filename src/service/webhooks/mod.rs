//! Webhooks: what has to be told, kept until it is.
//!
//! What happens on channels is written down by [`Services::record_occurrences`], in the transaction
//! that also makes a delivery for each receiver. The worker (`crate::webhooks`) is woken by the
//! [`Services::outbox_bell`], claims what is due, posts it outside of any transaction, and settles
//! it. A claim is a lease: what a node that died had claimed is due again when the lease runs out, so
//! every delivery is made at least once.
//!
//! What happens in conversations is in the log of events already (`store/events.rs`): webhooks of
//! conversations will make their deliveries from it, in the transaction that appends to it, under a
//! [`DeliveryKind`](crate::domain::DeliveryKind) of their own, with the conversation as the lane.

mod occurrences;
mod payload;
mod vacancies;

use std::sync::Arc;

pub use occurrences::Occurred;
use tokio::sync::Notify;

use super::{ServiceError, Services};
use crate::domain::{Delivery, DeliveryId, Endpoint, Timestamp};
use crate::store::Done;

/// Most endpoints that are looked at in one go.
const ENDPOINTS_MAX: i64 = 256;

/// How long webhooks wait, and how long they are tried.
#[derive(Clone, Copy, Debug)]
pub struct WebhookTimes {
    /// From the moment a channel is empty, or a member gone, until receivers are told.
    pub vacated_delay_ms: i64,
    /// The same where the server died under them: their clients are given time to come back.
    pub lost_grace_ms: i64,
    /// How long a delivery is tried.
    pub give_up_ms: i64,
}

impl Default for WebhookTimes {
    fn default() -> Self {
        Self { vacated_delay_ms: 3_000, lost_grace_ms: 30_000, give_up_ms: 300_000 }
    }
}

/// What became of deliveries.
#[derive(Clone, Debug, Default)]
pub struct Settlement {
    /// They arrived, or are given up: they are forgotten.
    pub ended: Vec<DeliveryId>,
    /// They are to be tried again.
    pub postponed: Vec<Postponed>,
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
}

impl Services {
    /// Rings when something was written that the worker has to look at. For one listener.
    #[must_use]
    pub fn outbox_bell(&self) -> Arc<Notify> {
        Arc::clone(&self.inner.outbox)
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

    /// Writes down what became of deliveries that were claimed.
    pub async fn settle_deliveries(&self, settlement: Settlement) -> Result<(), ServiceError> {
        let settlement = Arc::new(settlement);
        self.commit(None, move |tx| {
            let settlement = Arc::clone(&settlement);
            Box::pin(async move {
                for id in &settlement.ended {
                    tx.delete_delivery(*id).await?;
                }
                for Postponed { delivery, due_at, attempts } in &settlement.postponed {
                    tx.postpone_delivery(delivery, *due_at, *attempts).await?;
                }
                Ok(Done::quietly(()))
            })
        })
        .await
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
