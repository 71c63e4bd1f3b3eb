//! What was said.

use std::sync::Arc;

use crate::domain::{Actor, AgentActor, ConversationId, Message, ReadMessage, Seq};

use super::joins::VisitorProof;
use super::{Page, ServiceError, Services};

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
        let _ = (agent, id, page);
        unimplemented!()
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
        let _ = (id, proof);
        unimplemented!()
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
        let _ = (actor, id, seq, limit);
        unimplemented!()
    }
}
