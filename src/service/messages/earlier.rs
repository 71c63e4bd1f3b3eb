//! Messages that were sent before.

use std::collections::HashMap;
use std::sync::Arc;

use super::Sent;
use super::write::Writing;
use crate::domain::{ClientMessageId, ConversationId, Message};
use crate::service::ServiceError;
use crate::store::Tx;

/// The messages that are kept under the client ids of those that come now.
pub(super) struct Earlier(HashMap<(ConversationId, String), Arc<Message>>);

impl Earlier {
    /// Looks for them, all at once.
    pub(super) async fn look<'w>(
        tx: &mut Tx,
        coming: impl IntoIterator<Item = (&'w Writing, ConversationId)>,
    ) -> Result<Self, ServiceError> {
        let coming = coming.into_iter();
        let asked: Vec<_> =
            coming.filter_map(|(writing, id)| Some((id, writing.client_id()?))).collect();
        let mut earlier = Self(HashMap::with_capacity(asked.len()));
        if !asked.is_empty() {
            for message in tx.list_messages_by_client_ids(asked).await? {
                earlier.note(&Arc::new(message));
            }
        }
        Ok(earlier)
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
        let id = writing.client_id()?.to_owned();
        let message = self.0.get(&(conversation, id))?;
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
    /// Its sender's own id of it.
    fn client_id(&self) -> Option<&str> {
        self.client_message_id.as_ref().map(ClientMessageId::as_str)
    }
}
