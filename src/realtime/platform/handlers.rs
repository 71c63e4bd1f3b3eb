//! What each event of a client does.

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use switchboard_rooms::ConnectionId;

use super::ack::{Handled, Handling, done};
use super::claims::{agent, client_message_id, origin, proof, sender};
use super::events::{self, ClientEvent, conversation_id};
use super::failure::Failure;
use super::joining::Joiner;
use super::parts::Platform;
use super::socket::Socket;
use crate::dialect::platform::MessageJson;
use crate::domain::{Content, Room, SenderType};
use crate::realtime::socketio::Reply;
use crate::realtime::typing::Typing;
use crate::service::{SendAgentMessage, SendVisitorMessage, Sending, Sent, ServiceError, Typist};

impl Platform {
    /// Does what an event asks for, and gives its acknowledgement; or sees that it is done, and gives it then.
    pub(super) async fn handle(
        &self,
        socket: &mut Socket,
        event: ClientEvent,
    ) -> Result<Handling, Failure> {
        let reply = match event {
            ClientEvent::SendMessage(request) => return self.send_message(socket, *request).await,
            ClientEvent::Claim(request) => self.claim(socket, &request).await,
            ClientEvent::Join(request) => self.join(socket, request).await,
            ClientEvent::Leave(request) => self.leave(socket, &request).await,
            ClientEvent::JoinQueue => self.join_queue(socket).await,
            ClientEvent::JoinPresence => self.join_presence(socket).await,
            ClientEvent::Typing(request) => self.type_on(socket, &request),
            ClientEvent::MarkRead(request) => self.mark_read(socket, request).await,
        };
        reply.map(Handling::Done)
    }

    async fn send_message(
        &self,
        socket: &mut Socket,
        request: events::SendMessage,
    ) -> Result<Handling, Failure> {
        let sending = match sender(socket, request.sender_type.as_deref())? {
            SenderType::Agent => self.send_as_agent(socket, None, request).await?,
            SenderType::Bot => {
                let bot = socket.identity.key.map(|key| key.to_string());
                self.send_as_agent(socket, bot, request).await?
            }
            _ if request.conversation_id.is_none() => {
                let sent = self.begin_as_visitor(socket, request).await?;
                return Ok(Handling::Done(said(&self.parts.typing, socket.id, &sent)));
            }
            _ => self.send_as_visitor(socket, request).await?,
        };
        let (typing, connection) = (Arc::clone(&self.parts.typing), socket.id);
        Ok(Handling::Coming(Box::pin(async move {
            let sent = sending.kept().await?;
            Ok(said(&typing, connection, &sent))
        })))
    }

    async fn send_as_agent(
        &self,
        socket: &Socket,
        bot: Option<String>,
        request: events::SendMessage,
    ) -> Result<Sending, Failure> {
        let agent = agent(socket)?;
        let id = request.conversation_id.as_deref().ok_or("conversation_id: is required")?;
        let conversation_id = conversation_id(id)?;
        let client_message_id = client_message_id(&request)?;
        let origin = Some(origin(socket, client_message_id.as_ref()));
        let content = self.content(request)?;
        let send = SendAgentMessage { conversation_id, bot, content, client_message_id, origin };
        Ok(self.parts.services.send_agent_message(agent, send).await?)
    }

    /// Begins a conversation, which the visitor is in from then on: they could not have joined one they did
    /// not know.
    async fn begin_as_visitor(
        &self,
        socket: &mut Socket,
        request: events::SendMessage,
    ) -> Result<Sent, Failure> {
        let proof = proof(request.external_id.clone(), request.external_id_hash.clone())?;
        let sent = self.send_as_visitor(socket, request).await?.kept().await?;
        let (id, seq) = (sent.message.conversation_id, sent.message.seq);
        self.enter_conversation(socket, id, &Joiner::Visitor(proof), Some(seq)).await?;
        Ok(sent)
    }

    async fn send_as_visitor(
        &self,
        socket: &Socket,
        mut request: events::SendMessage,
    ) -> Result<Sending, Failure> {
        let id = request.conversation_id.take();
        let conversation_id = id.as_deref().map(conversation_id).transpose()?;
        let proof = proof(request.external_id.take(), request.external_id_hash.take())?;
        let client_message_id = client_message_id(&request)?;
        let message = SendVisitorMessage {
            conversation_id,
            embed_token: request.embed_token.take(),
            proof,
            customer_name: request.customer_name.take(),
            page_origin: socket.identity.foreign_page.clone(),
            origin: Some(origin(socket, client_message_id.as_ref())),
            client_message_id,
            content: self.content(request)?,
        };
        Ok(self.parts.services.send_visitor_message(message).await?)
    }

    fn content(&self, request: events::SendMessage) -> Result<Content, Failure> {
        let kind = request.content_type.as_deref().unwrap_or("text");
        let text = request.content.unwrap_or_default();
        let content = self.parts.services.content(kind, text, request.rich_media);
        content.map_err(|invalid| ServiceError::from(invalid).into())
    }

    fn type_on(&self, socket: &Socket, request: &events::Typing) -> Handled {
        let id = conversation_id(&request.conversation_id)?;
        let sender = sender(socket, request.sender_type.as_deref())?;
        let organization_id = socket.memory.organization_id;
        let Some(organization_id) =
            organization_id.filter(|_| socket.memory.is_in(Room::Conversation(id)))
        else {
            return Err("join the conversation first".into());
        };
        if request.active {
            let agent = socket.identity.name.clone().filter(|_| sender == SenderType::Agent);
            let typist = Typist { organization_id, sender, agent };
            self.parts.typing.start(id, typist, socket.id);
        } else {
            self.parts.typing.clear(id, socket.id);
        }
        Ok(done(json!({})))
    }

    async fn mark_read(&self, socket: &Socket, request: events::MarkRead) -> Handled {
        let id = conversation_id(&request.conversation_id)?;
        let actor = socket.memory.actor_in(id).ok_or("join the conversation first")?;
        let origin = Some(origin(socket, None));
        let services = &self.parts.services;
        let read = services.mark_read(&actor, id, request.message_ids, origin).await?;
        Ok(done(json!({"message_ids": read})))
    }
}

/// Whoever has said something types no more, and is told what is kept.
fn said(typing: &Typing, connection: ConnectionId, sent: &Sent) -> Reply {
    #[derive(Serialize)]
    struct Said<'a> {
        message: MessageJson<'a>,
        duplicate: bool,
    }
    typing.clear(sent.message.conversation_id, connection);
    done(Said { message: MessageJson::sent(&sent.message), duplicate: sent.duplicate })
}
