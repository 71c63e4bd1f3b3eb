//! Keys of programs.

use sqlx::{FromRow, query, query_as};

use super::row::{Source, to_json};
use super::{Store, StoreError, Tx};
use crate::domain::secrets::TokenHash;
use crate::domain::{ApiKey, ApiKeyId, OrganizationId, Timestamp};

#[derive(FromRow)]
pub(super) struct KeyRow {
    id: String,
    organization_id: String,
    user_id: Option<String>,
    channel_id: Option<String>,
    dialect: String,
    kind: String,
    prefix: String,
    name: String,
    scopes: String,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
}

/// The columns of a [`KeyRow`], behind what comes before them and before what comes after.
macro_rules! keys_sql {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " id, organization_id, user_id, channel_id, dialect, kind, prefix, name, scopes, ",
            "created_at, expires_at, revoked_at ",
            $after
        )
    };
}
pub(super) use keys_sql;

impl TryFrom<KeyRow> for ApiKey {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let source = Source { table: "api_keys", id: &row.id };
        Ok(Self {
            id: source.parse("id", &row.id)?,
            organization_id: source.parse("organization_id", &row.organization_id)?,
            user_id: source.parse_optional("user_id", row.user_id.as_deref())?,
            channel_id: source.parse_optional("channel_id", row.channel_id.as_deref())?,
            dialect: source.parse("dialect", &row.dialect)?,
            kind: source.parse("kind", &row.kind)?,
            scopes: source.json("scopes", &row.scopes)?,
            prefix: row.prefix,
            name: row.name,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
        })
    }
}

impl Store {
    /// The key with this hash, valid or not.
    pub async fn lookup_key(&self, token: &TokenHash) -> Result<Option<ApiKey>, StoreError> {
        let query =
            query_as::<_, KeyRow>(keys_sql!("select", "from api_keys where token_hash = $1"));
        self.fetch_optional(query.bind(token.as_str())).await?.map(TryInto::try_into).transpose()
    }

    /// All keys, newest first.
    pub async fn list_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        let query = query_as::<_, KeyRow>(keys_sql!(
            "select",
            "from api_keys order by created_at desc, id desc"
        ));
        let rows = self.fetch_all(query).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The keys that stopped working between `since` and `now`: taken back, or by themselves.
    pub async fn list_keys_ended_since(
        &self,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<ApiKeyId>, StoreError> {
        let query = query_as::<_, KeyRow>(keys_sql!(
            "select",
            "from api_keys where revoked_at >= $1 or expires_at between $1 and $2"
        ));
        let rows = self.fetch_all(query.bind(since.micros()).bind(now.micros())).await?;
        rows.into_iter().map(|row| ApiKey::try_from(row).map(|key| key.id)).collect()
    }
}

impl Tx {
    /// A new key.
    pub async fn insert_key(&mut self, key: &ApiKey, token: &TokenHash) -> Result<(), StoreError> {
        let statement = query(
            "insert into api_keys (id, organization_id, user_id, dialect, kind, token_hash, prefix, \
             name, scopes, created_at, expires_at, revoked_at, channel_id) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        );
        let statement = statement
            .bind(key.id.to_string())
            .bind(key.organization_id.to_string())
            .bind(key.user_id.map(|id| id.to_string()))
            .bind(key.dialect.as_str())
            .bind(key.kind.as_str())
            .bind(token.as_str())
            .bind(key.prefix.as_str())
            .bind(key.name.as_str())
            .bind(to_json(&key.scopes))
            .bind(key.created_at.micros())
            .bind(key.expires_at.map(Timestamp::micros))
            .bind(key.revoked_at.map(Timestamp::micros))
            .bind(key.channel_id.map(|id| id.to_string()));
        self.execute(statement).await.map(drop)
    }

    /// Takes a key back; one that was taken back before keeps its time.
    pub async fn revoke_key(
        &mut self,
        id: ApiKeyId,
        now: Timestamp,
    ) -> Result<Option<ApiKey>, StoreError> {
        let query = query_as::<_, KeyRow>(keys_sql!(
            "update api_keys set revoked_at = coalesce(revoked_at, $1) where id = $2 returning",
            ""
        ));
        let row = self.returning(query.bind(now.micros()).bind(id.to_string())).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Takes back every key of an organization that has this name.
    pub async fn revoke_keys_named(
        &mut self,
        organization: OrganizationId,
        name: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let statement = query(
            "update api_keys set revoked_at = $1 \
             where organization_id = $2 and name = $3 and revoked_at is null",
        );
        let statement = statement.bind(now.micros()).bind(organization.to_string()).bind(name);
        self.execute(statement).await
    }
}
