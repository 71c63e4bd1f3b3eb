//! From rows to conversations as programs see them.

use sqlx::FromRow;

use super::StateRow;
use crate::domain::{ConversationDetail, LastMessage, Timestamp, Visitor, Website};
use crate::store::StoreError;
use crate::store::messages::sender_type;
use crate::store::row::Source;

/// A row of a query by `detail_sql!`.
#[derive(FromRow)]
pub(in crate::store) struct DetailRow {
    #[sqlx(flatten)]
    state: StateRow,
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
        let id = row.state.id.clone();
        let source = Source { table: "conversations", id: &id };
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
            state: row.state.try_into()?,
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
