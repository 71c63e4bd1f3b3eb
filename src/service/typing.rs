//! What the HTTP side asks of signs of typing. The realtime layer shows them; here is only what is asked, so
//! that neither has to know the other.

use std::fmt;
use std::sync::Arc;

use super::{ServiceError, Services};
use crate::domain::{AgentName, ApiKeyId, ConversationId, OrganizationId, Program, SenderType};

/// Who types.
#[derive(Clone, Debug)]
pub struct Typist {
    /// Where they may type.
    pub organization_id: OrganizationId,
    /// Which side they are on.
    pub sender: SenderType,
    /// Who they are, when they are an agent in their own name.
    pub agent: Option<Arc<AgentName>>,
}

/// The signs of typing of this node. Nothing here waits.
pub trait TypingSigns: fmt::Debug + Send + Sync {
    /// Whoever has this key types in a conversation; unless they say so again, they have stopped ten seconds
    /// later.
    fn start(&self, conversation: ConversationId, typist: Typist, key: ApiKeyId);

    /// Whoever has this key stopped typing in a conversation, if they did type.
    fn stop(&self, conversation: ConversationId, key: ApiKeyId);
}

impl Services {
    /// As whom a program types in a conversation: as the agent whose key it has.
    ///
    /// # Errors
    /// `NotFound` for a conversation the program does not see.
    pub async fn program_typist(
        &self,
        program: Program,
        id: ConversationId,
    ) -> Result<Typist, ServiceError> {
        self.standing_for_program(program, id).await?;
        let agent = match program.user_id {
            Some(id) => self.store().lookup_user(id).await?,
            None => None,
        };
        let sender = if agent.is_some() { SenderType::Agent } else { SenderType::Bot };
        let agent = agent.map(|agent| Arc::new(agent.as_seen()));
        Ok(Typist { organization_id: program.organization_id, sender, agent })
    }
}
