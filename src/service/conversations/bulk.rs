//! One change of many conversations.

use futures_util::StreamExt as _;
use futures_util::stream;

use super::ConversationChange;
use crate::domain::{ConversationDetail, ConversationId, Program};
use crate::service::{Noun, ServiceError, Services};

/// Most conversations of one call.
const BULK_MAX: usize = 100;
/// How many of them are changed at once, to share their commits.
const AT_ONCE: usize = 16;

impl Services {
    /// Makes the same change to each of these conversations, and tells of each what came of it, in their
    /// order; `None` is the id of nothing. One that cannot be changed leaves the others alone.
    ///
    /// # Errors
    /// `Invalid` for more than 100 conversations, or none, and for a change that fits no conversation.
    pub async fn change_conversations(
        &self,
        program: Program,
        ids: &[Option<ConversationId>],
        change: &ConversationChange,
    ) -> Result<Vec<Result<ConversationDetail, ServiceError>>, ServiceError> {
        if ids.is_empty() || ids.len() > BULK_MAX {
            let why = format!("must be 1 to {BULK_MAX}");
            return Err(ServiceError::invalid("ids", &why));
        }
        self.check_change(program.organization_id, change).await?;
        let changing = stream::iter(ids.iter().copied()).map(async |id| {
            let id = id.ok_or(ServiceError::NotFound(Noun::Conversation))?;
            self.change_conversation(program, id, change.clone()).await
        });
        Ok(changing.buffered(AT_ONCE).collect().await)
    }
}
