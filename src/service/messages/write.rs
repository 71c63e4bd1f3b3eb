//! The transaction of a message: contact, conversation and session where they are missing, the next
//! `seq`, the message, the events.

use std::sync::Arc;

use super::Sent;
use crate::clock::Clock;
use crate::domain::{
    Author, ChannelId, ClientMessageId, ContactChannelId, ContactId, Content, ConversationId,
    ConversationState, ConversationStatus, Event, EventKind, Message, MessageId, OrganizationId,
    Position, Session, SessionId, SessionStatus, Tags, Timestamp, UserId, Visibility,
};
use crate::service::{Announcement, Origin, ServiceError, WorkResult};
use crate::store::{Done, NewContact, NewConversation, NextSeq, Tx, Unread};

/// Where a message goes.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Into a conversation that is there. The contact is its end user, when that is who writes.
    Conversation { id: ConversationId, contact_id: Option<ContactId> },
    /// Into the one conversation of this visitor on this channel, which may be yet to begin.
    Visitor { channel: ChannelId, source_id: String },
}

/// A message on its way in.
#[derive(Debug)]
pub(super) struct Writing {
    pub(super) clock: Clock,
    pub(super) organization_id: OrganizationId,
    pub(super) place: Place,
    pub(super) author: Author,
    pub(super) customer_name: Option<String>,
    pub(super) content: Content,
    pub(super) client_message_id: Option<ClientMessageId>,
    pub(super) origin: Option<Origin>,
}

/// What is there of a place.
enum Found<'a> {
    Conversation { id: ConversationId, contact_id: Option<ContactId> },
    Contact { channel: ChannelId, id: ContactId, contact_channel_id: ContactChannelId },
    Nobody { channel: ChannelId, source_id: &'a str },
}

impl Writing {
    /// Reads first, and refuses first; then takes the organization's log, and writes.
    pub(super) async fn run(&self, tx: &mut Tx) -> WorkResult<Sent> {
        let found = self.find(tx).await?;
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
        let created_conversation = !matches!(found, Found::Conversation { .. });
        let conversation_id = self.settle_in(tx, found, now).await?;
        let (session, is_new) = self.session(tx, conversation_id, now).await?;
        let next = tx.next_seq(conversation_id, self.unread(), now).await?;
        let message = Arc::new(self.message(&session, next, now));
        tx.insert_message(&message).await?;
        let mut events = vec![Event::message_created(Arc::clone(&message), position)];
        if let Some(agent_id) = session.assigned_agent_id.filter(|_| is_new) {
            let position = tx.next_position(self.organization_id).await?;
            events.push(assigned(&message, position, agent_id));
        }
        for event in &events {
            tx.insert_event(event, now).await?;
        }
        events.push(Event::conversation_updated(self.state(session, next, now)));
        let announce = |event| Announcement { event, origin: self.origin.clone() };
        let announcements = events.into_iter().map(announce).collect();
        let sent = Sent { message, duplicate: false, created_conversation };
        Ok(Done { value: sent, announcements })
    }

    async fn find(&self, tx: &mut Tx) -> Result<Found<'_>, ServiceError> {
        let (channel, source_id) = match &self.place {
            Place::Conversation { id, contact_id } => {
                return Ok(Found::Conversation { id: *id, contact_id: *contact_id });
            }
            Place::Visitor { channel, source_id } => (*channel, source_id),
        };
        let person = tx.lookup_contact_channel(channel, source_id).await?;
        let Some((contact_channel_id, contact_id)) = person else {
            return Ok(Found::Nobody { channel, source_id });
        };
        let latest = tx.lookup_latest_conversation(contact_channel_id).await?;
        Ok(match latest {
            Some(conversation) => {
                Found::Conversation { id: conversation.id, contact_id: Some(contact_id) }
            }
            None => Found::Contact { channel, id: contact_id, contact_channel_id },
        })
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

    /// The conversation, begun if it is not there.
    async fn settle_in(
        &self,
        tx: &mut Tx,
        found: Found<'_>,
        now: Timestamp,
    ) -> Result<ConversationId, ServiceError> {
        let (channel_id, contact_id, contact_channel_id) = match found {
            Found::Conversation { id, contact_id } => {
                if let (Some(contact), Some(name)) = (contact_id, &self.customer_name) {
                    tx.name_nameless_contact(contact, name, now).await?;
                }
                return Ok(id);
            }
            Found::Contact { channel, id, contact_channel_id } => (channel, id, contact_channel_id),
            Found::Nobody { channel, source_id } => {
                let (id, on_channel) = self.make_contact(tx, channel, source_id, now).await?;
                (channel, id, on_channel)
            }
        };
        let new = NewConversation {
            id: ConversationId::generate(),
            organization_id: self.organization_id,
            channel_id,
            contact_id,
            contact_channel_id,
            display_id: tx.next_display_id(self.organization_id).await?,
        };
        tx.insert_conversation(&new, now).await?;
        Ok(new.id)
    }

    async fn make_contact(
        &self,
        tx: &mut Tx,
        channel_id: ChannelId,
        source_id: &str,
        now: Timestamp,
    ) -> Result<(ContactId, ContactChannelId), ServiceError> {
        let new = NewContact {
            id: ContactId::generate(),
            contact_channel_id: ContactChannelId::generate(),
            organization_id: self.organization_id,
            number: tx.next_number(self.organization_id).await?,
            channel_id,
            source_id,
            name: self.customer_name.as_deref(),
        };
        let ids = (new.id, new.contact_channel_id);
        tx.insert_contact(new, now).await?;
        Ok(ids)
    }

    /// The open session, begun if there is none, and whether it was. One that an agent begins is theirs.
    async fn session(
        &self,
        tx: &mut Tx,
        conversation_id: ConversationId,
        now: Timestamp,
    ) -> Result<(Session, bool), ServiceError> {
        if let Some(session) = tx.lookup_open_session(conversation_id).await? {
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
    /// they answer. When a bot answers, nobody has.
    fn unread(&self) -> Unread {
        match self.author {
            Author::Contact { .. } => Unread::OneMore,
            Author::User(_) => Unread::Cleared,
            Author::Bot(_) | Author::System => Unread::Same,
        }
    }

    fn message(&self, session: &Session, next: NextSeq, now: Timestamp) -> Message {
        Message {
            id: MessageId::generate(),
            organization_id: self.organization_id,
            conversation_id: session.conversation_id,
            contact_id: next.contact_id,
            session_id: session.id,
            seq: next.seq,
            author: self.author.clone(),
            visibility: Visibility::Public,
            content: self.content.clone(),
            client_message_id: self.client_message_id.as_ref().map(|id| id.as_str().to_owned()),
            created_at: now,
        }
    }

    /// How the conversation stands with the message in it: from what was read and written anyway.
    fn state(&self, session: Session, next: NextSeq, now: Timestamp) -> ConversationState {
        ConversationState {
            id: session.conversation_id,
            organization_id: self.organization_id,
            status: ConversationStatus::Open,
            tags: session.tags,
            unread_count: next.unread_count,
            assigned_agent_id: session.assigned_agent_id,
            last_message_at: Some(now),
        }
    }
}

fn assigned(message: &Message, position: Position, agent_id: UserId) -> Event {
    Event {
        organization_id: message.organization_id,
        position: Some(position),
        conversation_id: Some(message.conversation_id),
        kind: EventKind::ConversationAssigned {
            session_id: message.session_id,
            agent_id,
            assigned_at: message.created_at,
        },
    }
}
