//! Webhooks of organizations: who is told, what is told, and what came of it.

mod log;
mod relay;

use sqlx::{FromRow, query, query_as};

pub use log::Redelivery;

use super::row::{Source, to_json};
use super::{Store, StoreError, Tx};
use crate::domain::{
    ChannelId, DeliveryKind, OrganizationId, Timestamp, Webhook, WebhookEvent, WebhookId,
};

/// A webhook as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// What its requests are signed with, sealed.
    pub secret: String,
}

/// Which webhooks of an organization to list, the newest first.
#[derive(Clone, Copy, Debug)]
pub struct WebhookScope {
    /// Whose they are.
    pub organization_id: OrganizationId,
    /// Those of one website alone.
    pub channel_id: Option<ChannelId>,
    /// Those that are older than this one.
    pub before: Option<WebhookId>,
}

#[derive(FromRow)]
struct WebhookRow {
    id: String,
    organization_id: String,
    channel_id: Option<String>,
    url: String,
    secret: String,
    events: String,
    signature_style: String,
    enabled: i64,
    disabled_reason: Option<String>,
    failing_since: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<WebhookRow> for KeptWebhook {
    type Error = StoreError;

    fn try_from(row: WebhookRow) -> Result<Self, StoreError> {
        let source = Source { table: "webhooks", id: &row.id };
        let webhook = Webhook {
            id: source.parse("id", &row.id)?,
            organization_id: source.parse("organization_id", &row.organization_id)?,
            channel_id: source.parse_optional("channel_id", row.channel_id.as_deref())?,
            events: source.json("events", &row.events)?,
            signature_style: source.parse("signature_style", &row.signature_style)?,
            enabled: row.enabled != 0,
            url: row.url,
            disabled_reason: row.disabled_reason,
            failing_since: row.failing_since.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        };
        Ok(Self { webhook, secret: row.secret })
    }
}

/// The beginning of a query that gives [`WebhookRow`]s.
macro_rules! select_webhooks {
    ($rest:literal) => {
        concat!(
            "select id, organization_id, channel_id, url, secret, events, signature_style, enabled, \
             disabled_reason, failing_since, created_at, updated_at from webhooks ",
            $rest
        )
    };
}

impl Store {
    /// Webhooks of an organization, the newest first.
    pub async fn list_webhooks(
        &self,
        scope: WebhookScope,
        limit: i64,
    ) -> Result<Vec<Webhook>, StoreError> {
        let query = query_as::<_, WebhookRow>(select_webhooks!(
            "where organization_id = $1 and ($2 = '' or channel_id = $2) and ($3 = '' or id < $3) \
             order by id desc limit $4"
        ));
        let text = |id: Option<String>| id.unwrap_or_default();
        let query = query
            .bind(scope.organization_id.to_string())
            .bind(text(scope.channel_id.map(|id| id.to_string())))
            .bind(text(scope.before.map(|id| id.to_string())))
            .bind(limit);
        into_webhooks(self.fetch_all(query).await?)
    }

    /// The webhooks of all organizations, the oldest first.
    pub async fn list_all_webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        let query = query_as::<_, WebhookRow>(select_webhooks!("order by id"));
        into_webhooks(self.fetch_all(query).await?)
    }

    /// A webhook, whosever it is.
    pub async fn lookup_webhook(&self, id: WebhookId) -> Result<Option<KeptWebhook>, StoreError> {
        let query = query_as::<_, WebhookRow>(select_webhooks!("where id = $1"));
        self.fetch_optional(query.bind(id.to_string())).await?.map(TryInto::try_into).transpose()
    }
}

fn into_webhooks(rows: Vec<WebhookRow>) -> Result<Vec<Webhook>, StoreError> {
    rows.into_iter().map(|row| Ok(KeptWebhook::try_from(row)?.webhook)).collect()
}

fn events_json(events: &[WebhookEvent]) -> String {
    to_json(&events)
}

impl Tx {
    /// A webhook as it stands in this transaction, whosever it is.
    pub async fn lookup_webhook(
        &mut self,
        id: WebhookId,
    ) -> Result<Option<KeptWebhook>, StoreError> {
        let query = query_as::<_, WebhookRow>(select_webhooks!("where id = $1"));
        self.fetch_optional(query.bind(id.to_string())).await?.map(TryInto::try_into).transpose()
    }

    /// How many webhooks an organization has, those that are switched off among them.
    pub async fn webhooks_of(&mut self, id: OrganizationId) -> Result<i64, StoreError> {
        let query = query_as("select count(*) from webhooks where organization_id = $1");
        let row: Option<(i64,)> = self.fetch_optional(query.bind(id.to_string())).await?;
        Ok(row.map_or(0, |(count,)| count))
    }

    /// A new webhook.
    pub async fn insert_webhook(&mut self, new: &KeptWebhook) -> Result<(), StoreError> {
        let statement = query(
            "insert into webhooks (id, organization_id, channel_id, url, secret, events, \
             signature_style, enabled, disabled_reason, failing_since, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        );
        let webhook = &new.webhook;
        let statement = statement
            .bind(webhook.id.to_string())
            .bind(webhook.organization_id.to_string())
            .bind(webhook.channel_id.map(|id| id.to_string()))
            .bind(webhook.url.as_str())
            .bind(new.secret.as_str())
            .bind(events_json(&webhook.events))
            .bind(webhook.signature_style.as_str())
            .bind(i64::from(webhook.enabled))
            .bind(webhook.disabled_reason.clone())
            .bind(webhook.failing_since.map(Timestamp::micros))
            .bind(webhook.created_at.micros())
            .bind(webhook.updated_at.micros());
        self.execute(statement).await.map(drop)
    }

    /// A webhook is otherwise now: everything but whose it is and which website it hears of.
    pub async fn update_webhook(&mut self, changed: &KeptWebhook) -> Result<(), StoreError> {
        let statement = query(
            "update webhooks set url = $1, secret = $2, events = $3, signature_style = $4, \
             enabled = $5, disabled_reason = $6, failing_since = $7, updated_at = $8 where id = $9",
        );
        let webhook = &changed.webhook;
        let statement = statement
            .bind(webhook.url.as_str())
            .bind(changed.secret.as_str())
            .bind(events_json(&webhook.events))
            .bind(webhook.signature_style.as_str())
            .bind(i64::from(webhook.enabled))
            .bind(webhook.disabled_reason.clone())
            .bind(webhook.failing_since.map(Timestamp::micros))
            .bind(webhook.updated_at.micros())
            .bind(webhook.id.to_string());
        self.execute(statement).await.map(drop)
    }

    /// Forgets a webhook, and what is known of its deliveries.
    pub async fn delete_webhook(&mut self, id: WebhookId) -> Result<(), StoreError> {
        self.drop_webhook_deliveries(id).await?;
        self.delete_webhook_log(id).await?;
        self.execute(query("delete from webhooks where id = $1").bind(id.to_string()))
            .await
            .map(drop)
    }

    /// What waits for a webhook goes to this URL.
    pub async fn redirect_webhook_deliveries(
        &mut self,
        id: WebhookId,
        url: &str,
    ) -> Result<(), StoreError> {
        let statement = query("update deliveries set endpoint = $1 where kind = $2 and owner = $3");
        let statement = statement.bind(url).bind(DeliveryKind::Muro.as_str()).bind(id.to_string());
        self.execute(statement).await.map(drop)
    }

    /// Forgets what waits for a webhook.
    pub async fn drop_webhook_deliveries(&mut self, id: WebhookId) -> Result<(), StoreError> {
        let statement = query("delete from deliveries where kind = $1 and owner = $2");
        let statement = statement.bind(DeliveryKind::Muro.as_str()).bind(id.to_string());
        self.execute(statement).await.map(drop)
    }

    /// A receiver took something: it does not fail any more.
    pub async fn note_webhook_success(&mut self, id: WebhookId) -> Result<(), StoreError> {
        let statement = query(
            "update webhooks set failing_since = null where id = $1 and failing_since is not null",
        );
        self.execute(statement.bind(id.to_string())).await.map(drop)
    }

    /// A receiver did not take something. Gives the first failure since its last success; `None` when
    /// the webhook is gone or switched off.
    pub async fn note_webhook_failure(
        &mut self,
        id: WebhookId,
        at: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let query = query_as(
            "update webhooks set failing_since = coalesce(failing_since, $1) \
             where id = $2 and enabled = 1 returning failing_since",
        );
        let query = query.bind(at.micros()).bind(id.to_string());
        let row: Option<(i64,)> = self.returning(query).await?;
        Ok(row.map(|(since,)| Timestamp::from_micros(since)))
    }
}
