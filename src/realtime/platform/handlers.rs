//! What each event of a client does.

use serde_json::{Value, json};

use super::application::{Failure, Platform};
use super::events::{self, ClientEvent, conversation_id};
use super::socket::Socket;
use crate::dialect::platform::{MessageJson, seconds};
use crate::domain::{
    Actor, AgentActor, ClientMessageId, Content, ConversationId, OrganizationId, Position, Room,
    SenderType, Seq,
};
use crate::realtime::frame::Frame;
use crate::service::{
    JoinView, Origin, SendAgentMessage, SendVisitorMessage, Sent, ServiceError, VisitorProof,
};

/// Messages read at a time for a client that catches up.
const CATCH_UP_PAGE: u32 = 200;

/// Who wants to be in a conversation, and by what right.
enum Joiner {
    Agent(AgentActor),
    Visitor(VisitorProof),
}

type Handled = Result<Value, Failure>;

impl Platform {
    /// Does what an event asks for, and gives the fields of its acknowledgement.
    pub(super) async fn handle(&self, socket: &mut Socket, event: ClientEvent) -> Handled {
        match event {
            ClientEvent::SendMessage(request) => self.send_message(socket, *request).await,
            ClientEvent::Claim(request) => self.claim(socket, &request).await,
            ClientEvent::Join(request) => self.join(socket, request).await,
            ClientEvent::Leave(request) => self.leave(socket, &request).await,
            ClientEvent::JoinQueue => self.join_queue(socket).await,
            ClientEvent::JoinPresence => self.join_presence(socket).await,
            ClientEvent::Typing(request) => self.type_on(socket, &request),
            ClientEvent::MarkRead(request) => self.mark_read(socket, request).await,
        }
    }

    async fn send_message(&self, socket: &mut Socket, request: events::SendMessage) -> Handled {
        let sent = match sender(socket, request.sender_type.as_deref())? {
            SenderType::Agent => self.send_as_agent(socket, request).await?,
            _ => self.send_as_visitor(socket, request).await?,
        };
        self.parts.typing.clear(sent.message.conversation_id, socket.id);
        Ok(json!({"message": MessageJson::sent(&sent.message), "duplicate": sent.duplicate}))
    }

    async fn send_as_agent(
        &self,
        socket: &Socket,
        request: events::SendMessage,
    ) -> Result<Sent, Failure> {
        let agent = agent(socket)?;
        let id = request.conversation_id.as_deref().ok_or("conversation_id: is required")?;
        let conversation_id = conversation_id(id)?;
        let client_message_id = client_message_id(&request)?;
        let origin = Some(origin(socket, client_message_id.as_ref()));
        let content = self.content(request)?;
        let send = SendAgentMessage { conversation_id, content, client_message_id, origin };
        Ok(self.parts.services.send_agent_message(agent, send).await?)
    }

    async fn send_as_visitor(
        &self,
        socket: &mut Socket,
        mut request: events::SendMessage,
    ) -> Result<Sent, Failure> {
        let id = request.conversation_id.take();
        let conversation_id = id.as_deref().map(conversation_id).transpose()?;
        let proof = proof(request.external_id.take(), request.external_id_hash.take())?;
        let client_message_id = client_message_id(&request)?;
        let message = SendVisitorMessage {
            conversation_id,
            embed_token: request.embed_token.take(),
            proof: proof.clone(),
            customer_name: request.customer_name.take(),
            page_origin: socket.identity.foreign_page.clone(),
            origin: Some(origin(socket, client_message_id.as_ref())),
            client_message_id,
            content: self.content(request)?,
        };
        let sent = self.parts.services.send_visitor_message(message).await?;
        if conversation_id.is_none() {
            // It could not have joined a conversation it did not know.
            let (id, seq) = (sent.message.conversation_id, sent.message.seq);
            self.enter_conversation(socket, id, &Joiner::Visitor(proof), Some(seq)).await?;
        }
        Ok(sent)
    }

    fn content(&self, request: events::SendMessage) -> Result<Content, Failure> {
        let kind = request.content_type.as_deref().unwrap_or("text");
        let text = request.content.unwrap_or_default();
        let content = self.parts.services.content(kind, text, request.rich_media);
        content.map_err(|invalid| ServiceError::from(invalid).into())
    }

    async fn claim(&self, socket: &mut Socket, request: &events::Conversation) -> Handled {
        let agent = agent(socket)?;
        let id = conversation_id(&request.conversation_id)?;
        let origin = Some(origin(socket, None));
        let assigned = self.parts.services.assign_conversation(agent, id, origin).await?;
        if !socket.memory.is_in(Room::Conversation(id)) {
            self.enter_conversation(socket, id, &Joiner::Agent(agent), None).await?;
        }
        Ok(json!({
            "conversation_id": id,
            "assigned_agent_id": assigned.agent_id,
            "assigned_at": seconds(assigned.assigned_at),
        }))
    }

    async fn join(&self, socket: &mut Socket, request: events::Join) -> Handled {
        let id = conversation_id(&request.conversation_id)?;
        let joiner = match (request.external_id, socket.memory.agent) {
            (None, Some(agent)) => Joiner::Agent(agent),
            (external_id, _) => Joiner::Visitor(proof(external_id, request.external_id_hash)?),
        };
        let seq = self.enter_conversation(socket, id, &joiner, request.after).await?;
        Ok(json!({"conversation_id": id, "seq": seq}))
    }

    /// Whether someone may be in a conversation, and how that stands at one moment.
    async fn look_in(&self, id: ConversationId, joiner: &Joiner) -> Result<JoinView, ServiceError> {
        match joiner {
            Joiner::Agent(agent) => {
                self.parts.services.join_conversation_as_agent(*agent, id).await
            }
            Joiner::Visitor(proof) => {
                self.parts.services.join_conversation_as_visitor(id, proof).await
            }
        }
    }

    /// Puts a client into the room of a conversation it may be in, after what it missed since the
    /// message `after`. Gives the newest `seq` that it has now.
    async fn enter_conversation(
        &self,
        socket: &mut Socket,
        id: ConversationId,
        joiner: &Joiner,
        after: Option<Seq>,
    ) -> Result<Seq, Failure> {
        let view = self.look_in(id, joiner).await?;
        bind(socket, view.organization_id)?;
        if let Actor::Visitor(visitor) = &view.actor {
            socket.memory.visits.insert(id, visitor.clone());
        }
        let room = Room::Conversation(id);
        // Held before it joins, so that nothing falls between the last message read and the first
        // one heard.
        socket.emitter.outbound().hold();
        let room_id = self.parts.hub.rooms.join(socket.id, &room);
        let caught_up = match after {
            Some(after) => self.catch_up(socket, id, joiner, after).await,
            None => Ok((view.seq, view.position)),
        };
        let kept = match caught_up {
            Ok((seq, position)) => {
                socket.memory.enter(room, position);
                self.keep(socket).await.map(|()| seq)
            }
            Err(error) => Err(error),
        };
        let seen = after.and(kept.as_ref().ok()).copied().unwrap_or_default();
        socket
            .emitter
            .outbound()
            .release(|room, place| Some(room) == room_id && place.seq > 0 && place.seq <= seen);
        if kept.is_err() {
            self.parts.hub.rooms.leave(socket.id, &room);
            socket.memory.leave(room);
        }
        Ok(kept?)
    }

    /// Sends the messages after `after`, up to the state of one moment: its `seq` and position.
    async fn catch_up(
        &self,
        socket: &Socket,
        id: ConversationId,
        joiner: &Joiner,
        after: Seq,
    ) -> Result<(Seq, Position), ServiceError> {
        let services = &self.parts.services;
        let now = self.look_in(id, joiner).await?;
        let mut last = after;
        while last < now.seq {
            let page = services.messages_after(&now.actor, id, last, CATCH_UP_PAGE).await?;
            let Some(newest) = page.last() else { break };
            last = newest.seq;
            for message in page.iter().filter(|message| message.seq <= now.seq) {
                let own = message.author == now.actor.author();
                let view =
                    if own { MessageJson::sent(message) } else { MessageJson::heard(message) };
                let payload = serde_json::to_string(&view).unwrap_or_default();
                socket.emitter.emit("message_received", &[&payload]);
            }
            if !socket.emitter.outbound().drained().await {
                break;
            }
        }
        Ok((now.seq, now.position))
    }

    async fn leave(&self, socket: &mut Socket, request: &events::Conversation) -> Handled {
        let id = conversation_id(&request.conversation_id)?;
        let room = Room::Conversation(id);
        if self.parts.hub.rooms.leave(socket.id, &room) {
            self.parts.typing.clear(id, socket.id);
            socket.memory.leave(room);
            self.keep(socket).await?;
        }
        Ok(json!({"conversation_id": id}))
    }

    async fn join_queue(&self, socket: &mut Socket) -> Handled {
        let agent = agent(socket)?;
        self.enter(socket, Room::Queue(agent.organization_id), agent.organization_id).await?;
        Ok(json!({}))
    }

    async fn join_presence(&self, socket: &mut Socket) -> Handled {
        let agent = agent(socket)?;
        self.enter(socket, Room::Presence(agent.organization_id), agent.organization_id).await?;
        Ok(json!({"online": self.parts.hub.agents_online(agent.organization_id)}))
    }

    async fn enter(
        &self,
        socket: &mut Socket,
        room: Room,
        organization_id: OrganizationId,
    ) -> Result<(), Failure> {
        let position = self.parts.services.position(organization_id).await?;
        self.parts.hub.rooms.join(socket.id, &room);
        socket.memory.enter(room, position);
        Ok(self.keep(socket).await?)
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
            self.parts.typing.start(organization_id, id, sender, socket.id);
        } else {
            self.parts.typing.clear(id, socket.id);
        }
        Ok(json!({}))
    }

    async fn mark_read(&self, socket: &Socket, request: events::MarkRead) -> Handled {
        let id = conversation_id(&request.conversation_id)?;
        let actor = socket.memory.actor_in(id).ok_or("join the conversation first")?;
        let origin = Some(origin(socket, None));
        let services = &self.parts.services;
        let read = services.mark_read(&actor, id, request.message_ids, origin).await?;
        Ok(json!({"message_ids": read}))
    }
}

fn agent(socket: &Socket) -> Result<AgentActor, Failure> {
    socket.memory.agent.ok_or_else(|| "only agents can do this; log in first".into())
}

/// Which side the client is on. What it says of itself is only a claim, so being an agent takes a
/// login; being a visitor is proved with each event.
fn sender(socket: &Socket, claim: Option<&str>) -> Result<SenderType, Failure> {
    match claim {
        Some("agent") => agent(socket).map(|_| SenderType::Agent),
        None if socket.memory.agent.is_some() => Ok(SenderType::Agent),
        Some("end_user") | None => Ok(SenderType::EndUser),
        Some(_) => Err("sender_type: must be end_user or agent".into()),
    }
}

fn proof(external_id: Option<String>, hash: Option<String>) -> Result<VisitorProof, Failure> {
    let external_id = external_id.filter(|id| !id.is_empty());
    let external_id = external_id.ok_or("external_id: is required for end users")?;
    Ok(VisitorProof { external_id, external_id_hash: hash })
}

fn client_message_id(request: &events::SendMessage) -> Result<Option<ClientMessageId>, Failure> {
    let id = request.client_message_id.clone().map(ClientMessageId::new).transpose();
    id.map_err(|invalid| ServiceError::from(invalid).into())
}

fn origin(socket: &Socket, client_message_id: Option<&ClientMessageId>) -> Origin {
    let client_message_id = client_message_id.map(|id| id.as_str().to_owned());
    Origin { connection: socket.id, client_message_id }
}

/// Binds a client to the organization of its conversations: its offsets count in that log alone.
fn bind(socket: &mut Socket, organization_id: OrganizationId) -> Result<(), Failure> {
    let bound = *socket.memory.organization_id.get_or_insert(organization_id);
    if bound == organization_id {
        return Ok(());
    }
    Err("this connection belongs to another organization; open one of its own for this".into())
}

/// What a recovered client is told of who is there.
pub(super) fn status(agent: crate::domain::UserId, online: bool) -> Frame {
    let status = if online { "online" } else { "offline" };
    let payload = json!({"agent_id": agent, "status": status}).to_string();
    let mut text = String::new();
    switchboard_protocol::socketio::encode_event(
        &mut text,
        switchboard_protocol::socketio::ROOT,
        None,
        "agent_status_changed",
        &[&payload],
        None,
    );
    text.into()
}
