//! Signs of typing as the muro dialect shows them.

use serde::Serialize;

use crate::domain::{AgentName, ConversationId};

/// The data of `agent.typing`.
#[derive(Debug, Serialize)]
pub struct TypingJson<'a> {
    conversation_id: String,
    user_id: String,
    name: &'a str,
    typing: bool,
}

impl<'a> TypingJson<'a> {
    /// An agent types in a conversation, or stopped.
    #[must_use]
    pub fn new(conversation: ConversationId, agent: &'a AgentName, typing: bool) -> Self {
        Self {
            conversation_id: conversation.prefixed("cnv_"),
            user_id: agent.id.prefixed("usr_"),
            name: &agent.name,
            typing,
        }
    }
}
