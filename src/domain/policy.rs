//! Who may read and write what. Everything that asks goes through here.

use super::{
    Actor, AgentActor, ApiKey, ChannelKind, Conversation, OrganizationId, Program, Room, Visibility,
};

/// Whether `agent` may see and change `conversation`: every agent of its organization may.
#[must_use]
pub fn agent_may_handle(agent: AgentActor, conversation: &Conversation) -> bool {
    agent.organization_id == conversation.organization_id
}

/// Whether `program` may see and change `conversation`: every one of its organization, and of its website
/// where its key is pinned to one.
#[must_use]
pub fn program_may_handle(program: Program, conversation: &Conversation) -> bool {
    program.organization_id == conversation.organization_id && program.sees(conversation.channel_id)
}

/// Whether a program of `organization`, let in by a key or by the secret of one of its applications,
/// may hear of `conversation`: of every one of its own organization.
#[must_use]
pub fn program_may_hear(organization: OrganizationId, conversation: &Conversation) -> bool {
    organization == conversation.organization_id
}

/// Whether a program with `key` may hear of all conversations of `organization` at once: not where the key is
/// pinned to a website, for among them are those of the other websites.
#[must_use]
pub fn key_may_hear_all(key: &ApiKey, organization: OrganizationId) -> bool {
    key.organization_id == organization && key.channel_id.is_none()
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
/// The rooms of programs are nobody's here: programs have no actor.
#[must_use]
pub fn may_listen(actor: &Actor, room: Room) -> bool {
    match (actor, room) {
        (Actor::Agent(agent), Room::Queue(organization) | Room::Presence(organization)) => {
            agent.organization_id == organization
        }
        (Actor::Agent(_), Room::Conversation(_)) => true,
        (Actor::Visitor(visitor), Room::Conversation(id)) => visitor.conversation_id == id,
        (Actor::Visitor(_), Room::Queue(_) | Room::Presence(_))
        | (_, Room::Workspace(_) | Room::Thread(_)) => false,
    }
}

/// Whether a conversation may begin on a channel of this kind by an embed token alone. The API
/// channel is a program's: its conversations are begun with a key.
#[must_use]
pub fn visitors_may_begin(kind: ChannelKind) -> bool {
    matches!(kind, ChannelKind::Web | ChannelKind::Mobile)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ConversationId, UserId, VisitorActor};

    #[test]
    fn nobody_but_programs_listens_where_programs_do() {
        let (organization_id, conversation_id) =
            (OrganizationId::generate(), ConversationId::generate());
        let agent = Actor::Agent(AgentActor { organization_id, user_id: UserId::generate() });
        let source_id = "visitor".to_owned();
        let visitor = Actor::Visitor(VisitorActor { organization_id, conversation_id, source_id });
        for room in [Room::Workspace(organization_id), Room::Thread(conversation_id)] {
            assert!(!may_listen(&agent, room), "{room}");
            assert!(!may_listen(&visitor, room), "{room}");
        }
        assert!(may_listen(&agent, Room::Queue(organization_id)));
        assert!(may_listen(&visitor, Room::Conversation(conversation_id)));
    }
}
