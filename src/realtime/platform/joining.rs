//! Coming into rooms and going out of them.

use serde_json::json;

use super::ack::{Handled, done};
use super::claims::{agent, origin, proof};
use super::events::{self, conversation_id};
use super::failure::Failure;
use super::parts::Platform;
use super::socket::Socket;
use crate::dialect::platform::{MessageJson, seconds};
use crate::domain::{Actor, AgentActor, ConversationId, OrganizationId, Room, Seq};
use crate::realtime::order::Opening;
use crate::realtime::topic::Topic;
use crate::service::{JoinView, ServiceError, VisitorProof};

/// Messages read at a time for a client that catches up.
const CATCH_UP_PAGE: u32 = 200;

/// Who wants to be in a conversation, and by what right.
pub(super) enum Joiner {
    Agent(AgentActor),
    Visitor(VisitorProof),
}

impl Platform {
    pub(super) async fn claim(
        &self,
        socket: &mut Socket,
        request: &events::Conversation,
    ) -> Handled {
        let agent = agent(socket)?;
        let id = conversation_id(&request.conversation_id)?;
        let origin = Some(origin(socket, None));
        let assigned = self.parts.services.assign_conversation(agent, id, origin).await?;
        if !socket.memory.is_in(Room::Conversation(id)) {
            self.enter_conversation(socket, id, &Joiner::Agent(agent), None).await?;
        }
        Ok(done(json!({
            "conversation_id": id,
            "assigned_agent_id": assigned.agent_id,
            "assigned_at": seconds(assigned.assigned_at),
        })))
    }

    pub(super) async fn join(&self, socket: &mut Socket, request: events::Join) -> Handled {
        let id = conversation_id(&request.conversation_id)?;
        let joiner = match (request.external_id, socket.memory.agent) {
            (None, Some(agent)) => Joiner::Agent(agent),
            (external_id, _) => Joiner::Visitor(proof(external_id, request.external_id_hash)?),
        };
        let seq = self.enter_conversation(socket, id, &joiner, request.after).await?;
        Ok(done(json!({"conversation_id": id, "seq": seq})))
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
    pub(super) async fn enter_conversation(
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
        self.follow_in_order(socket, view.organization_id, room).await?;
        // Held before it joins, so that nothing falls between the last message read and the first
        // one heard.
        socket.emitter.outbound().hold();
        let opening = self.parts.hub.opening(view.organization_id, room);
        let room_id = self.parts.hub.rooms.join(socket.id, &room.into());
        let kept = match self.catch_up(socket, id, joiner, after, opening).await {
            Ok(now) => {
                socket.memory.enter(room, now.position);
                self.keep(socket).await.map(|()| now)
            }
            Err(error) => Err(error),
        };
        let (seen, heard) = kept.as_ref().map_or((0, 0), |now| (now.seq, now.position));
        self.parts.hub.rooms.has_heard(socket.id, &room.into(), heard);
        socket
            .emitter
            .outbound()
            .release(|room, place| Some(room) == room_id && place.seq > 0 && place.seq <= seen);
        if kept.is_err() {
            self.parts.hub.rooms.leave(socket.id, &room.into());
            socket.memory.leave(room);
        }
        Ok(kept?.seq)
    }

    /// A client that keeps offsets has one for all of its rooms, so it must hear them in one order: that of the
    /// whole log, once it is in more rooms than one.
    async fn follow_in_order(
        &self,
        socket: &Socket,
        organization: OrganizationId,
        next: Room,
    ) -> Result<(), ServiceError> {
        let is_another = |room: Room| room != next && !matches!(room, Room::Presence(_));
        let has_another = socket.memory.rooms.iter().any(|(room, _)| is_another(*room));
        if socket.pid.is_none() || !has_another {
            return Ok(());
        }
        let opening = self.parts.hub.opening_log(organization);
        self.parts.hub.rooms.join(socket.id, &Topic::Log(organization));
        opening.at(self.parts.services.position(organization).await?);
        Ok(())
    }

    /// Sends the messages after `after`, if the client says after which, up to the state of one moment, which
    /// it gives. The client is in the room: what comes after that moment it hears there.
    async fn catch_up(
        &self,
        socket: &Socket,
        id: ConversationId,
        joiner: &Joiner,
        after: Option<Seq>,
        opening: Option<Opening>,
    ) -> Result<JoinView, ServiceError> {
        let services = &self.parts.services;
        let now = self.look_in(id, joiner).await?;
        if let Some(opening) = opening {
            opening.at(now.position);
        }
        let mut last = after.unwrap_or(now.seq);
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
        Ok(now)
    }

    pub(super) async fn leave(
        &self,
        socket: &mut Socket,
        request: &events::Conversation,
    ) -> Handled {
        let id = conversation_id(&request.conversation_id)?;
        let room = Room::Conversation(id);
        if self.parts.hub.rooms.leave(socket.id, &room.into()) {
            self.parts.typing.clear(id, socket.id);
            socket.memory.leave(room);
            self.keep(socket).await?;
        }
        Ok(done(json!({"conversation_id": id})))
    }

    pub(super) async fn join_queue(&self, socket: &mut Socket) -> Handled {
        let agent = agent(socket)?;
        self.enter(socket, Room::Queue(agent.organization_id), agent.organization_id).await?;
        Ok(done(json!({})))
    }

    pub(super) async fn join_presence(&self, socket: &mut Socket) -> Handled {
        let agent = agent(socket)?;
        let organization = agent.organization_id;
        // Before it hears of changes, or those who are there already would seem to come.
        self.parts.hub.agents_known(organization).await;
        self.enter(socket, Room::Presence(organization), organization).await?;
        Ok(done(json!({"online": self.parts.hub.agents_online(organization)})))
    }

    async fn enter(
        &self,
        socket: &mut Socket,
        room: Room,
        organization_id: OrganizationId,
    ) -> Result<(), Failure> {
        self.follow_in_order(socket, organization_id, room).await?;
        let (hub, topic) = (&self.parts.hub, room.into());
        let opening = hub.opening(organization_id, room);
        hub.rooms.join(socket.id, &topic);
        let position = self.parts.services.position(organization_id).await?;
        if let Some(opening) = opening {
            opening.at(position);
        }
        hub.rooms.has_heard(socket.id, &topic, position);
        socket.memory.enter(room, position);
        Ok(self.keep(socket).await?)
    }
}

/// Binds a client to the organization of its conversations: its offsets count in that log alone.
fn bind(socket: &mut Socket, organization_id: OrganizationId) -> Result<(), Failure> {
    let bound = *socket.memory.organization_id.get_or_insert(organization_id);
    if bound == organization_id {
        return Ok(());
    }
    Err("this connection belongs to another organization; open one of its own for this".into())
}
