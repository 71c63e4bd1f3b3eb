//! Joining a conversation.

use super::{ServiceError, Services};
use crate::domain::{Actor, AgentActor, ConversationId, OrganizationId, Position, Seq};
use crate::store::Standing;

/// What a visitor shows to be the end user of a conversation.
#[derive(Clone, Debug)]
pub struct VisitorProof {
    /// Their id on the channel.
    pub external_id: String,
    /// The site's signature of it, where the channel requires one.
    pub external_id_hash: Option<String>,
}

/// What one who may join is told.
#[derive(Clone, Debug)]
pub struct JoinView {
    /// Whose conversation it is.
    pub organization_id: OrganizationId,
    /// Who has joined, for whatever they ask next.
    pub actor: Actor,
    /// The newest `seq` of the conversation.
    pub seq: Seq,
    /// The newest position of the organization's log, read together with `seq`.
    pub position: Position,
}

impl JoinView {
    fn new(actor: Actor, standing: &Standing) -> Self {
        Self {
            organization_id: standing.conversation.organization_id,
            actor,
            seq: standing.conversation.seq,
            position: standing.position,
        }
    }
}

impl Services {
    /// Lets an agent into a conversation of their organization.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn join_conversation_as_agent(
        &self,
        agent: AgentActor,
        id: ConversationId,
    ) -> Result<JoinView, ServiceError> {
        let standing = self.standing_for_agent(agent, id).await?;
        Ok(JoinView::new(Actor::Agent(agent), &standing))
    }

    /// Lets a visitor into their own conversation. Never begins one.
    ///
    /// # Errors
    /// `Forbidden`, with one and the same text whether the conversation or the proof is wrong.
    pub async fn join_conversation_as_visitor(
        &self,
        id: ConversationId,
        proof: &VisitorProof,
    ) -> Result<JoinView, ServiceError> {
        let (standing, visitor) = self.standing_for_visitor(id, proof).await?;
        Ok(JoinView::new(Actor::Visitor(visitor), &standing))
    }
}
