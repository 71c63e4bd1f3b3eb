//! Sending.

mod earlier;
mod place;
mod programs;
mod reply;
mod sheet;
mod together;
mod write;

use std::sync::Arc;

use super::joins::VisitorProof;
use super::widgets::BAD_TOKEN;
use super::{Attempt, Origin, ServiceError, Services};
use crate::domain::text::clean_name;
use crate::domain::{
    AgentActor, Author, ChannelId, ClientMessageId, Content, ConversationId, EmbedToken, Message,
    OrganizationId, Visibility, policy,
};
use crate::store::Submitted;
pub(super) use place::{Place, opened};
pub use programs::MessagesAsked;
pub(super) use programs::program_content;
pub(super) use reply::reply_of_rule;
pub(super) use together::MessageWriter;
use write::Writing;

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
    /// The origin of the page that sends it, where that is not one of this server's own pages, whose
    /// token was checked when they were opened.
    pub page_origin: Option<String>,
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
    /// The program that says it, where it is a program that answers in its own name.
    pub bot: Option<String>,
    /// What they say.
    pub content: Content,
    /// Their own id of the message: the same again is the same message.
    pub client_message_id: Option<ClientMessageId>,
    /// The connection it came by.
    pub origin: Option<Origin>,
}

/// A message that has its place behind those that were sent before it, and is about to be kept, whether
/// anybody waits for that or not.
#[derive(Debug)]
#[must_use = "nobody hears whether it is kept"]
pub struct Sending(Submitted<Sent, ServiceError>);

impl Sending {
    /// The message, once it is kept and announced.
    ///
    /// # Errors
    /// Why it is not.
    pub async fn kept(self) -> Result<Sent, ServiceError> {
        self.0.done().await
    }
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
    /// Takes what a visitor sends, and gives it its place among all that is to be kept: who sends twice can do so
    /// before the first is. Begins contact and conversation with the first message, and a new session when
    /// none is open.
    ///
    /// # Errors
    /// `Forbidden`, with one and the same text, for a conversation that is not there and for one
    /// that is not this visitor's, and for a signature that is missing or wrong; `Invalid` for a
    /// message without conversation and token; `TooMany` beyond `limits.visitor_messages`.
    pub async fn send_visitor_message(
        &self,
        request: SendVisitorMessage,
    ) -> Result<Sending, ServiceError> {
        let customer_name = request.customer_name.as_deref().unwrap_or_default();
        let customer_name = clean_name("customer_name", customer_name)?;
        let (organization_id, channel_id, place) = self.place_of(&request).await?;
        let source_id = request.proof.external_id;
        self.count_visitor(channel_id, &source_id).await?;
        self.submit(Writing {
            clock: self.inner.clock.clone(),
            organization_id,
            place,
            author: Author::Contact { source_id },
            visibility: Visibility::Public,
            customer_name,
            content: request.content,
            client_message_id: request.client_message_id,
            origin: request.origin,
        })
        .await
    }

    /// Where a visitor's message goes, once they have proved that it may go there.
    async fn place_of(
        &self,
        request: &SendVisitorMessage,
    ) -> Result<(OrganizationId, ChannelId, Place), ServiceError> {
        if let Some(id) = request.conversation_id {
            let (standing, _) = self.standing_for_visitor(id, &request.proof).await?;
            let place = Place::Conversation { id, contact_id: Some(standing.contact_id) };
            let conversation = standing.conversation;
            return Ok((conversation.organization_id, conversation.channel_id, place));
        }
        let token = request.embed_token.as_deref();
        let token = token.ok_or_else(|| ServiceError::invalid("conversation_id", "is required"))?;
        let opened = self.resolve_embed_token(token).await?;
        let EmbedToken { channel, allowed_origins } =
            opened.ok_or(ServiceError::Forbidden(BAD_TOKEN))?;
        if request.page_origin.is_some() && !allowed_origins.allow(request.page_origin.as_deref()) {
            return Err(ServiceError::Forbidden(
                "pages of this origin may not use this embed_token",
            ));
        }
        if !policy::visitors_may_begin(channel.kind) {
            return Err(ServiceError::Forbidden("visitors cannot begin on this channel"));
        }
        self.admit_newcomer(&channel, &request.proof).await?;
        let source_id = request.proof.external_id.clone();
        Ok((channel.organization_id, channel.id, Place::Visitor { channel: channel.id, source_id }))
    }

    /// Takes what an agent sends, as [`send_visitor_message`](Self::send_visitor_message) does. In a resolved
    /// conversation it begins a session that is the agent's, or nobody's when a bot says it.
    ///
    /// # Errors
    /// `NotFound`, from what this gives, for a conversation that is not of the agent's organization.
    pub async fn send_agent_message(
        &self,
        agent: AgentActor,
        request: SendAgentMessage,
    ) -> Result<Sending, ServiceError> {
        self.submit(Writing {
            clock: self.inner.clock.clone(),
            organization_id: agent.organization_id,
            place: Place::Conversation { id: request.conversation_id, contact_id: None },
            author: request.bot.map_or(Author::User(agent.user_id), Author::Bot),
            visibility: Visibility::Public,
            customer_name: None,
            content: request.content,
            client_message_id: request.client_message_id,
            origin: request.origin,
        })
        .await
    }

    async fn write(&self, writing: Writing) -> Result<Sent, ServiceError> {
        if Attempt::current().is_none() {
            return self.submit(writing).await?.kept().await;
        }
        let organization = writing.organization_id;
        let (writing, writer) = (Arc::new(writing), Arc::clone(&self.inner.messages));
        self.commit(Some(organization), move |tx| {
            let (writing, writer) = (Arc::clone(&writing), Arc::clone(&writer));
            Box::pin(async move { writing.run(tx, writer.rules()).await })
        })
        .await
    }

    async fn submit(&self, writing: Writing) -> Result<Sending, ServiceError> {
        let (organization, writer) = (writing.organization_id, &self.inner.messages);
        self.inner.commits.submit_joint(organization, writer, writing).await.map(Sending)
    }
}
