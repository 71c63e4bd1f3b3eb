//! From rows to conversations as programs see them.

use sqlx::FromRow;

use crate::domain::{
    ConversationDetail, ConversationState, LastMessage, Timestamp, Visitor, Website,
};
use crate::store::StoreError;
use crate::store::messages::sender_type;
use crate::store::row::Source;

/// A row of a query by `detail_sql!`.
#[derive(FromRow)]
pub(in crate::store) struct DetailRow {
    id: String,
    organization_id: String,
    status: String,
    unread: i64,
    last_message_at: Option<i64>,
    metadata: String,
    snoozed_until: Option<i64>,
    created_at: i64,
    updated_at: i64,
    channel_id: String,
    channel_name: String,
    channel_url: String,
    contact_id: String,
    contact_name: Option<String>,
    contact_email: Option<String>,
    tags: Option<String>,
    assigned_agent_id: Option<String>,
    #[sqlx(flatten)]
    message: MessageColumns,
}

/// Of the newest message; all of them null where there is none.
#[expect(clippy::struct_field_names, reason = "the columns are called so in the query")]
#[derive(FromRow)]
struct MessageColumns {
    message_content: Option<String>,
    message_author_type: Option<String>,
    message_visibility: Option<String>,
    message_created_at: Option<i64>,
}

impl TryFrom<DetailRow> for ConversationDetail {
    type Error = StoreError;

    fn try_from(row: DetailRow) -> Result<Self, StoreError> {
        let source = Source { table: "conversations", id: &row.id };
        let tags = row.tags.as_deref().map(|tags| source.json("tags", tags)).transpose()?;
        let agent = row.assigned_agent_id.as_deref();
        let state = ConversationState {
            id: source.parse("id", &row.id)?,
            organization_id: source.parse("organization_id", &row.organization_id)?,
            status: source.parse("status", &row.status)?,
            tags: tags.unwrap_or_default(),
            unread_count: row.unread,
            assigned_agent_id: source.parse_optional("assigned_agent_id", agent)?,
            last_message_at: row.last_message_at.map(Timestamp::from_micros),
        };
        let visitor = Visitor {
            id: source.parse("contact_id", &row.contact_id)?,
            name: row.contact_name,
            email: source.parse_optional("contact_email", row.contact_email.as_deref())?,
        };
        let website = Website {
            id: source.parse("channel_id", &row.channel_id)?,
            name: row.channel_name,
            url: row.channel_url,
        };
        Ok(Self {
            state,
            snoozed_until: row.snoozed_until.map(Timestamp::from_micros),
            metadata: source.json("metadata", &row.metadata)?,
            visitor,
            website,
            last_message: row.message.into_domain(source)?,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

impl MessageColumns {
    fn into_domain(self, source: Source<'_>) -> Result<Option<LastMessage>, StoreError> {
        let columns = (self.message_content, self.message_author_type, self.message_visibility);
        let (Some(text), Some(author), Some(visibility)) = columns else { return Ok(None) };
        let at = self.message_created_at.ok_or_else(|| source.corrupt("message_created_at"))?;
        Ok(Some(LastMessage {
            text,
            sender: sender_type(source, &author)?,
            visibility: source.parse("visibility", &visibility)?,
            at: Timestamp::from_micros(at),
        }))
    }
}
