//! Finding conversations.

use super::{ServiceError, Services};
use crate::domain::{ConversationDetail, ConversationId, ConversationStatus, Program, Search};
use crate::store::{Before, DetailScope};

impl Services {
    /// The conversations a program sees in which a message, a note, or the name and e-mail address of the visitor have
    /// all that is searched for: those with this status where one is given, the newest activity first, from `before`
    /// on, at most `rows` of them.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn search_conversations(
        &self,
        program: Program,
        search: &Search,
        status: Option<ConversationStatus>,
        before: Option<Before<ConversationId>>,
        rows: u32,
    ) -> Result<Vec<ConversationDetail>, ServiceError> {
        let scope = DetailScope {
            organization_id: program.organization_id,
            channel_id: program.channel_id,
            status,
        };
        Ok(self.store().search_details(scope, search, before, i64::from(rows)).await?)
    }
}
