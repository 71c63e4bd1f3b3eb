//! What came of telling webhooks, and what follows from it.

use super::super::{Noun, ServiceError, Services};
use super::WebhookOwner;
use crate::domain::secrets::Secret;
use crate::domain::{
    Delivery, DeliveryAttempt, DeliveryId, DeliveryKind, Endpoint, LoggedDelivery, OrganizationId,
    Timestamp, Webhook, WebhookId,
};
use crate::store::{Done, KeptWebhook, Redelivery, StoreError, Tx};

/// How long it is known what came of a delivery.
pub(in crate::service) const LOG_KEPT_MS: i64 = 30 * 24 * 3_600_000;

/// A try to tell a webhook something.
#[derive(Clone, Debug)]
pub struct Attempted {
    /// Whom.
    pub webhook_id: WebhookId,
    /// What.
    pub delivery: Delivery,
    /// What came of it.
    pub attempt: DeliveryAttempt,
}

/// A webhook that has failed for too long.
#[derive(Clone, Debug)]
pub(super) struct Failing {
    webhook_id: WebhookId,
    /// Its last failure.
    why: String,
}

impl Services {
    /// A webhook as requests to it are made, with its secret; `None` for one that is gone or switched
    /// off.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn webhook_to_post(
        &self,
        id: WebhookId,
    ) -> Result<Option<(Webhook, Secret)>, ServiceError> {
        let kept = self.store().lookup_webhook(id).await?;
        let Some(KeptWebhook { webhook, secret }) = kept.filter(|kept| kept.webhook.enabled) else {
            return Ok(None);
        };
        let opened = self.inner.sealing_key.open(&secret).map_err(|_| StoreError::Corrupt {
            table: "webhooks",
            column: "secret",
            id: id.to_string(),
        })?;
        Ok(Some((webhook, opened)))
    }

    /// What was tried to tell a webhook in the last 30 days, the newest first; with `before`, what is
    /// older than that.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn list_webhook_deliveries(
        &self,
        owner: WebhookOwner,
        id: WebhookId,
        before: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<LoggedDelivery>, ServiceError> {
        self.get_webhook(owner, id).await?;
        Ok(self.store().list_logged_deliveries(id, before, i64::from(limit)).await?)
    }

    /// Tells a webhook once more what it was told before, or was to be told: at once, under the same id
    /// of the event, and with every attempt before it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a webhook that is switched off.
    pub async fn redeliver(
        &self,
        owner: WebhookOwner,
        id: WebhookId,
        delivery: DeliveryId,
    ) -> Result<LoggedDelivery, ServiceError> {
        let webhook = self.get_webhook(owner, id).await?;
        if !webhook.enabled {
            return Err(ServiceError::Conflict("the webhook is switched off".to_owned()));
        }
        self.logged_delivery(id, delivery).await?;
        let endpoint =
            Endpoint { kind: DeliveryKind::Muro, owner: id.to_string(), url: webhook.url };
        let now = self.now();
        self.commit(None, move |tx| {
            let endpoint = endpoint.clone();
            Box::pin(async move {
                let redelivery = Redelivery { id: delivery, endpoint: &endpoint };
                tx.redeliver(redelivery, now).await?;
                Ok(Done::quietly(()))
            })
        })
        .await?;
        self.logged_delivery(id, delivery).await
    }

    async fn logged_delivery(
        &self,
        webhook: WebhookId,
        id: DeliveryId,
    ) -> Result<LoggedDelivery, ServiceError> {
        let logged = self.store().lookup_logged_delivery(webhook, id).await?;
        logged.ok_or(ServiceError::NotFound(Noun::Delivery))
    }

    /// Switches off what has failed for too long, and drops what waits for it.
    pub(super) async fn switch_off(&self, failing: Failing) -> Result<(), ServiceError> {
        let Some(kept) = self.store().lookup_webhook(failing.webhook_id).await? else {
            return Ok(());
        };
        let (organization, now) = (kept.webhook.organization_id, self.now());
        self.commit(Some(organization), move |tx| {
            let failing = failing.clone();
            Box::pin(async move { Ok(Done::quietly(end(tx, organization, &failing, now).await?)) })
        })
        .await
    }
}

/// Keeps what came of attempts; gives the webhooks that took nothing since before `patience_ms`.
pub(super) async fn log_attempts(
    tx: &mut Tx,
    attempts: &[Attempted],
    patience_ms: i64,
) -> Result<Vec<Failing>, StoreError> {
    let mut failing = Vec::new();
    for Attempted { webhook_id, delivery, attempt } in attempts {
        tx.log_attempt(*webhook_id, delivery, attempt).await?;
        let Some(why) = &attempt.error else {
            tx.note_webhook_success(*webhook_id).await?;
            continue;
        };
        let since = tx.note_webhook_failure(*webhook_id, attempt.at).await?;
        if since.is_some_and(|since| attempt.at.ms_since(since) >= patience_ms) {
            failing.push(Failing { webhook_id: *webhook_id, why: why.clone() });
        }
    }
    Ok(failing)
}

async fn end(
    tx: &mut Tx,
    organization: OrganizationId,
    failing: &Failing,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.lock_organization(organization).await?;
    let kept = tx.lookup_webhook(failing.webhook_id).await?;
    let Some(mut kept) = kept.filter(|kept| kept.webhook.enabled) else { return Ok(()) };
    // It may have been mended in between.
    let Some(since) = kept.webhook.failing_since else { return Ok(()) };
    kept.webhook.enabled = false;
    kept.webhook.disabled_reason = Some(reason(since, &failing.why));
    kept.webhook.updated_at = now;
    tx.update_webhook(&kept).await?;
    tx.drop_webhook_deliveries(failing.webhook_id).await?;
    tx.count_webhooks(organization).await
}

fn reason(since: Timestamp, why: &str) -> String {
    let since = jiff::Timestamp::from_microsecond(since.micros()).unwrap_or_default();
    let since = since.strftime("%Y-%m-%dT%H:%M:%SZ");
    format!("it has taken nothing since {since}; the last failure: {why}")
}
