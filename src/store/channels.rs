//! Channels.

use sqlx::{FromRow, query, query_as};

use super::row::{Source, to_json};
use super::{Store, StoreError, Tx};
use crate::domain::{AllowedOrigins, Channel, ChannelId, ChannelKind, OrganizationId, Timestamp};

/// A channel to be made.
#[derive(Clone, Debug)]
pub struct NewChannel<'a> {
    /// The channel.
    pub channel: &'a Channel,
    /// The name that dialects without embed tokens know it by (chatwoot's `website_token`).
    pub public_token: Option<&'a str>,
    /// Where its widget may be shown.
    pub allowed_origins: &'a AllowedOrigins,
    /// The sealed secret that signs visitors' ids.
    pub identity_secret: &'a str,
}

/// What visitors' ids on a channel are signed with.
#[derive(Clone, Debug)]
pub struct ChannelSecret {
    /// Sealed.
    pub identity_secret: String,
    /// What the channel is known by to dialects without embed tokens.
    pub public_token: Option<String>,
}

#[derive(FromRow)]
pub(super) struct ChannelRow {
    #[sqlx(rename = "channel_id")]
    id: String,
    #[sqlx(rename = "channel_organization_id")]
    organization_id: String,
    #[sqlx(rename = "channel_number")]
    number: i64,
    #[sqlx(rename = "channel_kind")]
    kind: String,
    #[sqlx(rename = "channel_name")]
    name: String,
    #[sqlx(rename = "channel_require_identity")]
    require_identity: i64,
}

impl TryFrom<ChannelRow> for Channel {
    type Error = StoreError;

    fn try_from(row: ChannelRow) -> Result<Self, StoreError> {
        let source = Source { table: "channels", id: &row.id };
        Ok(Self {
            id: source.parse("id", &row.id)?,
            organization_id: source.parse("organization_id", &row.organization_id)?,
            number: row.number,
            kind: source.parse("kind", &row.kind)?,
            name: row.name,
            require_identity: row.require_identity != 0,
        })
    }
}

#[derive(FromRow)]
struct SecretRow {
    identity_secret: String,
    public_token: Option<String>,
}

impl From<SecretRow> for ChannelSecret {
    fn from(row: SecretRow) -> Self {
        Self { identity_secret: row.identity_secret, public_token: row.public_token }
    }
}

impl Store {
    /// What visitors' ids on a channel are signed with.
    pub async fn lookup_channel_secret(
        &self,
        id: ChannelId,
    ) -> Result<Option<ChannelSecret>, StoreError> {
        let query = query_as::<_, SecretRow>(
            "select identity_secret, public_token from channels where id = $1",
        );
        Ok(self.fetch_optional(query.bind(id.to_string())).await?.map(Into::into))
    }

    /// Something that was sealed, of any organization: the key that opens it is the right one.
    pub async fn lookup_any_seal(&self) -> Result<Option<String>, StoreError> {
        let query =
            query_as::<_, SecretRow>("select identity_secret, public_token from channels limit 1");
        Ok(self.fetch_optional(query).await?.map(|row| row.identity_secret))
    }
}

impl Tx {
    /// The oldest channel of a kind in an organization.
    pub async fn lookup_first_channel(
        &mut self,
        organization: OrganizationId,
        kind: ChannelKind,
    ) -> Result<Option<Channel>, StoreError> {
        let query = query_as::<_, ChannelRow>(
            "select id as channel_id, organization_id as channel_organization_id, \
             number as channel_number, kind as channel_kind, name as channel_name, \
             require_identity as channel_require_identity \
             from channels where organization_id = $1 and kind = $2 order by number limit 1",
        );
        let query = query.bind(organization.to_string()).bind(kind.as_str());
        self.fetch_optional(query).await?.map(TryInto::try_into).transpose()
    }

    /// Whether an organization has this channel.
    pub async fn has_channel(
        &mut self,
        organization: OrganizationId,
        id: ChannelId,
    ) -> Result<bool, StoreError> {
        let query = query_as("select id from channels where id = $1 and organization_id = $2");
        let query = query.bind(id.to_string()).bind(organization.to_string());
        let row: Option<(String,)> = self.fetch_optional(query).await?;
        Ok(row.is_some())
    }

    /// What visitors' ids on a channel are signed with.
    pub async fn lookup_channel_secret(
        &mut self,
        id: ChannelId,
    ) -> Result<Option<ChannelSecret>, StoreError> {
        let query = query_as::<_, SecretRow>(
            "select identity_secret, public_token from channels where id = $1",
        );
        Ok(self.fetch_optional(query.bind(id.to_string())).await?.map(Into::into))
    }

    /// A new channel.
    pub async fn insert_channel(
        &mut self,
        new: NewChannel<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into channels (id, organization_id, number, kind, name, public_token, \
             allowed_origins, require_identity, identity_secret, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        );
        let statement = statement
            .bind(new.channel.id.to_string())
            .bind(new.channel.organization_id.to_string())
            .bind(new.channel.number)
            .bind(new.channel.kind.as_str())
            .bind(new.channel.name.as_str())
            .bind(new.public_token.map(str::to_owned))
            .bind(to_json(new.allowed_origins))
            .bind(i64::from(new.channel.require_identity))
            .bind(new.identity_secret)
            .bind(now.micros());
        self.execute(statement).await.map(drop)
    }

    /// Whether visitors of a channel must have their ids signed from now on.
    pub async fn set_require_identity(
        &mut self,
        id: ChannelId,
        required: bool,
    ) -> Result<(), StoreError> {
        let statement = query("update channels set require_identity = $1 where id = $2");
        self.execute(statement.bind(i64::from(required)).bind(id.to_string())).await.map(drop)
    }
}
