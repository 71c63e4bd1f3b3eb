//! What was said.

use std::sync::Arc;

use super::access::{check_limit, check_offset};
use super::joins::VisitorProof;
use super::{Noun, Page, ServiceError, Services};
use crate::domain::{
    Actor, AgentActor, ConversationId, Message, ReadMessage, Seq, Visibility, policy,
};

/// How far back a widget looks.
const WIDGET_HISTORY: i64 = 100;

/// Most messages of one page of history.
const HISTORY_MAX: u32 = 500;

/// A page of a conversation.
#[derive(Clone, Debug)]
pub struct History {
    /// The messages, oldest first.
    pub messages: Vec<ReadMessage>,
    /// How many the conversation has in all.
    pub total: i64,
}

impl Services {
    /// A page of a conversation, oldest first, counted from the oldest message.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a page beyond the bounds.
    pub async fn history(
        &self,
        agent: AgentActor,
        id: ConversationId,
        page: Page,
    ) -> Result<History, ServiceError> {
        let (limit, offset) = (check_limit(page.limit, HISTORY_MAX)?, check_offset(page.offset)?);
        let total = self.standing_for_agent(agent, id).await?.conversation.seq;
        // `seq` has no holes: skipping so many messages is beginning after that `seq`.
        let messages = self.store().list_messages_after(id, offset, true, limit).await?;
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else {
            return Ok(History { messages: Vec::new(), total });
        };
        let mut receipts = self.store().list_receipts(id, first.seq, last.seq).await?;
        let messages = messages.into_iter().map(|message| {
            let read_by = receipts.remove(&message.id.to_string()).unwrap_or_default();
            ReadMessage { message, read_by }
        });
        Ok(History { messages: messages.collect(), total })
    }

    /// The last 100 messages of a visitor's own conversation, oldest first.
    ///
    /// # Errors
    /// `NotFound` for a conversation that is not there, `Forbidden` for one that is someone else's.
    pub async fn widget_history(
        &self,
        id: ConversationId,
        proof: &VisitorProof,
    ) -> Result<Vec<Message>, ServiceError> {
        let standing = self.inner.standings.lookup(id).await?;
        let standing = standing.ok_or(ServiceError::NotFound(Noun::Conversation))?;
        self.admit_visitor(&standing, proof)?;
        Ok(self.store().list_last_messages(id, WIDGET_HISTORY).await?)
    }

    /// The messages after `seq` that `actor` may read, in order, at most `limit`. For one who joined.
    ///
    /// # Errors
    /// `NotFound` for a conversation that `actor` may not read.
    pub async fn messages_after(
        &self,
        actor: &Actor,
        id: ConversationId,
        seq: Seq,
        limit: u32,
    ) -> Result<Vec<Arc<Message>>, ServiceError> {
        self.standing_for(actor, id).await?;
        let with_notes = policy::may_read(actor, Visibility::Note);
        let messages =
            self.store().list_messages_after(id, seq, with_notes, i64::from(limit)).await?;
        Ok(messages.into_iter().map(Arc::new).collect())
    }
}
