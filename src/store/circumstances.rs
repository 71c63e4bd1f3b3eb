//! What conditions of automation rules look at, beside the message itself.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::{FromRow, query_as};

use super::given::{given, given_sql};
use super::row::Source;
use super::{StoreError, Tx};
use crate::domain::{ChannelId, ConversationId, ConversationStatus, Metadata, Tags};

/// How a conversation stands before a message changes that.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// Where it stands.
    pub status: ConversationStatus,
    /// The tags of its newest session.
    pub tags: Tags,
    /// Where its visitor came in.
    pub channel_id: ChannelId,
    /// The website's address; empty when nobody said it.
    pub channel_url: String,
    /// What the visitor is called.
    pub name: Option<String>,
    /// Where mail reaches the visitor.
    pub email: Option<String>,
    /// What programs keep beside the visitor.
    pub metadata: Metadata,
}

#[derive(FromRow)]
struct CircumstancesRow {
    id: String,
    status: String,
    tags: Option<String>,
    channel_id: String,
    channel_url: String,
    name: Option<String>,
    email: Option<String>,
    metadata: String,
}

impl TryFrom<CircumstancesRow> for (ConversationId, Circumstances) {
    type Error = StoreError;

    fn try_from(row: CircumstancesRow) -> Result<Self, StoreError> {
        let source = Source { table: "conversations", id: &row.id };
        let tags = row.tags.as_deref().map(|tags| source.json("tags", tags)).transpose()?;
        let circumstances = Circumstances {
            status: source.parse("status", &row.status)?,
            tags: tags.unwrap_or_default(),
            channel_id: source.parse("channel_id", &row.channel_id)?,
            channel_url: row.channel_url,
            name: row.name,
            email: row.email,
            metadata: source.json("metadata", &row.metadata)?,
        };
        Ok((source.parse("id", &row.id)?, circumstances))
    }
}

impl Tx {
    /// How these conversations stand now, as far as rules ask for it.
    pub async fn list_circumstances(
        &mut self,
        ids: impl IntoIterator<Item = ConversationId>,
    ) -> Result<HashMap<ConversationId, Circumstances>, StoreError> {
        #[derive(Serialize)]
        struct Asked {
            id: ConversationId,
        }
        let query = query_as::<_, CircumstancesRow>(given_sql!(
            self.engine(),
            [id text],
            "select c.id, c.status, c.channel_id, h.url as channel_url, p.name, p.email, p.metadata, \
             (select s.tags from sessions s where s.conversation_id = c.id \
             order by s.created_at desc, s.id desc limit 1) as tags \
             from given g join conversations c on c.id = g.id join contacts p on p.id = c.contact_id \
             join channels h on h.id = c.channel_id"
        ));
        let asked = given(ids.into_iter().map(|id| Asked { id }));
        let rows = self.fetch_all(query.bind(asked)).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
