//! Messages that are written together: what they make of their conversations is worked out here, one message
//! after the other, and written down for all of them at the end.

use std::collections::HashMap;
use std::sync::Arc;

use super::write::Writing;
use crate::domain::{
    ContactId, ConversationId, ConversationState, Event, EventKind, Message, Session,
    SessionStatus, Timestamp, Visibility,
};
use crate::service::{Announcement, Noun, ServiceError, WorkResult};
use crate::store::{Done, Tip, Tx, Written};

/// One that is not there and one of another organization are the same to whoever writes.
pub(super) const NO_CONVERSATION: ServiceError = ServiceError::NotFound(Noun::Conversation);

/// What is to be written.
pub(super) struct Sheet {
    now: Timestamp,
    tips: HashMap<ConversationId, Tip>,
    sessions: Vec<Session>,
    messages: Vec<Arc<Message>>,
    events: Vec<Event>,
    seen: Vec<ContactId>,
}

impl Sheet {
    /// An empty one, for messages in these conversations, of an organization whose lock is held.
    pub(super) fn of(tips: HashMap<ConversationId, Tip>, now: Timestamp) -> Self {
        let (sessions, messages, events, seen) = Default::default();
        Self { now, tips, sessions, messages, events, seen }
    }

    /// Whether the organization has this conversation, if it was asked about.
    pub(super) fn has(&self, conversation: ConversationId) -> bool {
        self.tips.contains_key(&conversation)
    }

    /// Notes that a contact was here.
    pub(super) fn see(&mut self, contact: ContactId) {
        self.seen.push(contact);
    }

    /// Adds a message to one of the conversations, and what is told of it to the log. Nothing is to be
    /// announced, and nothing counts, before [`write`](Self::write) has written it.
    pub(super) async fn add(
        &mut self,
        tx: &mut Tx,
        writing: &Writing,
        id: ConversationId,
    ) -> WorkResult<Arc<Message>> {
        let tip = self.tips.get_mut(&id).ok_or(NO_CONVERSATION)?;
        let at = tip.advance(writing.unread(), writing.wakes(), self.now);
        let is_new = !takes(tip.session.as_ref(), writing.visibility);
        if is_new {
            let session = writing.session(id, self.now);
            self.sessions.push(session.clone());
            tip.session = Some(session);
        }
        let session = tip.session.as_ref().ok_or(NO_CONVERSATION)?;
        let message = Arc::new(writing.message(tip, session.id, at));
        let mut kinds = vec![EventKind::MessageCreated(Arc::clone(&message))];
        if let Some(agent_id) = session.assigned_agent_id.filter(|_| is_new) {
            let session_id = session.id;
            kinds.push(EventKind::ConversationAssigned { session_id, agent_id, assigned_at: at });
        }
        let mut told = Vec::with_capacity(kinds.len() + 1);
        for kind in kinds {
            let position = tx.next_position(writing.organization_id).await?;
            let previous = tip.position.replace(position);
            let event = Event::logged(writing.organization_id, position, id, kind);
            told.push(Event { previous, ..event });
        }
        self.events.extend_from_slice(&told);
        told.push(Event::conversation_updated(state(writing, tip)));
        self.messages.push(Arc::clone(&message));
        let announcements: Vec<Announcement> =
            told.into_iter().map(|event| writing.announcement(event)).collect();
        Ok(Done { value: message, announcements })
    }

    /// Writes it all down.
    pub(super) async fn write(self, tx: &mut Tx) -> Result<(), ServiceError> {
        let Self { now, tips, sessions, messages, events, seen } = self;
        let Some(organization_id) = messages.first().map(|message| message.organization_id) else {
            return Ok(());
        };
        for session in &sessions {
            tx.insert_session(organization_id, session, now).await?;
        }
        let tips = tips.values().collect();
        let (messages, events, seen) = (&messages, &events, &seen);
        tx.write_messages(Written { organization_id, tips, messages, events, seen, now }).await?;
        Ok(())
    }
}

/// Whether a message goes on with the newest session: if it is open, and a note even if it is over.
fn takes(session: Option<&Session>, visibility: Visibility) -> bool {
    session.is_some_and(|session| match visibility {
        Visibility::Public => session.status == SessionStatus::Open,
        Visibility::Note => true,
    })
}

/// How the conversation stands with the message in it: from what was read and written anyway.
fn state(writing: &Writing, tip: &Tip) -> ConversationState {
    let session = tip.session.as_ref();
    ConversationState {
        id: tip.conversation_id,
        organization_id: writing.organization_id,
        status: tip.status,
        tags: session.map(|session| session.tags.clone()).unwrap_or_default(),
        unread_count: tip.unread_count,
        assigned_agent_id: session.and_then(|session| session.assigned_agent_id),
        last_message_at: tip.last_message_at,
    }
}
