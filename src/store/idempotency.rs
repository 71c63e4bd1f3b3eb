//! Requests that came with an `Idempotency-Key`, and how they were answered.

use sqlx::{FromRow, query, query_as};

use super::{StoreError, Tx};
use crate::domain::{ApiKeyId, AttemptId, Timestamp};

/// A request that asks to be carried out once.
#[derive(Clone, Copy, Debug)]
pub struct NewAttempt<'a> {
    /// Which attempt it would be.
    pub id: AttemptId,
    /// The API key, whose own the idempotency keys are.
    pub api_key_id: ApiKeyId,
    /// The key as the client sent it.
    pub idempotency_key: &'a str,
    /// A hash of all that makes it the same request.
    pub fingerprint: &'a str,
    /// Now.
    pub created_at: Timestamp,
    /// Until when it may stay without an answer, having done nothing.
    pub lease_until: Timestamp,
    /// What was kept before this moment is forgotten.
    pub forgotten_before: Timestamp,
}

/// How an earlier request with the same key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// The hash of what made it that request.
    pub fingerprint: String,
    /// Whether something it did is kept.
    pub acted: bool,
    /// Status and body of its answer; `None` as long as there is none.
    pub answer: Option<(u16, String)>,
    /// Until when it may stay without an answer.
    pub lease_until: Timestamp,
}

#[derive(FromRow)]
struct AttemptRow {
    fingerprint: String,
    acted: i64,
    status: Option<i64>,
    body: Option<String>,
    lease_until: i64,
}

impl From<AttemptRow> for Attempted {
    fn from(row: AttemptRow) -> Self {
        let status = row.status.and_then(|status| u16::try_from(status).ok());
        Self {
            fingerprint: row.fingerprint,
            acted: row.acted != 0,
            answer: status.zip(row.body),
            lease_until: Timestamp::from_micros(row.lease_until),
        }
    }
}

impl Tx {
    /// Takes the key for a new attempt where nobody has it, where it is forgotten, or where the same request
    /// has it and came to nothing; otherwise tells who has it.
    pub async fn take_idempotency_key(
        &mut self,
        new: NewAttempt<'_>,
    ) -> Result<Option<Attempted>, StoreError> {
        let statement = query(
            "insert into idempotency_keys (api_key_id, idempotency_key, fingerprint, attempt, acted, \
             created_at, lease_until) values ($1, $2, $3, $4, 0, $5, $6) \
             on conflict (api_key_id, idempotency_key) do update set \
             fingerprint = excluded.fingerprint, attempt = excluded.attempt, acted = 0, status = null, \
             body = null, created_at = excluded.created_at, lease_until = excluded.lease_until \
             where idempotency_keys.created_at < $7 \
             or (idempotency_keys.status is null and idempotency_keys.acted = 0 \
             and idempotency_keys.lease_until <= excluded.created_at \
             and idempotency_keys.fingerprint = excluded.fingerprint)",
        );
        let statement = statement
            .bind(new.api_key_id.to_string())
            .bind(new.idempotency_key)
            .bind(new.fingerprint)
            .bind(new.id.to_string())
            .bind(new.created_at.micros())
            .bind(new.lease_until.micros())
            .bind(new.forgotten_before.micros());
        if self.execute(statement).await? > 0 {
            return Ok(None);
        }
        let query = query_as::<_, AttemptRow>(
            "select fingerprint, acted, status, body, lease_until from idempotency_keys \
             where api_key_id = $1 and idempotency_key = $2",
        );
        let query = query.bind(new.api_key_id.to_string()).bind(new.idempotency_key);
        Ok(self.fetch_optional(query).await?.map(Into::into))
    }

    /// Notes that what this transaction does, the attempt does; `false` when another attempt has the key.
    pub async fn note_attempt(&mut self, attempt: AttemptId) -> Result<bool, StoreError> {
        let statement = query("update idempotency_keys set acted = 1 where attempt = $1");
        Ok(self.execute(statement.bind(attempt.to_string())).await? > 0)
    }

    /// Keeps the answer of an attempt.
    pub async fn answer_attempt(
        &mut self,
        attempt: AttemptId,
        status: u16,
        body: &str,
    ) -> Result<(), StoreError> {
        let statement =
            query("update idempotency_keys set status = $1, body = $2 where attempt = $3");
        let statement = statement.bind(i64::from(status)).bind(body).bind(attempt.to_string());
        self.execute(statement).await.map(drop)
    }

    /// Forgets an attempt that has done nothing.
    pub async fn delete_idle_attempt(&mut self, attempt: AttemptId) -> Result<(), StoreError> {
        let statement = query("delete from idempotency_keys where attempt = $1 and acted = 0");
        self.execute(statement.bind(attempt.to_string())).await.map(drop)
    }

    /// Forgets the keys that came before `before`.
    pub async fn delete_idempotency_keys(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let statement = query("delete from idempotency_keys where created_at < $1");
        self.execute(statement.bind(before.micros())).await
    }
}
