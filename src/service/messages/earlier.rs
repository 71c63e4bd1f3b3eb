//! Messages that were sent before.

use std::collections::HashMap;
use std::sync::Arc;

use super::Sent;
use super::write::Writing;
use crate::domain::{ConversationId, Message};
use crate::service::ServiceError;

/// The messages that are kept under the client ids of those that come now.
pub(super) struct Earlier(HashMap<(ConversationId, String), Arc<Message>>);

impl Earlier {
    /// These, which were looked for.
    pub(super) fn of(messages: Vec<Message>) -> Self {
        let mut earlier = Self(HashMap::with_capacity(messages.len()));
        for message in messages {
            earlier.note(&Arc::new(message));
        }
        earlier
    }

    /// From now on this message is one of them.
    pub(super) fn note(&mut self, message: &Arc<Message>) {
        if let Some(id) = &message.client_message_id {
            self.0.insert((message.conversation_id, id.clone()), Arc::clone(message));
        }
    }

    /// The answer to a message that was sent before; `None` for a new one.
    pub(super) fn repeated(
        &self,
        writing: &Writing,
        conversation: ConversationId,
    ) -> Option<Result<Sent, ServiceError>> {
        let (_, id) = writing.client_id(conversation)?;
        let message = self.0.get(&(conversation, id.to_owned()))?;
        // Nobody learns what another organization has.
        if message.organization_id != writing.organization_id {
            return None;
        }
        // Someone else's message must not be taken for this one, which would then be lost.
        if message.author != writing.author {
            return Some(Err(ServiceError::Conflict("client_message_id is taken".to_owned())));
        }
        let message = Arc::clone(message);
        Some(Ok(Sent { message, duplicate: true, created_conversation: false }))
    }
}

impl Writing {
    /// Its sender's own id of it, which counts in the conversation that it goes to.
    pub(super) fn client_id(&self, place: ConversationId) -> Option<(ConversationId, &str)> {
        self.client_message_id.as_ref().map(|id| (place, id.as_str()))
    }
}
