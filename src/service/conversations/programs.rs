//! What programs see of conversations.

use crate::domain::{ConversationDetail, ConversationId, ConversationStatus, Program};
use crate::service::{Noun, ServiceError, Services};
use crate::store::{Before, DetailScope};

impl Services {
    /// The conversations a program sees, those with this status where one is given, the newest activity
    /// first, from `before` on, at most `rows` of them.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn list_conversations_for_program(
        &self,
        program: Program,
        status: Option<ConversationStatus>,
        before: Option<Before<ConversationId>>,
        rows: u32,
    ) -> Result<Vec<ConversationDetail>, ServiceError> {
        let scope = DetailScope {
            organization_id: program.organization_id,
            channel_id: program.channel_id,
            status,
        };
        Ok(self.store().list_details(scope, before, i64::from(rows)).await?)
    }

    /// A conversation that a program sees.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_conversation_for_program(
        &self,
        program: Program,
        id: ConversationId,
    ) -> Result<ConversationDetail, ServiceError> {
        let (organization, channel) = (program.organization_id, program.channel_id);
        let detail = self.store().lookup_detail(organization, channel, id).await?;
        detail.ok_or(ServiceError::NotFound(Noun::Conversation))
    }
}
