//! What happened, and who hears of it. This is the one place that says so.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    AgentName, ChannelId, ContactId, ConversationId, ConversationState, Email, Message, MessageId,
    OrganizationId, Position, Room, SenderType, SessionId, Tags, Timestamp, UserId, Visibility,
};

/// Something that happened in an organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Where it happened; nobody else ever hears of it.
    pub organization_id: OrganizationId,
    /// Its place in the organization's log; `None` for what is gone once it was said (typing, presence,
    /// how a conversation stands).
    pub position: Option<Position>,
    /// The position of the event before it that was about the same conversation: who hears a conversation
    /// alone sees by it whether something is missing. Known once it is in the log; `None` where there is none.
    pub previous: Option<Position>,
    /// The conversation it is about.
    pub conversation_id: Option<ConversationId>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Someone wrote.
    MessageCreated(Arc<Message>),
    /// A conversation began.
    ConversationOpened {
        /// With whom.
        contact_id: ContactId,
        /// Where they came in.
        channel_id: ChannelId,
        /// When.
        opened_at: Timestamp,
    },
    /// An agent took the open session.
    ConversationAssigned {
        /// The session.
        session_id: SessionId,
        /// Who took it.
        agent_id: UserId,
        /// When.
        assigned_at: Timestamp,
    },
    /// The open session is nobody's again.
    ConversationUnassigned {
        /// The session.
        session_id: SessionId,
    },
    /// An agent, or a program, ended the open session.
    ConversationResolved {
        /// The session.
        session_id: SessionId,
        /// Its tags at the end.
        tags: Tags,
        /// When.
        resolved_at: Timestamp,
        /// The agent who ended it; `None` when it was nobody in their own name.
        by: Option<UserId>,
    },
    /// The session that was over is open again.
    ConversationReopened {
        /// The session.
        session_id: SessionId,
        /// All its tags.
        tags: Tags,
    },
    /// The open session has other tags now.
    ConversationTagged {
        /// The session.
        session_id: SessionId,
        /// All its tags.
        tags: Tags,
    },
    /// A conversation stands so now. Said after everything that changed one of these values, to those
    /// who follow conversations by how they stand rather than by what happened.
    ConversationUpdated(Arc<ConversationState>),
    /// Someone read messages they had not read before.
    MessagesRead {
        /// The reader, as [`Actor::reader`](super::Actor::reader) names it.
        reader: String,
        /// What they read.
        message_ids: Vec<MessageId>,
        /// When.
        read_at: Timestamp,
    },
    /// A visitor's e-mail address became known.
    VisitorIdentified {
        /// Whose.
        contact_id: ContactId,
        /// The address.
        email: Email,
        /// What they are called.
        name: Option<String>,
    },
    /// One side writes, or stopped writing.
    Typing {
        /// Which side.
        sender: SenderType,
        /// Who, when it is an agent in their own name.
        agent: Option<Arc<AgentName>>,
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
    /// Something happened to a conversation, at a position of the log.
    #[must_use]
    pub fn logged(
        organization_id: OrganizationId,
        position: Position,
        conversation_id: ConversationId,
        kind: EventKind,
    ) -> Self {
        let (position, conversation_id) = (Some(position), Some(conversation_id));
        Self { organization_id, position, previous: None, conversation_id, kind }
    }

    /// Something that is gone once it was said.
    fn fleeting(
        organization_id: OrganizationId,
        conversation_id: Option<ConversationId>,
        kind: EventKind,
    ) -> Self {
        Self { organization_id, position: None, previous: None, conversation_id, kind }
    }

    /// A message was written.
    #[must_use]
    pub fn message_created(message: Arc<Message>, position: Position) -> Self {
        let (organization, conversation) = (message.organization_id, message.conversation_id);
        Self::logged(organization, position, conversation, EventKind::MessageCreated(message))
    }

    /// A conversation stands so now.
    #[must_use]
    pub fn conversation_updated(state: ConversationState) -> Self {
        let (organization, conversation) = (state.organization_id, state.id);
        let kind = EventKind::ConversationUpdated(Arc::new(state));
        Self::fleeting(organization, Some(conversation), kind)
    }

    /// One side of a conversation writes, or stopped; `agent` is who, when it is an agent.
    #[must_use]
    pub fn typing(
        organization_id: OrganizationId,
        conversation_id: ConversationId,
        sender: SenderType,
        agent: Option<Arc<AgentName>>,
        active: bool,
    ) -> Self {
        let kind = EventKind::Typing { sender, agent, active };
        Self::fleeting(organization_id, Some(conversation_id), kind)
    }

    /// An agent came or went.
    #[must_use]
    pub fn agent_status(organization_id: OrganizationId, agent_id: UserId, online: bool) -> Self {
        let kind = EventKind::AgentStatus { agent_id, online };
        Self::fleeting(organization_id, None, kind)
    }

    /// The rooms that hear it, in an order that never changes (the conversation before the queue, the
    /// programs' rooms last), because a delivery is addressed by the position of the event and the
    /// index of the room.
    pub fn audience(&self) -> Audience {
        let conversation = self.conversation_id.map(Room::Conversation);
        let queue = Some(Room::Queue(self.organization_id));
        let workspace = Some(Room::Workspace(self.organization_id));
        let thread = self.conversation_id.map(Room::Thread);
        let rooms = match &self.kind {
            EventKind::MessageCreated(message) => match message.visibility {
                Visibility::Public => [conversation, queue, workspace, thread],
                Visibility::Note => [None, queue, workspace, thread],
            },
            EventKind::ConversationAssigned { .. }
            | EventKind::ConversationUnassigned { .. }
            | EventKind::ConversationResolved { .. }
            | EventKind::ConversationReopened { .. }
            | EventKind::ConversationTagged { .. } => [None, queue, None, None],
            // Whoever is connected is told in other words: of the first message, of how it stands.
            EventKind::ConversationOpened { .. } | EventKind::VisitorIdentified { .. } => [None; 4],
            EventKind::ConversationUpdated(_) => [None, None, workspace, thread],
            EventKind::Typing { agent: Some(_), .. } => [conversation, None, workspace, thread],
            EventKind::MessagesRead { .. } | EventKind::Typing { agent: None, .. } => {
                [conversation, None, None, None]
            }
            EventKind::AgentStatus { .. } => {
                [Some(Room::Presence(self.organization_id)), None, None, None]
            }
        };
        rooms.into_iter().flatten()
    }
}

/// The rooms that hear an event, in their fixed order.
pub type Audience = std::iter::Flatten<std::array::IntoIter<Option<Room>, 4>>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Author, ContactId, Content, ContentKind, ConversationStatus};

    fn message(visibility: Visibility) -> Event {
        let message = Message {
            id: MessageId::generate(),
            organization_id: OrganizationId::generate(),
            conversation_id: ConversationId::generate(),
            contact_id: ContactId::generate(),
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

    fn audience(event: &Event) -> Vec<Room> {
        event.audience().collect()
    }

    #[test]
    fn a_message_is_heard_in_its_conversation_then_in_the_queue_then_by_programs() {
        let event = message(Visibility::Public);
        let (organization, conversation) = (event.organization_id, event.conversation_id.unwrap());
        let expected = [
            Room::Conversation(conversation),
            Room::Queue(organization),
            Room::Workspace(organization),
            Room::Thread(conversation),
        ];
        assert_eq!(audience(&event), expected);
    }

    #[test]
    fn a_note_is_heard_by_agents_and_programs_alone() {
        let event = message(Visibility::Note);
        let (organization, conversation) = (event.organization_id, event.conversation_id.unwrap());
        let expected =
            [Room::Queue(organization), Room::Workspace(organization), Room::Thread(conversation)];
        assert_eq!(audience(&event), expected);
    }

    #[test]
    fn what_agents_do_is_heard_in_the_queue_alone() {
        let mut event = message(Visibility::Public);
        event.kind = EventKind::ConversationTagged {
            session_id: SessionId::generate(),
            tags: Tags::default(),
        };
        assert_eq!(audience(&event), [Room::Queue(event.organization_id)]);
    }

    #[test]
    fn how_a_conversation_stands_is_heard_by_programs_alone() {
        let (organization, conversation) = (OrganizationId::generate(), ConversationId::generate());
        let event = Event::conversation_updated(ConversationState {
            id: conversation,
            organization_id: organization,
            status: ConversationStatus::Open,
            tags: Tags::default(),
            unread_count: 1,
            assigned_agent_id: None,
            last_message_at: None,
        });
        assert_eq!(event.position, None, "what it says is in the log already");
        assert_eq!(audience(&event), [Room::Workspace(organization), Room::Thread(conversation)]);
    }

    #[test]
    fn programs_hear_agents_type_and_visitors_not() {
        let (organization, conversation) = (OrganizationId::generate(), ConversationId::generate());
        let ada = Arc::new(AgentName { id: UserId::generate(), name: "Ada".to_owned() });
        let typing = |sender, agent| Event::typing(organization, conversation, sender, agent, true);
        let expected = [
            Room::Conversation(conversation),
            Room::Workspace(organization),
            Room::Thread(conversation),
        ];
        assert_eq!(audience(&typing(SenderType::Agent, Some(ada))), expected);
        for sender in [SenderType::EndUser, SenderType::Bot] {
            assert_eq!(audience(&typing(sender, None)), [Room::Conversation(conversation)]);
        }
    }

    #[test]
    fn presence_stays_among_agents() {
        let organization = OrganizationId::generate();
        let status = Event::agent_status(organization, UserId::generate(), true);
        assert_eq!(audience(&status), [Room::Presence(organization)]);
    }
}
