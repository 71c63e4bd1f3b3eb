//! Who has read what.

use crate::domain::{Actor, ConversationId, MessageId};

use super::{Origin, ServiceError, Services};

/// Most messages one call can mark.
const MARK_MAX: usize = 500;

impl Services {
    /// Marks messages of a conversation as read by `actor`, and returns those that were not yet.
    /// Ids that are not of this conversation, or that `actor` wrote, are passed over.
    ///
    /// # Errors
    /// `NotFound` for a conversation that is not the actor's; `Invalid` for more than 500 ids.
    pub async fn mark_read(
        &self,
        actor: &Actor,
        id: ConversationId,
        message_ids: Vec<MessageId>,
        origin: Option<Origin>,
    ) -> Result<Vec<MessageId>, ServiceError> {
        let _ = (actor, id, message_ids, origin);
        unimplemented!()
    }
}
