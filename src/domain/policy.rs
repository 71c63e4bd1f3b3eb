//! Who may read and write what. Everything that asks goes through here.

use super::{Actor, AgentActor, ChannelKind, Conversation, Room, Visibility};

/// Whether `agent` may see and change `conversation`: every agent of its organization may.
#[must_use]
pub fn agent_may_handle(agent: AgentActor, conversation: &Conversation) -> bool {
    agent.organization_id == conversation.organization_id
}

/// Whether `actor` may read and write in `conversation`.
#[must_use]
pub fn may_converse(actor: &Actor, conversation: &Conversation) -> bool {
    match actor {
        Actor::Agent(agent) => agent_may_handle(*agent, conversation),
        Actor::Visitor(visitor) => {
            visitor.organization_id == conversation.organization_id
                && visitor.conversation_id == conversation.id
        }
    }
}

/// Whether `actor` may read a message of this visibility in a conversation it may read.
#[must_use]
pub fn may_read(actor: &Actor, visibility: Visibility) -> bool {
    match actor {
        Actor::Agent(_) => true,
        Actor::Visitor(_) => visibility == Visibility::Public,
    }
}

/// Whether `actor` may listen in `room` for as long as it is who it is. The conversation rooms of an
/// organization are not told apart here: who joins one has been checked against the conversation.
#[must_use]
pub fn may_listen(actor: &Actor, room: Room) -> bool {
    match (actor, room) {
        (Actor::Agent(agent), Room::Queue(organization) | Room::Presence(organization)) => {
            agent.organization_id == organization
        }
        (Actor::Agent(_), Room::Conversation(_)) => true,
        (Actor::Visitor(visitor), Room::Conversation(id)) => visitor.conversation_id == id,
        (Actor::Visitor(_), Room::Queue(_) | Room::Presence(_)) => false,
    }
}

/// Whether a conversation may begin on a channel of this kind by an embed token alone. The API
/// channel is a program's: its conversations are begun with a key.
#[must_use]
pub fn visitors_may_begin(kind: ChannelKind) -> bool {
    matches!(kind, ChannelKind::Web | ChannelKind::Mobile)
}
