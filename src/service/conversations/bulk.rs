//! One change of many conversations.

use futures_util::StreamExt as _;
use futures_util::stream;

use super::ConversationChange;
use crate::domain::{ConversationDetail, ConversationId, Program};
use crate::service::{ServiceError, Services};

/// Most conversations of one call.
const BULK_MAX: usize = 100;
/// How many of them are changed at once, to share their commits.
const AT_ONCE: usize = 16;

/// A conversation that was to be changed, and what came of it.
pub type BulkResult = (ConversationId, Result<ConversationDetail, ServiceError>);

impl Services {
    /// Makes the same change to each of these conversations, in no order. One that cannot be changed says
    /// why, and the others are changed all the same.
    ///
    /// # Errors
    /// `Invalid` for more than 100 conversations, or none.
    pub async fn change_conversations(
        &self,
        program: Program,
        ids: &[ConversationId],
        change: &ConversationChange,
    ) -> Result<Vec<BulkResult>, ServiceError> {
        if ids.is_empty() || ids.len() > BULK_MAX {
            let why = format!("must be 1 to {BULK_MAX}");
            return Err(ServiceError::invalid("ids", &why));
        }
        self.check_change(program.organization_id, change).await?;
        let changing = stream::iter(ids.iter().copied()).map(|id| async move {
            (id, self.change_conversation(program, id, change.clone()).await)
        });
        Ok(changing.buffered(AT_ONCE).collect().await)
    }
}
