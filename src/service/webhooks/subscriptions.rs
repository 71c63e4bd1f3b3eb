//! Who of an organization's programs is told what happens in its conversations.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::super::{Noun, ServiceError, Services};
use super::WebhookOwner;
use crate::domain::secrets::{Secret, new_webhook_secret};
use crate::domain::{ChannelId, SignatureStyle, Timestamp, Webhook, WebhookEvent, WebhookId};
use crate::store::{Done, KeptWebhook, StoreError, Tx, WebhookScope};

/// Most webhooks of one organization: each event is written down once for every one of them.
const WEBHOOKS_MAX: i64 = 50;
const PINNED: &str = "this API key sees one website alone";

/// A webhook to be made.
#[derive(Clone, Debug)]
pub struct CreateWebhook {
    /// Where it is told.
    pub url: String,
    /// What it hears of.
    pub events: Vec<WebhookEvent>,
    /// The website it hears of; `None`: all that its maker sees.
    pub channel_id: Option<ChannelId>,
    /// How its requests are signed.
    pub signature_style: SignatureStyle,
}

/// What is to be otherwise; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ChangeWebhook {
    /// Where it is told, also of what waits already.
    pub url: Option<String>,
    /// What it hears of.
    pub events: Option<Vec<WebhookEvent>>,
    /// How its requests are signed.
    pub signature_style: Option<SignatureStyle>,
    /// Whether it is told anything. What waits for one that is switched off is dropped.
    pub enabled: Option<bool>,
}

/// A webhook with its secret, which is shown when it is made and never again.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// What its requests are signed with.
    pub secret: Secret,
}

impl Services {
    /// Makes a webhook. It hears of everything that is written after it, on every node.
    ///
    /// # Errors
    /// `Invalid` for a URL that is none, or a website that is not the organization's; `Forbidden` for
    /// a website that its maker does not see; `Conflict` beyond 50 webhooks.
    pub async fn create_webhook(
        &self,
        owner: WebhookOwner,
        request: CreateWebhook,
    ) -> Result<NewWebhook, ServiceError> {
        if owner.channel_id.is_some()
            && request.channel_id.is_some_and(|id| Some(id) != owner.channel_id)
        {
            return Err(ServiceError::Forbidden(PINNED));
        }
        let (now, secret) = (self.now(), new_webhook_secret());
        let webhook = Webhook {
            id: WebhookId::generate(),
            organization_id: owner.organization_id,
            channel_id: request.channel_id.or(owner.channel_id),
            url: Webhook::check_url(&request.url)?,
            events: request.events,
            signature_style: request.signature_style,
            enabled: true,
            disabled_reason: None,
            failing_since: None,
            created_at: now,
            updated_at: now,
        };
        let sealed = self.inner.sealing_key.seal(&secret);
        let new = KeptWebhook { webhook: webhook.clone(), secret: sealed };
        self.commit(Some(owner.organization_id), move |tx| {
            let new = new.clone();
            Box::pin(async move { Ok(Done::quietly(insert(tx, &new).await?)) })
        })
        .await?;
        Ok(NewWebhook { webhook, secret })
    }

    /// Webhooks, the newest first; with `before`, those older than it.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn list_webhooks(
        &self,
        owner: WebhookOwner,
        before: Option<WebhookId>,
        limit: u32,
    ) -> Result<Vec<Webhook>, ServiceError> {
        let WebhookOwner { organization_id, channel_id } = owner;
        let scope = WebhookScope { organization_id, channel_id, before };
        Ok(self.store().list_webhooks(scope, i64::from(limit)).await?)
    }

    /// One webhook.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_webhook(
        &self,
        owner: WebhookOwner,
        id: WebhookId,
    ) -> Result<Webhook, ServiceError> {
        let kept = self.store().lookup_webhook(id).await?.map(|kept| kept.webhook);
        kept.filter(|webhook| owner.owns(webhook)).ok_or(ServiceError::NotFound(Noun::Webhook))
    }

    /// Changes a webhook. One that is switched on again has a clean slate.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a URL that is none.
    pub async fn change_webhook(
        &self,
        owner: WebhookOwner,
        id: WebhookId,
        change: ChangeWebhook,
    ) -> Result<Webhook, ServiceError> {
        let url = change.url.as_deref().map(Webhook::check_url).transpose()?;
        let change = ChangeWebhook { url, ..change };
        let now = self.now();
        let changed = self
            .with_webhook(owner, id, move |tx, kept| {
                let change = change.clone();
                Box::pin(async move { apply(tx, kept, change, now).await })
            })
            .await?;
        Ok(changed.webhook)
    }

    /// Gives a webhook another secret. The old one signs nothing any more.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn rotate_webhook(
        &self,
        owner: WebhookOwner,
        id: WebhookId,
    ) -> Result<NewWebhook, ServiceError> {
        let (now, secret) = (self.now(), new_webhook_secret());
        let sealed = self.inner.sealing_key.seal(&secret);
        let changed = self
            .with_webhook(owner, id, move |tx, mut kept| {
                kept.secret.clone_from(&sealed);
                kept.webhook.updated_at = now;
                Box::pin(async move {
                    tx.update_webhook(&kept).await?;
                    Ok(kept)
                })
            })
            .await?;
        Ok(NewWebhook { webhook: changed.webhook, secret })
    }

    /// Forgets a webhook, with what waits for it and what is known of its deliveries.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_webhook(
        &self,
        owner: WebhookOwner,
        id: WebhookId,
    ) -> Result<Webhook, ServiceError> {
        let deleted = self
            .with_webhook(owner, id, |tx, kept| {
                Box::pin(async move {
                    tx.delete_webhook(kept.webhook.id).await?;
                    Ok(kept)
                })
            })
            .await?;
        Ok(deleted.webhook)
    }

    /// Runs `work` on a webhook while nobody writes for its organization, and counts afresh.
    async fn with_webhook<W>(
        &self,
        owner: WebhookOwner,
        id: WebhookId,
        work: W,
    ) -> Result<KeptWebhook, ServiceError>
    where
        W: for<'t> Fn(&'t mut Tx, KeptWebhook) -> BoxFuture<'t, Result<KeptWebhook, StoreError>>
            + Send
            + Sync
            + 'static,
    {
        self.get_webhook(owner, id).await?;
        let work = Arc::new(work);
        self.commit(Some(owner.organization_id), move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                tx.lock_organization(owner.organization_id).await?;
                let kept = tx.lookup_webhook(id).await?;
                let kept = kept.ok_or(ServiceError::NotFound(Noun::Webhook))?;
                let kept = work(tx, kept).await?;
                tx.count_webhooks(owner.organization_id).await?;
                Ok(Done::quietly(kept))
            })
        })
        .await
    }
}

async fn insert(tx: &mut Tx, new: &KeptWebhook) -> Result<(), ServiceError> {
    let organization = new.webhook.organization_id;
    if let Some(channel) = new.webhook.channel_id
        && !tx.has_channel(organization, channel).await?
    {
        return Err(ServiceError::invalid("website_id", "is not a website of yours"));
    }
    if tx.webhooks_of(organization).await? >= WEBHOOKS_MAX {
        let why = format!("an organization has at most {WEBHOOKS_MAX} webhooks");
        return Err(ServiceError::Conflict(why));
    }
    tx.lock_organization(organization).await?;
    tx.insert_webhook(new).await?;
    Ok(tx.count_webhooks(organization).await?)
}

async fn apply(
    tx: &mut Tx,
    mut kept: KeptWebhook,
    change: ChangeWebhook,
    now: Timestamp,
) -> Result<KeptWebhook, StoreError> {
    let webhook = &mut kept.webhook;
    webhook.events = change.events.unwrap_or_else(|| webhook.events.clone());
    webhook.signature_style = change.signature_style.unwrap_or(webhook.signature_style);
    webhook.updated_at = now;
    if let Some(url) = change.url {
        tx.redirect_webhook_deliveries(webhook.id, &url).await?;
        webhook.url = url;
    }
    if let Some(enabled) = change.enabled {
        webhook.enabled = enabled;
        webhook.disabled_reason = None;
        webhook.failing_since = None;
        if !enabled {
            tx.drop_webhook_deliveries(webhook.id).await?;
        }
    }
    tx.update_webhook(&kept).await?;
    Ok(kept)
}
