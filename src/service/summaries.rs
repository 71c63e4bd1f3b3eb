//! Summaries of conversations: what a model is given to read, and what it wrote.
//!
//! The model is asked by `crate::ai`, between [`Services::thread`] and [`Services::keep_summary`]: no
//! transaction is open while it takes its time.

use std::sync::Arc;

use super::{Noun, ServiceError, Services};
use crate::domain::{Conversation, ConversationId, Message, Program, Seq, Summary};
use crate::store::Done;

/// How many of a conversation's first messages are read: they say what the visitor wanted.
const OPENING: i64 = 20;
/// How many of its last ones.
const LATEST: i64 = 400;

/// A conversation as a model is to read it.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Which one.
    pub conversation_id: ConversationId,
    /// Its first messages and its last ones, in order, notes among them. A gap in `seq` is what a long
    /// conversation has between them.
    pub messages: Vec<Message>,
    /// The place of its newest message; 0 when it has none.
    pub seq: Seq,
}

/// What a model wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The points; at least one.
    pub bullets: Vec<String>,
    /// The model, as it names itself.
    pub model: String,
}

impl Services {
    /// The summary of a conversation.
    ///
    /// # Errors
    /// `NotFound` when there is no such conversation for this program, or no summary of it.
    pub async fn summary(
        &self,
        program: Program,
        id: ConversationId,
    ) -> Result<Summary, ServiceError> {
        self.standing_for_program(program, id).await?;
        let summary = self.store().lookup_summary(id).await?;
        summary.ok_or(ServiceError::NotFound(Noun::Summary))
    }

    /// A conversation for a program that wants it summarized.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn thread_for_program(
        &self,
        program: Program,
        id: ConversationId,
    ) -> Result<Thread, ServiceError> {
        let standing = self.standing_for_program(program, id).await?;
        self.read_thread(&standing.conversation).await
    }

    /// A conversation for a job; `None` when it is gone.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn thread(&self, id: ConversationId) -> Result<Option<Thread>, ServiceError> {
        match self.inner.standings.lookup(id).await? {
            Some(standing) => self.read_thread(&standing.conversation).await.map(Some),
            None => Ok(None),
        }
    }

    /// Keeps what a model wrote about a conversation as it stood in `thread`.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn keep_summary(
        &self,
        thread: &Thread,
        draft: Draft,
    ) -> Result<Summary, ServiceError> {
        let summary = Summary {
            conversation_id: thread.conversation_id,
            bullets: draft.bullets,
            model: draft.model,
            seq: thread.seq,
            generated_at: self.now(),
        };
        let kept = Arc::new(summary.clone());
        self.commit(None, move |tx| {
            let kept = Arc::clone(&kept);
            Box::pin(async move { Ok(Done::quietly(tx.put_summary(&kept).await?)) })
        })
        .await?;
        Ok(summary)
    }

    async fn read_thread(&self, conversation: &Conversation) -> Result<Thread, ServiceError> {
        let (id, seq) = (conversation.id, conversation.seq);
        let mut messages = self.store().list_messages_after(id, 0, true, OPENING).await?;
        if seq > OPENING {
            let after = OPENING.max(seq - LATEST);
            messages.extend(self.store().list_messages_after(id, after, true, LATEST).await?);
        }
        // More may have been written since the conversation was looked up.
        let seq = messages.last().map_or(0, |newest| newest.seq);
        Ok(Thread { conversation_id: id, messages, seq })
    }
}
