//! How a conversation stands, told by the statement that changed it: it costs no statement of its own, and
//! it is true at the change's place in the order of changes.

use sqlx::FromRow;

use crate::domain::{ConversationState, Timestamp};
use crate::store::StoreError;
use crate::store::row::Source;

/// The end of a statement that changes `conversations`: gives a [`StateRow`] of each.
macro_rules! state_of_conversation {
    () => {
        "returning id, organization_id, status, unread, last_message_at, \
         (select s.tags from sessions s where s.conversation_id = conversations.id \
          order by s.created_at desc, s.id desc limit 1) as tags, \
         (select s.assigned_agent_id from sessions s where s.conversation_id = conversations.id \
          order by s.created_at desc, s.id desc limit 1) as assigned_agent_id"
    };
}

/// The end of a statement that changes an open session in `sessions`: gives a [`StateRow`] of its
/// conversation.
macro_rules! state_of_session {
    () => {
        "returning conversation_id as id, organization_id, tags, assigned_agent_id, \
         (select c.status from conversations c where c.id = sessions.conversation_id) as status, \
         (select c.unread from conversations c where c.id = sessions.conversation_id) as unread, \
         (select c.last_message_at from conversations c where c.id = sessions.conversation_id) \
         as last_message_at"
    };
}

pub(in crate::store) use {state_of_conversation, state_of_session};

#[derive(FromRow)]
pub(in crate::store) struct StateRow {
    pub(super) id: String,
    organization_id: String,
    status: String,
    tags: Option<String>,
    unread: i64,
    assigned_agent_id: Option<String>,
    last_message_at: Option<i64>,
}

impl TryFrom<StateRow> for ConversationState {
    type Error = StoreError;

    fn try_from(row: StateRow) -> Result<Self, StoreError> {
        let source = Source { table: "conversations", id: &row.id };
        let tags = row.tags.as_deref().map(|tags| source.json("tags", tags)).transpose()?;
        let agent = row.assigned_agent_id.as_deref();
        Ok(Self {
            id: source.parse("id", &row.id)?,
            organization_id: source.parse("organization_id", &row.organization_id)?,
            status: source.parse("status", &row.status)?,
            tags: tags.unwrap_or_default(),
            unread_count: row.unread,
            assigned_agent_id: source.parse_optional("assigned_agent_id", agent)?,
            last_message_at: row.last_message_at.map(Timestamp::from_micros),
        })
    }
}
