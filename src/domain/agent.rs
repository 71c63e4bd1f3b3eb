//! Someone who answers visitors.

use serde::{Deserialize, Serialize};

use super::{AgentActor, OrganizationId, UserId};

/// A user of an organization: sees its conversations and answers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Who it is.
    pub id: UserId,
    /// The one organization the agent works for.
    pub organization_id: OrganizationId,
    /// The agent's counter in the organization, for dialects with integer ids.
    pub number: i64,
    /// What visitors and colleagues see.
    pub name: String,
    /// What the agent logs in with; lower case, unique on this server.
    pub email: String,
}

impl Agent {
    /// The agent as the one who acts.
    #[must_use]
    pub fn actor(&self) -> AgentActor {
        AgentActor { organization_id: self.organization_id, user_id: self.id }
    }

    /// The agent as others see them at work.
    #[must_use]
    pub fn as_seen(&self) -> AgentName {
        AgentName { id: self.id, name: self.name.clone() }
    }
}

/// An agent as others see them at work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentName {
    /// Who it is.
    pub id: UserId,
    /// What they are called.
    pub name: String,
}
