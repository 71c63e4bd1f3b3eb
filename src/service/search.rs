//! Finding conversations.

use super::{ServiceError, Services};
use crate::domain::{ConversationDetail, ConversationId, ConversationStatus, Program, Search};
use crate::store::{Before, DetailScope, IndexLimits};

/// How long nothing has happened in a conversation that has come to rest. Whoever writes goes on writing, mostly.
const SETTLED_AFTER_MS: i64 = 10_000;
/// How much is indexed at once: on SQLite, nobody else can write meanwhile, and 512 messages take some ten milliseconds.
const AT_ONCE: IndexLimits = IndexLimits { conversations: 32, messages: 512 };

impl Services {
    /// The conversations a program sees that have all that is searched for, wherever in them: in messages, in notes, or in
    /// the name and e-mail address of the visitor. Those with this status where one is given, the newest activity first,
    /// from `before` on, at most `rows` of them.
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

    /// Puts conversations that have come to rest into the index of words, a few at once. Gives how many there were
    /// to do something for. Searches find the same before and after, but sooner after.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn index_conversations(&self) -> Result<usize, ServiceError> {
        let settled = self.now().plus_ms(-SETTLED_AFTER_MS);
        // Most looks find nothing, and a look should not keep others from writing.
        if !self.store().has_unindexed(settled).await? {
            return Ok(0);
        }
        // Not in a transaction that others share: on Postgres they may wait for somebody who waits for what this one holds.
        let mut tx = self.store().begin().await?;
        let indexed = tx.index_conversations(settled, AT_ONCE).await?;
        tx.commit().await?;
        Ok(indexed)
    }
}
