//! What agents and programs do with conversations.

mod assign;
mod bulk;
pub(super) mod change;
mod open;
mod programs;
mod resolve;
mod tag;

use super::access::{check_limit, check_offset};
use super::{Noun, Origin, ServiceError, Services, WorkResult};
use crate::domain::{
    AgentActor, ConversationId, ConversationView, Invalid, Session, SessionId, Tags, Timestamp,
    UserId,
};
use crate::store::{ConversationScope, Tx};
use assign::Assignment;
pub use change::ConversationChange;
use resolve::Resolution;
use tag::Tagging;

/// Most conversations of one page.
const LIST_MAX: u32 = 500;

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
        let (limit, offset) = (check_limit(page.limit, LIST_MAX)?, check_offset(page.offset)?);
        let scope = match filter {
            ConversationFilter::Unassigned => ConversationScope::Unassigned,
            ConversationFilter::Mine => ConversationScope::AssignedTo(agent.user_id),
            ConversationFilter::All => ConversationScope::All,
        };
        Ok(self.store().list_views(agent.organization_id, scope, limit, offset).await?)
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
        let view = self.store().lookup_view(agent.organization_id, id).await?;
        view.ok_or(ServiceError::NotFound(Noun::Conversation))
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
        self.standing_for_agent(agent, id).await?;
        let assignment = Assignment { agent, conversation_id: id, origin, now: self.now() };
        let came = self
            .commit(Some(agent.organization_id), move |tx| {
                let assignment = assignment.clone();
                Box::pin(async move { assignment.run(tx).await })
            })
            .await?;
        match came {
            Ok(assigned) => Ok(assigned),
            Err(holder) => Err(self.taken_by(holder).await?),
        }
    }

    async fn taken_by(&self, holder: UserId) -> Result<ServiceError, ServiceError> {
        let name = self.store().lookup_user(holder).await?.map(|agent| agent.name);
        let name = name.unwrap_or_else(|| "another agent".to_owned());
        Ok(ServiceError::Conflict(format!("already assigned to {name}")))
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
        self.standing_for_agent(agent, id).await?;
        let resolution = Resolution { agent, conversation_id: id, tags, now: self.now() };
        self.commit(Some(agent.organization_id), move |tx| {
            let resolution = resolution.clone();
            Box::pin(async move { resolution.run(tx).await })
        })
        .await
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
        self.standing_for_agent(agent, id).await?;
        let tagging = Tagging { agent, conversation_id: id, tags, now: self.now() };
        self.commit(Some(agent.organization_id), move |tx| {
            let tagging = tagging.clone();
            Box::pin(async move { tagging.run(tx).await })
        })
        .await
    }
}

/// The open session of a conversation, or the conflict that there is none.
async fn open_session(tx: &mut Tx, id: ConversationId) -> Result<Session, ServiceError> {
    let session = tx.lookup_open_session(id).await?;
    session.ok_or_else(|| ServiceError::Conflict("the conversation is resolved".to_owned()))
}

/// What is said when someone else was faster between the look and the write. The work runs again
/// and sees what they did, so that hardly any caller hears it.
fn overtaken() -> ServiceError {
    ServiceError::Conflict("someone else changed the conversation; try again".to_owned())
}
