//! What came of deliveries to webhooks.

use std::collections::HashMap;

use sqlx::{FromRow, query, query_as};

use crate::domain::{
    Delivery, DeliveryAttempt, DeliveryId, DeliveryKind, DeliveryState, Endpoint, LoggedDelivery,
    Notice, Timestamp, WebhookId,
};
use crate::store::row::Source;
use crate::store::{Store, StoreError, Tx};

/// Something to be delivered once more.
#[derive(Clone, Debug)]
pub struct Redelivery<'a> {
    /// Which.
    pub id: DeliveryId,
    /// To whom.
    pub endpoint: &'a Endpoint,
}

#[derive(FromRow)]
struct LogRow {
    id: String,
    webhook_id: String,
    payload: String,
    delivered_at: Option<i64>,
    due_at: Option<i64>,
}

impl LogRow {
    fn into_domain(self, attempts: Vec<DeliveryAttempt>) -> Result<LoggedDelivery, StoreError> {
        let source = Source { table: "webhook_deliveries", id: &self.id };
        let state = match (self.due_at, self.delivered_at) {
            (Some(_), _) => DeliveryState::Pending,
            (None, Some(_)) => DeliveryState::Delivered,
            (None, None) => DeliveryState::Failed,
        };
        Ok(LoggedDelivery {
            id: source.parse("id", &self.id)?,
            webhook_id: source.parse("webhook_id", &self.webhook_id)?,
            notice: source.json("payload", &self.payload)?,
            state,
            next_attempt_at: self.due_at.map(Timestamp::from_micros),
            attempts,
        })
    }
}

#[derive(FromRow)]
struct AttemptRow {
    delivery_id: String,
    at: i64,
    duration_ms: i64,
    status: Option<i64>,
    response: String,
    error: Option<String>,
}

impl TryFrom<AttemptRow> for DeliveryAttempt {
    type Error = StoreError;

    fn try_from(row: AttemptRow) -> Result<Self, StoreError> {
        let source = Source { table: "webhook_attempts", id: &row.delivery_id };
        let status = row.status.map(u16::try_from).transpose();
        Ok(Self {
            at: Timestamp::from_micros(row.at),
            duration_ms: row.duration_ms,
            status: status.map_err(|_| source.corrupt("status"))?,
            response: row.response,
            error: row.error,
        })
    }
}

impl Store {
    /// What was tried to tell a webhook, the newest first; with `before`, what is older than that.
    pub async fn list_logged_deliveries(
        &self,
        webhook: WebhookId,
        before: Option<DeliveryId>,
        limit: i64,
    ) -> Result<Vec<LoggedDelivery>, StoreError> {
        let query = query_as::<_, LogRow>(
            "select l.id, l.webhook_id, l.payload, l.delivered_at, d.due_at \
             from webhook_deliveries l left join deliveries d on d.id = l.id \
             where l.webhook_id = $1 and ($2 = '' or l.id < $2) order by l.id desc limit $3",
        );
        let before = before.map(|id| id.to_string()).unwrap_or_default();
        let query = query.bind(webhook.to_string()).bind(before).bind(limit);
        let rows = self.fetch_all(query).await?;
        let (Some(newest), Some(oldest)) = (rows.first(), rows.last()) else {
            return Ok(Vec::new());
        };
        let mut attempts = self.list_attempts(webhook, &oldest.id, &newest.id).await?;
        let with_attempts = |row: LogRow| {
            let attempts = attempts.remove(&row.id).unwrap_or_default();
            row.into_domain(attempts)
        };
        rows.into_iter().map(with_attempts).collect()
    }

    /// One of a webhook's deliveries that was tried.
    pub async fn lookup_logged_delivery(
        &self,
        webhook: WebhookId,
        id: DeliveryId,
    ) -> Result<Option<LoggedDelivery>, StoreError> {
        let query = query_as::<_, LogRow>(
            "select l.id, l.webhook_id, l.payload, l.delivered_at, d.due_at \
             from webhook_deliveries l left join deliveries d on d.id = l.id \
             where l.webhook_id = $1 and l.id = $2",
        );
        let query = query.bind(webhook.to_string()).bind(id.to_string());
        let Some(row) = self.fetch_optional(query).await? else { return Ok(None) };
        let mut attempts = self.list_attempts(webhook, &row.id, &row.id).await?;
        let attempts = attempts.remove(&row.id).unwrap_or_default();
        row.into_domain(attempts).map(Some)
    }

    /// The attempts of a webhook's deliveries between two, in their order.
    async fn list_attempts(
        &self,
        webhook: WebhookId,
        oldest: &str,
        newest: &str,
    ) -> Result<HashMap<String, Vec<DeliveryAttempt>>, StoreError> {
        let query = query_as::<_, AttemptRow>(
            "select a.delivery_id, a.at, a.duration_ms, a.status, a.response, a.error \
             from webhook_deliveries l join webhook_attempts a on a.delivery_id = l.id \
             where l.webhook_id = $1 and l.id >= $2 and l.id <= $3 order by a.at",
        );
        let query = query.bind(webhook.to_string()).bind(oldest).bind(newest);
        let mut attempts: HashMap<String, Vec<DeliveryAttempt>> = HashMap::new();
        for row in self.fetch_all(query).await? {
            attempts.entry(row.delivery_id.clone()).or_default().push(row.try_into()?);
        }
        Ok(attempts)
    }
}

impl Tx {
    /// Keeps what came of one attempt.
    pub async fn log_attempt(
        &mut self,
        webhook: WebhookId,
        delivery: &Delivery,
        attempt: &DeliveryAttempt,
    ) -> Result<(), StoreError> {
        let delivered_at = attempt.error.is_none().then(|| attempt.at.micros());
        let statement = query(
            "insert into webhook_deliveries (id, webhook_id, payload, created_at, attempted_at, \
             delivered_at) values ($1, $2, $3, $4, $5, $6) on conflict (id) do update set \
             attempted_at = excluded.attempted_at, \
             delivered_at = coalesce(webhook_deliveries.delivered_at, excluded.delivered_at)",
        );
        let statement = statement
            .bind(delivery.id.to_string())
            .bind(webhook.to_string())
            .bind(delivery.payload.as_str())
            .bind(delivery.created_at.micros())
            .bind(attempt.at.micros())
            .bind(delivered_at);
        self.execute(statement).await?;
        let statement = query(
            "insert into webhook_attempts (delivery_id, at, duration_ms, status, response, error) \
             values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        );
        let statement = statement
            .bind(delivery.id.to_string())
            .bind(attempt.at.micros())
            .bind(attempt.duration_ms)
            .bind(attempt.status.map(i64::from))
            .bind(attempt.response.as_str())
            .bind(attempt.error.clone());
        self.execute(statement).await.map(drop)
    }

    /// What was tried before is due again, in a lane of its own, with every attempt before it. What
    /// still waits is due now.
    pub async fn redeliver(
        &mut self,
        redelivery: Redelivery<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into deliveries (id, kind, owner, endpoint, lane, payload, attempts, due_at, \
             give_up_at, created_at) select id, $1, webhook_id, $2, id, payload, 0, $3, $4, created_at \
             from webhook_deliveries where id = $5 \
             on conflict (id) do update set due_at = excluded.due_at, attempts = 0, \
             lane = excluded.lane, give_up_at = excluded.give_up_at",
        );
        let statement = statement
            .bind(DeliveryKind::Muro.as_str())
            .bind(redelivery.endpoint.url.as_str())
            .bind(now.micros())
            .bind(now.plus_ms(Notice::KEPT_MS).micros())
            .bind(redelivery.id.to_string());
        self.execute(statement).await?;
        self.ring_outbox();
        Ok(())
    }

    /// Forgets what was tried to tell a webhook.
    pub(super) async fn delete_webhook_log(&mut self, id: WebhookId) -> Result<(), StoreError> {
        let statement = query(
            "delete from webhook_attempts where delivery_id in \
             (select id from webhook_deliveries where webhook_id = $1)",
        );
        self.execute(statement.bind(id.to_string())).await?;
        let statement = query("delete from webhook_deliveries where webhook_id = $1");
        self.execute(statement.bind(id.to_string())).await.map(drop)
    }

    /// Forgets what was last tried before `before`.
    pub async fn delete_old_webhook_log(&mut self, before: Timestamp) -> Result<(), StoreError> {
        let statement = query(
            "delete from webhook_attempts where delivery_id in \
             (select id from webhook_deliveries where attempted_at < $1)",
        );
        self.execute(statement.bind(before.micros())).await?;
        let statement = query("delete from webhook_deliveries where attempted_at < $1");
        self.execute(statement.bind(before.micros())).await.map(drop)
    }
}
