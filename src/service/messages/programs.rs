//! What programs read and write in a conversation.

use std::sync::Arc;

use super::place::Place;
use super::write::Writing;
use crate::domain::{
    Content, ContentLimits, ConversationId, Invalid, Message, Program, Seq, Timestamp, Visibility,
};
use crate::service::{ServiceError, Services};

/// Most bytes of a message of a program.
const CONTENT_BYTES_MAX: usize = 32 * 1024;

/// The part of a conversation that a program asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessagesAsked {
    /// What comes after this `seq`; 0 is everything.
    pub after: Seq,
    /// What came after this millisecond.
    pub since: Option<Timestamp>,
    /// Most messages.
    pub rows: u32,
}

impl Services {
    /// Messages of a conversation in their order, notes included.
    ///
    /// # Errors
    /// `NotFound` for a conversation the program does not see.
    pub async fn list_messages_for_program(
        &self,
        program: Program,
        id: ConversationId,
        asked: MessagesAsked,
    ) -> Result<Vec<Message>, ServiceError> {
        self.standing_for_program(program, id).await?;
        let after = match asked.since {
            // No two messages of a conversation are kept in the same millisecond.
            Some(since) => {
                let next = since.whole_ms().plus_ms(1);
                self.store().lookup_seq_before(id, next).await?.max(asked.after)
            }
            None => asked.after,
        };
        Ok(self.store().list_messages_after(id, after, true, i64::from(asked.rows)).await?)
    }

    /// The newest messages of a conversation in their order, notes included, at most `rows` of them.
    ///
    /// # Errors
    /// `NotFound` for a conversation the program does not see.
    pub async fn list_newest_messages_for_program(
        &self,
        program: Program,
        id: ConversationId,
        rows: u32,
    ) -> Result<Vec<Message>, ServiceError> {
        let rows = i64::from(rows);
        // `seq` has no holes: so many messages are left after this one.
        let after = self.standing_for_program(program, id).await?.conversation.seq - rows;
        Ok(self.store().list_messages_after(id, after.max(0), true, rows).await?)
    }

    /// Keeps what a program sends: an answer that the visitor sees, or a note that they do not. It is
    /// signed by the agent whose key the program has.
    ///
    /// # Errors
    /// `NotFound` for a conversation the program does not see; `Invalid` for a text that is blank or longer
    /// than 32 KiB.
    pub async fn send_program_message(
        &self,
        program: Program,
        id: ConversationId,
        text: String,
        visibility: Visibility,
    ) -> Result<Arc<Message>, ServiceError> {
        let content = program_content(text)?;
        self.standing_for_program(program, id).await?;
        let place = Place::Conversation { id, contact_id: None };
        self.write_for_program(program, place, content, visibility).await
    }

    pub(in crate::service) async fn write_for_program(
        &self,
        program: Program,
        place: Place,
        content: Content,
        visibility: Visibility,
    ) -> Result<Arc<Message>, ServiceError> {
        let sent = self.write(Writing {
            clock: self.inner.clock.clone(),
            organization_id: program.organization_id,
            place,
            author: program.author(),
            visibility,
            customer_name: None,
            content,
            client_message_id: None,
            origin: None,
        });
        Ok(sent.await?.message)
    }
}

/// What a program says: a text alone, measured in bytes.
pub(in crate::service) fn program_content(text: String) -> Result<Content, Invalid> {
    if text.len() > CONTENT_BYTES_MAX {
        return Err(Invalid::new("content", format!("must be at most {CONTENT_BYTES_MAX} bytes")));
    }
    Content::within(ContentLimits { chars_max: 0 }, "text", text, None)
}
