//! Who does something.

use serde::{Deserialize, Serialize};

use super::{Author, ConversationId, OrganizationId, UserId};

/// An agent who proved it with a login or a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AgentActor {
    /// The organization the agent works for.
    pub organization_id: OrganizationId,
    /// The agent.
    pub user_id: UserId,
}

/// A visitor who proved to be the end user of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VisitorActor {
    /// The organization of the conversation.
    pub organization_id: OrganizationId,
    /// The only conversation this proof is good for.
    pub conversation_id: ConversationId,
    /// The visitor's id on the channel (`external_id`, `source_id`).
    pub source_id: String,
}

/// Whoever does something in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Actor {
    /// Someone of the organization.
    Agent(AgentActor),
    /// The end user of one conversation.
    Visitor(VisitorActor),
}

impl Actor {
    /// The organization in which the actor may do anything at all.
    #[must_use]
    pub fn organization_id(&self) -> OrganizationId {
        match self {
            Self::Agent(agent) => agent.organization_id,
            Self::Visitor(visitor) => visitor.organization_id,
        }
    }

    /// What the actor writes is signed so.
    #[must_use]
    pub fn author(&self) -> Author {
        match self {
            Self::Agent(agent) => Author::User(agent.user_id),
            Self::Visitor(visitor) => Author::Contact { source_id: visitor.source_id.clone() },
        }
    }

    /// The name under which the actor's receipts are kept: `agent:<id>` or `visitor:<source id>`, so
    /// that a visitor who chose an agent's id as source id is still somebody else.
    #[must_use]
    pub fn reader(&self) -> String {
        match self {
            Self::Agent(agent) => format!("agent:{}", agent.user_id),
            Self::Visitor(visitor) => format!("visitor:{}", visitor.source_id),
        }
    }
}
