//! Sending.

use std::sync::Arc;

use crate::domain::{AgentActor, ClientMessageId, Content, ConversationId, Message};

use super::joins::VisitorProof;
use super::{Origin, ServiceError, Services};

/// What a visitor sends.
#[derive(Clone, Debug)]
pub struct SendVisitorMessage {
    /// The conversation; `None` begins (or finds) the one of this visitor on the channel of
    /// `embed_token`.
    pub conversation_id: Option<ConversationId>,
    /// The embed token of the page it comes from; needed without a conversation.
    pub embed_token: Option<String>,
    /// Who says so.
    pub proof: VisitorProof,
    /// What the visitor is called, for a contact that has no name yet.
    pub customer_name: Option<String>,
    /// What they say.
    pub content: Content,
    /// Their own id of the message: the same again is the same message.
    pub client_message_id: Option<ClientMessageId>,
    /// The connection it came by.
    pub origin: Option<Origin>,
}

/// What an agent sends.
#[derive(Clone, Debug)]
pub struct SendAgentMessage {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// What they say.
    pub content: Content,
    /// Their own id of the message: the same again is the same message.
    pub client_message_id: Option<ClientMessageId>,
    /// The connection it came by.
    pub origin: Option<Origin>,
}

/// A message that is kept.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The message as it is kept.
    pub message: Arc<Message>,
    /// It was kept before, under the same client message id; nothing was announced this time.
    pub duplicate: bool,
    /// The conversation began with it.
    pub created_conversation: bool,
}

impl Services {
    /// Keeps what a visitor sends. Begins contact and conversation with the first message, and a new
    /// session when none is open.
    ///
    /// # Errors
    /// `Forbidden`, with one and the same text, for a conversation that is not there and for one
    /// that is not this visitor's, and for a signature that is missing or wrong; `Invalid` for a
    /// message without conversation and token; `TooMany` beyond `limits.visitor_messages`.
    pub async fn send_visitor_message(
        &self,
        request: SendVisitorMessage,
    ) -> Result<Sent, ServiceError> {
        let _ = request;
        unimplemented!()
    }

    /// Keeps what an agent sends. In a resolved conversation it begins a session that is the agent's.
    ///
    /// # Errors
    /// `NotFound` for a conversation that is not of the agent's organization.
    pub async fn send_agent_message(
        &self,
        agent: AgentActor,
        request: SendAgentMessage,
    ) -> Result<Sent, ServiceError> {
        let _ = (agent, request);
        unimplemented!()
    }
}
