//! The transaction of a message: contact, conversation and session where they are missing, the next
//! `seq`, the message, the events.

use std::sync::Arc;

use super::Sent;
use super::place::{Found, Place};
use crate::clock::Clock;
use crate::domain::{
    Author, ClientMessageId, Content, ConversationId, ConversationState, Event, EventKind, Message,
    MessageId, OrganizationId, Position, Session, SessionId, SessionStatus, Tags, Timestamp,
    UserId, Visibility,
};
use crate::service::rules::{Occasion, RuleBooks, Running};
use crate::service::{Announcement, Origin, ServiceError, WorkResult};
use crate::store::{Done, NextSeq, Tx, Unread, Wakes};

/// A message on its way in.
#[derive(Debug)]
pub(super) struct Writing {
    pub(super) clock: Clock,
    pub(super) organization_id: OrganizationId,
    pub(super) place: Place,
    pub(super) author: Author,
    pub(super) visibility: Visibility,
    pub(super) customer_name: Option<String>,
    pub(super) content: Content,
    pub(super) client_message_id: Option<ClientMessageId>,
    pub(super) origin: Option<Origin>,
}

impl Writing {
    /// Reads first, and refuses first; then takes the organization's log, and writes.
    pub(super) async fn run(&self, tx: &mut Tx, rules: &RuleBooks) -> WorkResult<Sent> {
        let found = self.place.find(tx).await?;
        if let Found::Conversation { id, .. } = found
            && let Some(message) = self.sent_before(tx, id).await?
        {
            let message = Arc::new(message);
            let sent = Sent { message, duplicate: true, created_conversation: false };
            return Ok(Done::quietly(sent));
        }
        // The time is taken here, where jobs run one after another, so that it grows with `seq`.
        let now = self.clock.now();
        let position = tx.next_position(self.organization_id).await?;
        let (conversation_id, mut opened) = self.settle_in(tx, found, position, now).await?;
        let created_conversation = opened.is_some();
        let occasion = self.occasion(conversation_id, created_conversation);
        let due = rules.due(tx, occasion).await?;
        let position = match &mut opened {
            Some(event) => {
                tx.insert_event(event, now).await?;
                tx.next_position(self.organization_id).await?
            }
            None => position,
        };
        let Done { value: message, announcements } =
            self.put(tx, conversation_id, position, now).await?;
        let opened = opened.into_iter().map(|event| self.announcement(event));
        let (clock, organization_id) = (self.clock.clone(), self.organization_id);
        let running = Running { clock, organization_id, conversation_id, now };
        let followed = running.carry_out(tx, due).await?;
        let announcements = opened.chain(announcements).chain(followed).collect();
        let sent = Sent { message, duplicate: false, created_conversation };
        Ok(Done { value: sent, announcements })
    }

    /// Puts the message into a conversation, and what is told of it into the log from `position` on.
    pub(super) async fn put(
        &self,
        tx: &mut Tx,
        conversation_id: ConversationId,
        position: Position,
        now: Timestamp,
    ) -> WorkResult<Arc<Message>> {
        let (session, is_new) = self.session(tx, conversation_id, now).await?;
        let next = tx.next_seq(conversation_id, self.unread(), self.wakes(), now).await?;
        let message = Arc::new(self.message(&session, next));
        tx.insert_message(&message).await?;
        let mut events = vec![Event::message_created(Arc::clone(&message), position)];
        if let Some(agent_id) = session.assigned_agent_id.filter(|_| is_new) {
            let position = tx.next_position(self.organization_id).await?;
            events.push(assigned(&message, position, agent_id));
        }
        for event in &mut events {
            tx.insert_event(event, now).await?;
        }
        events.push(Event::conversation_updated(self.state(session, next)));
        let announcements = events.into_iter().map(|event| self.announcement(event)).collect();
        Ok(Done { value: message, announcements })
    }

    fn announcement(&self, event: Event) -> Announcement {
        Announcement { event, origin: self.origin.clone() }
    }

    /// What rules may wait for. They look at the conversation as the message finds it.
    fn occasion(&self, conversation_id: ConversationId, began: bool) -> Occasion<'_> {
        Occasion {
            organization_id: self.organization_id,
            conversation_id,
            content: Some(&self.content.text),
            began,
            by_visitor: matches!(self.author, Author::Contact { .. }),
        }
    }

    /// The message that came before under the same client id.
    async fn sent_before(
        &self,
        tx: &mut Tx,
        conversation: ConversationId,
    ) -> Result<Option<Message>, ServiceError> {
        let Some(id) = &self.client_message_id else { return Ok(None) };
        let message = tx.lookup_message_by_client_id(conversation, id.as_str()).await?;
        match message {
            // Someone else's message must not be taken for this one, which would then be lost.
            Some(message) if message.author != self.author => {
                Err(ServiceError::Conflict("client_message_id is taken".to_owned()))
            }
            message => Ok(message),
        }
    }

    /// The session the message is part of, and whether it begins with it: the open one, and for a note
    /// the newest one even if that is over. A session that an agent begins is theirs.
    async fn session(
        &self,
        tx: &mut Tx,
        conversation_id: ConversationId,
        now: Timestamp,
    ) -> Result<(Session, bool), ServiceError> {
        let there = match self.visibility {
            Visibility::Public => tx.lookup_open_session(conversation_id).await?,
            Visibility::Note => tx.lookup_newest_session(conversation_id).await?,
        };
        if let Some(session) = there {
            return Ok((session, false));
        }
        let agent = match self.author {
            Author::User(id) => Some(id),
            Author::Contact { .. } | Author::Bot(_) | Author::System => None,
        };
        let session = Session {
            id: SessionId::generate(),
            conversation_id,
            status: SessionStatus::Open,
            assigned_agent_id: agent,
            tags: Tags::default(),
            first_message_at: Some(now),
            assigned_at: agent.map(|_| now),
            resolved_at: None,
        };
        tx.insert_session(self.organization_id, &session, now).await?;
        Ok((session, true))
    }

    /// What it does to the number of messages that wait to be read: an agent who answers has read what
    /// they answer. When a bot answers, nobody has; and a note is no answer.
    fn unread(&self) -> Unread {
        match (&self.author, self.visibility) {
            (Author::Contact { .. }, _) => Unread::OneMore,
            (Author::User(_), Visibility::Public) => Unread::Cleared,
            (Author::User(_), Visibility::Note) | (Author::Bot(_) | Author::System, _) => {
                Unread::Same
            }
        }
    }

    /// Which conversations it opens again. One that is put off waits for its visitor, or for its time.
    fn wakes(&self) -> Wakes {
        match (&self.author, self.visibility) {
            (_, Visibility::Note) => Wakes::None,
            (Author::Contact { .. }, Visibility::Public) => Wakes::All,
            (Author::User(_) | Author::Bot(_) | Author::System, Visibility::Public) => {
                Wakes::Closed
            }
        }
    }

    fn message(&self, session: &Session, next: NextSeq) -> Message {
        Message {
            id: MessageId::generate(),
            organization_id: self.organization_id,
            conversation_id: session.conversation_id,
            contact_id: next.contact_id,
            session_id: session.id,
            seq: next.seq,
            author: self.author.clone(),
            visibility: self.visibility,
            content: self.content.clone(),
            client_message_id: self.client_message_id.as_ref().map(|id| id.as_str().to_owned()),
            created_at: next.at,
        }
    }

    /// How the conversation stands with the message in it: from what was read and written anyway.
    fn state(&self, session: Session, next: NextSeq) -> ConversationState {
        ConversationState {
            id: session.conversation_id,
            organization_id: self.organization_id,
            status: next.status,
            tags: session.tags,
            unread_count: next.unread_count,
            assigned_agent_id: session.assigned_agent_id,
            last_message_at: Some(next.at),
        }
    }
}

fn assigned(message: &Message, position: Position, agent_id: UserId) -> Event {
    let kind = EventKind::ConversationAssigned {
        session_id: message.session_id,
        agent_id,
        assigned_at: message.created_at,
    };
    Event::logged(message.organization_id, position, message.conversation_id, kind)
}
