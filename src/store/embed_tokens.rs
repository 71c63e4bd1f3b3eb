//! Embed tokens: what a page shows to open a widget.

use sqlx::{FromRow, Row, any::AnyRow, query, query_as};

use super::channels::ChannelRow;
use super::row::{Source, to_json};
use super::{Store, StoreError, Tx};
use crate::domain::secrets::TokenHash;
use crate::domain::{AllowedOrigins, ChannelId, ChannelKind, EmbedToken, Timestamp};

/// An embed token to be made.
#[derive(Clone, Debug)]
pub struct NewEmbedToken<'a> {
    /// What is kept of the token.
    pub token: &'a TokenHash,
    /// The channel it leads to.
    pub channel_id: ChannelId,
    /// What its maker calls it.
    pub name: &'a str,
    /// Where its widget may be shown.
    pub allowed_origins: &'a AllowedOrigins,
}

struct EmbedTokenRow {
    channel: ChannelRow,
    allowed_origins: String,
}

impl<'r> FromRow<'r, AnyRow> for EmbedTokenRow {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        let channel = ChannelRow::from_row(row)?;
        Ok(Self { channel, allowed_origins: row.try_get("allowed_origins")? })
    }
}

impl EmbedTokenRow {
    fn into_domain(self, source: Source<'_>) -> Result<EmbedToken, StoreError> {
        let allowed_origins = source.json("allowed_origins", &self.allowed_origins)?;
        Ok(EmbedToken { channel: self.channel.try_into()?, allowed_origins })
    }
}

impl Store {
    /// What an embed token opens; `None` when it is unknown or revoked.
    pub async fn lookup_embed_token(
        &self,
        token: &TokenHash,
    ) -> Result<Option<EmbedToken>, StoreError> {
        let query = query_as::<_, EmbedTokenRow>(
            "select c.id as channel_id, c.organization_id as channel_organization_id, \
             c.number as channel_number, c.kind as channel_kind, c.name as channel_name, \
             c.require_identity as channel_require_identity, t.allowed_origins \
             from embed_tokens t join channels c on c.id = t.channel_id \
             where t.token_hash = $1 and t.revoked_at is null",
        );
        let row = self.fetch_optional(query.bind(token.as_str())).await?;
        let source = Source { table: "embed_tokens", id: token.as_str() };
        row.map(|row| row.into_domain(source)).transpose()
    }

    /// What a website's own widget opens, without a token; `None` when there is no such website.
    pub async fn lookup_widget(&self, id: ChannelId) -> Result<Option<EmbedToken>, StoreError> {
        let query = query_as::<_, EmbedTokenRow>(
            "select id as channel_id, organization_id as channel_organization_id, \
             number as channel_number, kind as channel_kind, name as channel_name, \
             require_identity as channel_require_identity, allowed_origins \
             from channels where id = $1 and kind = $2",
        );
        let id = id.to_string();
        let query = query.bind(id.as_str()).bind(ChannelKind::Web.as_str());
        let row = self.fetch_optional(query).await?;
        row.map(|row| row.into_domain(Source { table: "channels", id: &id })).transpose()
    }
}

impl Tx {
    /// A new embed token.
    pub async fn insert_embed_token(
        &mut self,
        new: NewEmbedToken<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into embed_tokens (token_hash, channel_id, name, allowed_origins, created_at) \
             values ($1, $2, $3, $4, $5)",
        );
        let statement = statement
            .bind(new.token.as_str())
            .bind(new.channel_id.to_string())
            .bind(new.name)
            .bind(to_json(new.allowed_origins))
            .bind(now.micros());
        self.execute(statement).await.map(drop)
    }

    /// Takes back every embed token of a channel that has this name.
    pub async fn revoke_embed_tokens_named(
        &mut self,
        channel: ChannelId,
        name: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let statement = query(
            "update embed_tokens set revoked_at = $1 \
             where channel_id = $2 and name = $3 and revoked_at is null",
        );
        self.execute(statement.bind(now.micros()).bind(channel.to_string()).bind(name)).await
    }
}
