//! From rows to conversations.

use serde::Deserialize;
use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};

use super::Standing;
use crate::domain::{Contact, Conversation, ConversationView, Timestamp};
use crate::store::StoreError;
use crate::store::row::Source;
use crate::store::sessions::SessionRow;

#[derive(FromRow, Deserialize)]
pub(super) struct ConversationRow {
    id: String,
    organization_id: String,
    channel_id: String,
    contact_channel_id: String,
    display_id: i64,
    status: String,
    seq: i64,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<ConversationRow> for Conversation {
    type Error = StoreError;

    fn try_from(row: ConversationRow) -> Result<Self, StoreError> {
        let source = Source { table: "conversations", id: &row.id };
        Ok(Self {
            id: source.parse("id", &row.id)?,
            organization_id: source.parse("organization_id", &row.organization_id)?,
            channel_id: source.parse("channel_id", &row.channel_id)?,
            contact_channel_id: source.parse("contact_channel_id", &row.contact_channel_id)?,
            display_id: row.display_id,
            status: source.parse("status", &row.status)?,
            seq: row.seq,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

#[derive(Deserialize)]
pub(in crate::store) struct StandingRow {
    #[serde(flatten)]
    conversation: ConversationRow,
    contact_id: String,
    source_id: String,
    require_identity: i64,
    identity_secret: String,
    position: i64,
}

impl StandingRow {
    /// The id of its conversation.
    pub(in crate::store) fn id(&self) -> &str {
        &self.conversation.id
    }
}

impl TryFrom<StandingRow> for Standing {
    type Error = StoreError;

    fn try_from(row: StandingRow) -> Result<Self, StoreError> {
        let source = Source { table: "conversations", id: &row.conversation.id };
        Ok(Self {
            contact_id: source.parse("contact_id", &row.contact_id)?,
            conversation: row.conversation.try_into()?,
            source_id: row.source_id,
            require_identity: row.require_identity != 0,
            identity_secret: row.identity_secret,
            position: row.position,
        })
    }
}

pub(super) struct ViewRow {
    conversation: ConversationRow,
    contact_id: String,
    contact_name: Option<String>,
    source_id: String,
    session: Option<SessionRow>,
}

impl<'r> FromRow<'r, AnyRow> for ViewRow {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        let has_session = row.try_get::<Option<String>, _>("session_id")?.is_some();
        Ok(Self {
            conversation: ConversationRow::from_row(row)?,
            contact_id: row.try_get("contact_id")?,
            contact_name: row.try_get("contact_name")?,
            source_id: row.try_get("source_id")?,
            session: has_session.then(|| SessionRow::from_row(row)).transpose()?,
        })
    }
}

impl TryFrom<ViewRow> for ConversationView {
    type Error = StoreError;

    fn try_from(row: ViewRow) -> Result<Self, StoreError> {
        let source = Source { table: "conversations", id: &row.conversation.id };
        let contact = Contact {
            id: source.parse("contact_id", &row.contact_id)?,
            name: row.contact_name,
            source_id: row.source_id,
        };
        Ok(Self {
            conversation: row.conversation.try_into()?,
            contact,
            active_session: row.session.map(TryInto::try_into).transpose()?,
        })
    }
}
