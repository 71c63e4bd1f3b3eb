//! Admission of clients, and the way from an event to what it does.

use std::sync::Arc;

use metrics::counter;
use switchboard_protocol::socketio::ROOT;
use tracing::debug;

use super::ack::{Handling, reply};
use super::events::{ClientEvent, SEND_MESSAGE};
use super::failure::{Failure, log};
use super::identity::{Auth, Identity};
use super::parts::Platform;
use super::socket::{Memory, Resumption, Socket};
use crate::domain::secrets::random_id;
use crate::domain::{AgentActor, Room};
use crate::realtime::close::Close;
use crate::realtime::frame::Format;
use crate::realtime::socketio::{Admission, Answer, Application, Connect, Event, Refusal};
use crate::realtime::topic::Topic;
use crate::service::ServiceError;

/// Of the ids by which a client is known: they say nothing about anything.
const ID_BYTES: usize = 15;

impl Platform {
    async fn admit(&self, request: Connect<'_>) -> Result<Admission<Socket>, ServiceError> {
        let auth: Auth = request
            .auth
            .map_or_else(Auth::default, |auth| serde_json::from_str(auth).unwrap_or_default());
        let identity = self.identify(request.peer, &auth).await?;
        let (agent, key) = (identity.agent, identity.key);
        let keeps_offsets = request.peer.keeps_offsets;
        let resumption = match auth.pid.as_deref().filter(|_| keeps_offsets) {
            Some(pid) => self.find_session(pid, auth.offset.as_deref(), agent).await?,
            None => None,
        };
        let format = if keeps_offsets { Format::SocketIoWithOffsets } else { Format::SocketIo };
        let outbound = Arc::clone(request.emitter.outbound());
        self.parts.hub.rooms.register(request.id, outbound, format);
        let socket = Self::begin(&request, identity, resumption);
        self.parts.hub.session_connected(&socket.sid, socket.id);
        if let Some(agent) = agent {
            self.parts.hub.agent_connected(agent, key, socket.id);
        }
        if let Some(login) = socket.identity.login.clone() {
            self.parts.logins.connected(login, socket.id);
        }
        counter!("switchboard_sockets_total", "dialect" => "platform").increment(1);
        debug!(conn.id = %socket.id, agent = agent.is_some(), "socket connected");
        Ok(Admission { sid: socket.sid.clone(), pid: socket.pid.clone(), socket })
    }

    fn begin(request: &Connect<'_>, identity: Identity, resumption: Option<Resumption>) -> Socket {
        let (id, emitter) = (request.id, request.emitter.clone());
        if let Some(resumption) = resumption {
            let (sid, pid) = (resumption.sid.clone(), Some(resumption.pid.clone()));
            let memory = resumption.memory.clone();
            let resumption = Some(Box::new(resumption));
            return Socket { id, emitter, identity, sid, pid, memory, resumption };
        }
        let agent = identity.agent;
        let organization_id = agent.map(|agent| agent.organization_id);
        let memory = Memory { agent, organization_id, ..Memory::default() };
        let pid = request.peer.keeps_offsets.then(|| random_id(ID_BYTES));
        Socket { id, emitter, identity, sid: random_id(ID_BYTES), pid, memory, resumption: None }
    }

    /// Tells the others, after a grace, that an agent is gone.
    fn agent_left(self: &Platform, agent: AgentActor, socket: &Socket) {
        let Some(leaving) =
            self.parts.hub.agent_disconnected(agent, socket.identity.key, socket.id)
        else {
            return;
        };
        let (hub, stop) = (Arc::clone(&self.parts.hub), self.parts.stop.clone());
        let grace = self.parts.presence_grace;
        self.parts.tasks.spawn(async move {
            // When the node stops there is nothing to wait for: it will not be here that the agent is back.
            let _ = stop.run_until_cancelled(tokio::time::sleep(grace)).await;
            hub.agent_gone(agent, leaving);
        });
    }
}

impl Application for Platform {
    type Socket = Socket;

    async fn connect(&self, request: Connect<'_>) -> Result<Admission<Socket>, Refusal> {
        if request.namespace != ROOT {
            return Err(Refusal { message: "Invalid namespace".into() });
        }
        let _arrival = self.arrival().await;
        self.admit(request).await.map_err(|error| {
            log(&error);
            Refusal { message: error.to_string().into() }
        })
    }

    async fn connected(&self, socket: &mut Socket) {
        let Some(resumption) = socket.resumption.take() else { return };
        let _arrival = self.arrival().await;
        if let Err(error) = self.replay(socket, &resumption).await {
            // The client was told that it is back; since it is not, it must come again.
            log(&error);
            socket.emitter.outbound().close(switchboard_rooms::Closing::Ended);
        }
    }

    async fn event(&self, socket: &mut Socket, event: Event<'_>) -> Answer {
        counter!("switchboard_events_in_total").increment(1);
        let handling = match ClientEvent::decode(event.name, event.args) {
            Ok(decoded) => self.handle(socket, decoded).await,
            Err(why) => Err(Failure::Refused(why)),
        };
        match handling {
            Ok(Handling::Done(reply)) => reply.into(),
            Ok(Handling::Coming(handled)) => {
                let emitter = socket.emitter.clone();
                Answer::Later(Box::pin(async move { reply(&emitter, handled.await) }))
            }
            Err(failure) => reply(&socket.emitter, Err(failure)).into(),
        }
    }

    /// What is said is put in its place before the next is looked at, which may be put behind it.
    fn may_follow(&self, event: &Event<'_>) -> bool {
        event.name == SEND_MESSAGE
    }

    async fn disconnected(&self, socket: Socket, close: Close) {
        debug!(conn.id = %socket.id, reason = close.as_str(), "socket disconnected");
        counter!("switchboard_disconnects_total", "reason" => close.as_str()).increment(1);
        for topic in self.parts.hub.rooms.remove(socket.id) {
            if let Topic::Room(Room::Conversation(id)) = topic {
                self.parts.typing.clear(id, socket.id);
            }
        }
        if let Some(agent) = socket.memory.agent {
            self.agent_left(agent, &socket);
        }
        if let Some(login) = &socket.identity.login {
            self.parts.logins.disconnected(login, socket.id);
        }
        self.put_aside(&socket, close);
    }
}
