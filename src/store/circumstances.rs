//! What conditions of automation rules look at, beside the message itself.

use sqlx::{FromRow, query_as};

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
    status: String,
    tags: Option<String>,
    channel_id: String,
    channel_url: String,
    name: Option<String>,
    email: Option<String>,
    metadata: String,
}

impl Tx {
    /// How a conversation stands now, as far as rules ask for it.
    pub async fn lookup_circumstances(
        &mut self,
        id: ConversationId,
    ) -> Result<Option<Circumstances>, StoreError> {
        let text = id.to_string();
        let query = query_as::<_, CircumstancesRow>(
            "select c.status, c.channel_id, h.url as channel_url, p.name, p.email, p.metadata, \
             (select s.tags from sessions s where s.conversation_id = c.id \
             order by s.created_at desc, s.id desc limit 1) as tags \
             from conversations c join contacts p on p.id = c.contact_id \
             join channels h on h.id = c.channel_id where c.id = $1",
        );
        let Some(row) = self.fetch_optional(query.bind(text.as_str())).await? else {
            return Ok(None);
        };
        let source = Source { table: "conversations", id: &text };
        let tags = row.tags.as_deref().map(|tags| source.json("tags", tags)).transpose()?;
        Ok(Some(Circumstances {
            status: source.parse("status", &row.status)?,
            tags: tags.unwrap_or_default(),
            channel_id: source.parse("channel_id", &row.channel_id)?,
            channel_url: row.channel_url,
            name: row.name,
            email: row.email,
            metadata: source.json("metadata", &row.metadata)?,
        }))
    }
}
