//! A conversation as the muro dialect shows it.

use serde::Serialize;

use super::millis;
use crate::domain::ConversationState;

/// How a conversation stands: the data of `conversation.update`, with the fields that the webhook
/// `conversation.closed` has.
#[derive(Debug, Serialize)]
pub struct ConversationUpdateJson<'a> {
    id: String,
    status: &'static str,
    tags: &'a [String],
    unread_count: i64,
    assigned_user_id: Option<String>,
    last_message_at: Option<String>,
}

impl<'a> From<&'a ConversationState> for ConversationUpdateJson<'a> {
    fn from(state: &'a ConversationState) -> Self {
        Self {
            id: state.id.prefixed("cnv_"),
            status: state.status.as_str(),
            tags: state.tags.as_slice(),
            unread_count: state.unread_count,
            assigned_user_id: state.assigned_agent_id.map(|id| id.prefixed("usr_")),
            last_message_at: state.last_message_at.map(millis),
        }
    }
}
