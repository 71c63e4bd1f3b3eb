//! What happened, and who hears of it. This is the one place that says so.

use std::sync::Arc;

use super::{
    ConversationId, Message, MessageId, OrganizationId, Position, Room, SenderType, SessionId,
    Tags, Timestamp, UserId, Visibility,
};

/// Something that happened in an organization.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Where it happened; nobody else ever hears of it.
    pub organization_id: OrganizationId,
    /// Its place in the organization's log; `None` for what is gone once it was said (typing, presence).
    pub position: Option<Position>,
    /// The conversation it is about.
    pub conversation_id: Option<ConversationId>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// Someone wrote.
    MessageCreated(Arc<Message>),
    /// An agent took the open session.
    ConversationAssigned {
        /// The session.
        session_id: SessionId,
        /// Who took it.
        agent_id: UserId,
        /// When.
        assigned_at: Timestamp,
    },
    /// An agent ended the open session.
    ConversationResolved {
        /// The session.
        session_id: SessionId,
        /// Its tags at the end.
        tags: Tags,
        /// When.
        resolved_at: Timestamp,
        /// Who ended it.
        by: UserId,
    },
    /// The open session has other tags now.
    ConversationTagged {
        /// The session.
        session_id: SessionId,
        /// All its tags.
        tags: Tags,
    },
    /// Someone read messages they had not read before.
    MessagesRead {
        /// The reader, as [`Actor::reader`](super::Actor::reader) names it.
        reader: String,
        /// What they read.
        message_ids: Vec<MessageId>,
        /// When.
        read_at: Timestamp,
    },
    /// One side writes, or stopped writing.
    Typing {
        /// Which side.
        sender: SenderType,
        /// Whether it writes.
        active: bool,
    },
    /// An agent came or went.
    AgentStatus {
        /// Who.
        agent_id: UserId,
        /// Whether they are here.
        online: bool,
    },
}

impl Event {
    /// A message was written.
    #[must_use]
    pub fn message_created(message: Arc<Message>, position: Position) -> Self {
        Self {
            organization_id: message.organization_id,
            position: Some(position),
            conversation_id: Some(message.conversation_id),
            kind: EventKind::MessageCreated(message),
        }
    }

    /// One side of a conversation writes, or stopped.
    #[must_use]
    pub fn typing(
        organization_id: OrganizationId,
        conversation_id: ConversationId,
        sender: SenderType,
        active: bool,
    ) -> Self {
        let kind = EventKind::Typing { sender, active };
        Self { organization_id, position: None, conversation_id: Some(conversation_id), kind }
    }

    /// An agent came or went.
    #[must_use]
    pub fn agent_status(organization_id: OrganizationId, agent_id: UserId, online: bool) -> Self {
        let kind = EventKind::AgentStatus { agent_id, online };
        Self { organization_id, position: None, conversation_id: None, kind }
    }

    /// The rooms that hear it, in an order that never changes (the conversation before the queue),
    /// because a delivery is addressed by the position of the event and the index of the room.
    pub fn audience(&self) -> Audience {
        let conversation = self.conversation_id.map(Room::Conversation);
        let queue = Some(Room::Queue(self.organization_id));
        let rooms = match &self.kind {
            EventKind::MessageCreated(message) => match message.visibility {
                Visibility::Public => [conversation, queue],
                Visibility::Note => [queue, None],
            },
            EventKind::ConversationAssigned { .. }
            | EventKind::ConversationResolved { .. }
            | EventKind::ConversationTagged { .. } => [queue, None],
            EventKind::MessagesRead { .. } | EventKind::Typing { .. } => [conversation, None],
            EventKind::AgentStatus { .. } => [Some(Room::Presence(self.organization_id)), None],
        };
        rooms.into_iter().flatten()
    }
}

/// The rooms that hear an event, in their fixed order.
pub type Audience = std::iter::Flatten<std::array::IntoIter<Option<Room>, 2>>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Author, Content, ContentKind};

    fn message(visibility: Visibility) -> Event {
        let message = Message {
            id: MessageId::generate(),
            organization_id: OrganizationId::generate(),
            conversation_id: ConversationId::generate(),
            session_id: SessionId::generate(),
            seq: 1,
            author: Author::System,
            visibility,
            content: Content { kind: ContentKind::Text, text: "hello".to_owned(), rich: None },
            client_message_id: None,
            created_at: Timestamp::default(),
        };
        Event::message_created(Arc::new(message), 7)
    }

    #[test]
    fn a_message_is_heard_in_its_conversation_and_then_in_the_queue() {
        let event = message(Visibility::Public);
        let conversation = event.conversation_id.unwrap();
        let expected = [Room::Conversation(conversation), Room::Queue(event.organization_id)];
        assert_eq!(event.audience().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_note_is_heard_by_agents_alone() {
        let event = message(Visibility::Note);
        assert_eq!(event.audience().collect::<Vec<_>>(), [Room::Queue(event.organization_id)]);
    }

    #[test]
    fn what_agents_do_is_heard_in_the_queue_alone() {
        let mut event = message(Visibility::Public);
        event.kind = EventKind::ConversationTagged {
            session_id: SessionId::generate(),
            tags: Tags::default(),
        };
        assert_eq!(event.audience().collect::<Vec<_>>(), [Room::Queue(event.organization_id)]);
    }

    #[test]
    fn typing_stays_in_the_conversation_and_presence_among_agents() {
        let organization = OrganizationId::generate();
        let conversation = ConversationId::generate();
        let typing = Event::typing(organization, conversation, SenderType::Agent, true);
        assert_eq!(typing.audience().collect::<Vec<_>>(), [Room::Conversation(conversation)]);
        let status = Event::agent_status(organization, UserId::generate(), true);
        assert_eq!(status.audience().collect::<Vec<_>>(), [Room::Presence(organization)]);
    }
}
