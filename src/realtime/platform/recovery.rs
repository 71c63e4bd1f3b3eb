//! Connection state recovery: taking up a session after its connection was lost.
//!
//! A client that comes back names its session and the last offset it got. It gets its id and its
//! rooms back, and what it missed, read from the log of its organization in the database; so this
//! works on any node, also after the first one died. Where the log cannot answer for everything the
//! client may have missed, it honestly gets a fresh session.

use std::collections::HashMap;
use std::sync::Arc;

use switchboard_rooms::Closing;
use tracing::debug;

use super::failure::log;
use super::offset::Offset;
use super::parts::Platform;
use super::past::{Missed, Past};
use super::socket::{Memory, Resumption, Socket};
use crate::domain::{
    AgentActor, Author, Event, EventKind, OrganizationId, Position, Room, Timestamp,
};
use crate::realtime::close::Close;
use crate::realtime::frame::Frame;
use crate::realtime::order::Opening;
use crate::realtime::topic::Topic;
use crate::service::{SaveRealtimeSession, ServiceError};

/// Events replayed at a time; the next follow when the client has taken them.
const PAGE: usize = 500;

impl Platform {
    /// Finds the session a client names, if it is this client's and all it missed is still known.
    pub(super) async fn find_session(
        &self,
        pid: &str,
        offset: Option<&str>,
        agent: Option<AgentActor>,
    ) -> Result<Option<Resumption>, ServiceError> {
        let services = &self.parts.services;
        let Some(saved) = services.load_realtime_session(pid).await? else { return Ok(None) };
        let Ok(memory) = serde_json::from_value::<Memory>(saved.actor) else { return Ok(None) };
        let Some(organization_id) = memory.organization_id else { return Ok(None) };
        if memory.agent != agent || self.is_over(saved.disconnected_at) {
            return Ok(None);
        }
        // A client that got nothing yet needs all that came since it joined its rooms.
        let earliest = memory.rooms.iter().map(|(_, since)| *since).min();
        let nothing = Offset { position: earliest.unwrap_or_default(), index: usize::MAX };
        let Ok(heard) = offset.map_or(Ok(nothing), str::parse) else { return Ok(None) };
        let past = self.past(organization_id);
        if !past.reaches(services, heard.position).await? {
            return Ok(None);
        }
        let (sid, pid) = (saved.connection_ref, pid.to_owned());
        Ok(Some(Resumption { sid, pid, memory, organization_id, heard, past }))
    }

    fn past(&self, organization: OrganizationId) -> Arc<Past> {
        self.pasts.of(organization, self.parts.recovery_events_max)
    }

    fn is_over(&self, disconnected_at: Option<Timestamp>) -> bool {
        let now = self.parts.clock.now();
        let limit = i64::try_from(self.parts.recovery.as_millis()).unwrap_or(i64::MAX);
        disconnected_at.is_some_and(|at| now.ms_since(at) > limit)
    }

    /// Gives a client back its rooms, after what it missed in them.
    pub(super) async fn replay(
        &self,
        socket: &mut Socket,
        resumption: &Resumption,
    ) -> Result<(), ServiceError> {
        let outbound = socket.emitter.outbound();
        outbound.hold();
        let read = self.replay_log(socket, resumption).await;
        let reached = *read.as_ref().unwrap_or(&0);
        for (room, _) in &socket.memory.rooms {
            self.parts.hub.rooms.has_heard(socket.id, &(*room).into(), reached);
        }
        outbound.release(|_, place| place.position > 0 && place.position <= reached);
        read?;
        self.tell_presence(socket).await?;
        debug!(conn.id = %socket.id, position = reached, "session recovered");
        self.keep(socket).await
    }

    /// Puts a client back into its rooms, and sends what it missed there. Gives the position it got to: what is
    /// said after that waits until it has all before.
    async fn replay_log(
        &self,
        socket: &Socket,
        resumption: &Resumption,
    ) -> Result<Position, ServiceError> {
        let openings = self.listen(socket, resumption.organization_id);
        let since: HashMap<Room, Position> = socket.memory.rooms.iter().copied().collect();
        let (services, heard) = (&self.parts.services, resumption.heard);
        let is_wanted = |event: &Event| missed(event, &since, heard).next().is_some();
        // The event of the last delivery is looked at again: another room may have missed it.
        let from = (heard.position - 1).max(0);
        let Missed { events, newest } = resumption.past.since(services, from, is_wanted).await?;
        for opening in openings {
            opening.at(newest);
        }
        for page in events.chunks(PAGE) {
            for event in page {
                let own = is_own(&socket.memory, event);
                for (room, offset) in missed(event, &since, heard) {
                    tell(socket, super::encode(event, room, Some(offset), own));
                }
            }
            if !socket.emitter.outbound().drained().await {
                break;
            }
        }
        Ok(newest)
    }

    /// Puts a client back into its rooms.
    fn listen(&self, socket: &Socket, organization: OrganizationId) -> Vec<Opening> {
        let hub = &self.parts.hub;
        let rooms = || socket.memory.rooms.iter().map(|(room, _)| *room);
        let mut openings: Vec<_> =
            rooms().filter_map(|room| hub.opening(organization, room)).collect();
        if openings.len() > 1 {
            openings.push(hub.opening_log(organization));
            hub.rooms.join(socket.id, &Topic::Log(organization));
        }
        for room in rooms() {
            hub.rooms.join(socket.id, &room.into());
        }
        openings
    }

    /// Presence is in no log: a client that is back hears how it is now.
    async fn tell_presence(&self, socket: &Socket) -> Result<(), ServiceError> {
        let Some(agent) = socket.memory.agent else { return Ok(()) };
        if !socket.memory.is_in(Room::Presence(agent.organization_id)) {
            return Ok(());
        }
        self.parts.hub.agents_known(agent.organization_id).await;
        let online = self.parts.hub.agents_online(agent.organization_id);
        let (_, agents) = self.parts.services.organization_of(agent).await?;
        for id in agents.into_iter().map(|agent| agent.id) {
            let is_online = online.contains(&id);
            let event = Event::agent_status(agent.organization_id, id, is_online);
            let room = Room::Presence(agent.organization_id);
            tell(socket, super::encode(&event, room, None, false));
        }
        Ok(())
    }

    /// Writes down what a client needs to take up its session, before it relies on it.
    pub(super) async fn keep(&self, socket: &Socket) -> Result<(), ServiceError> {
        let Some(pid) = &socket.pid else { return Ok(()) };
        let session = SaveRealtimeSession {
            pid: pid.clone(),
            connection_ref: socket.sid.clone(),
            organization_id: socket.memory.organization_id,
            actor: serde_json::to_value(&socket.memory).unwrap_or_default(),
            rooms: socket.memory.rooms.iter().map(|(room, _)| *room).collect(),
            node_id: self.parts.node_id,
        };
        self.parts.services.save_realtime_session(session).await
    }

    /// Notes that a connection was lost, so that its session can be taken up for a while; a client
    /// that left on purpose does not come back for it.
    ///
    /// It is noted by a task of its own: the connection's may be cut short at any moment.
    pub(super) fn put_aside(&self, socket: &Socket, close: Close) {
        let is_current = self.parts.hub.session_disconnected(&socket.sid, socket.id);
        let Some(pid) = socket.pid.clone().filter(|_| is_current) else { return };
        if socket.memory.rooms.is_empty() {
            return;
        }
        let (services, node_id) = (self.parts.services.clone(), self.parts.node_id);
        let now = self.parts.clock.now();
        let over = matches!(close, Close::PeerLeft | Close::Server(Closing::Revoked));
        self.parts.tasks.spawn(async move {
            let noted = if over {
                services.forget_realtime_session(&pid).await
            } else {
                services.mark_disconnected(&pid, node_id, now).await
            };
            if let Err(error) = noted {
                log(&error);
            }
        });
    }
}

/// The rooms in which a client missed an event, and the offset of each of these deliveries.
fn missed(
    event: &Event,
    since: &HashMap<Room, Position>,
    heard: Offset,
) -> impl Iterator<Item = (Room, Offset)> {
    event.audience().enumerate().filter_map(move |(index, room)| {
        let offset = Offset::of(event, index)?;
        let is_in = since.get(&room).is_some_and(|since| offset.position > *since);
        (is_in && offset > heard).then_some((room, offset))
    })
}

/// Queues what a client missed. A full queue ends the connection, and what is pushed then is lost with it.
fn tell(socket: &Socket, frame: Option<Frame>) {
    if let Some(frame) = frame {
        let _ = socket.emitter.outbound().push(frame);
    }
}

fn is_own(memory: &Memory, event: &Event) -> bool {
    let EventKind::MessageCreated(message) = &event.kind else { return false };
    match (&message.author, memory.visits.get(&message.conversation_id)) {
        (Author::Contact { source_id }, Some(visitor)) => visitor.source_id == *source_id,
        (Author::User(id), _) => memory.agent.is_some_and(|agent| agent.user_id == *id),
        _ => false,
    }
}
