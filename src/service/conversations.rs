//! What agents do with conversations.

use crate::domain::{
    AgentActor, ConversationId, ConversationView, Invalid, SessionId, Tags, Timestamp, UserId,
};

use super::{Origin, ServiceError, Services};

/// Which conversations an agent asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConversationFilter {
    /// Open, with a message, and nobody's yet.
    #[default]
    Unassigned,
    /// Open and the agent's own.
    Mine,
    /// Every one of the organization that has a message.
    All,
}

impl std::str::FromStr for ConversationFilter {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "unassigned" => Ok(Self::Unassigned),
            "mine" => Ok(Self::Mine),
            "all" => Ok(Self::All),
            _ => Err(Invalid::new("filter", "must be unassigned, mine or all")),
        }
    }
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Most entries, 1 to 500.
    pub limit: u32,
    /// How many entries to skip.
    pub offset: u64,
}

/// An agent has the open session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its open session.
    pub session_id: SessionId,
    /// Who has it.
    pub agent_id: UserId,
    /// Since when.
    pub assigned_at: Timestamp,
}

/// A session is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The session that is over.
    pub session_id: SessionId,
    /// Its tags.
    pub tags: Tags,
    /// When it was over.
    pub resolved_at: Timestamp,
}

/// A session has these tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The open session.
    pub session_id: SessionId,
    /// All its tags.
    pub tags: Tags,
}

impl Services {
    /// The conversations of an agent's organization, the newest activity first.
    ///
    /// # Errors
    /// `Invalid` for a page beyond the bounds.
    pub async fn list_conversations(
        &self,
        agent: AgentActor,
        filter: ConversationFilter,
        page: Page,
    ) -> Result<Vec<ConversationView>, ServiceError> {
        let _ = (agent, filter, page);
        unimplemented!()
    }

    /// One conversation.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_conversation(
        &self,
        agent: AgentActor,
        id: ConversationId,
    ) -> Result<ConversationView, ServiceError> {
        let _ = (agent, id);
        unimplemented!()
    }

    /// Takes the open session. Of agents who try at once exactly one succeeds; one who has it
    /// already succeeds again, with the same time and without another event.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when another agent has it, or no session is open.
    pub async fn assign_conversation(
        &self,
        agent: AgentActor,
        id: ConversationId,
        origin: Option<Origin>,
    ) -> Result<Assigned, ServiceError> {
        let _ = (agent, id, origin);
        unimplemented!()
    }

    /// Ends the open session; tags given now are added to those it has.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when no session is open; `Invalid` for more tags than a session holds.
    pub async fn resolve_conversation(
        &self,
        agent: AgentActor,
        id: ConversationId,
        tags: Tags,
    ) -> Result<Resolved, ServiceError> {
        let _ = (agent, id, tags);
        unimplemented!()
    }

    /// Replaces the tags of the open session.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when no session is open.
    pub async fn tag_conversation(
        &self,
        agent: AgentActor,
        id: ConversationId,
        tags: Tags,
    ) -> Result<Tagged, ServiceError> {
        let _ = (agent, id, tags);
        unimplemented!()
    }
}
