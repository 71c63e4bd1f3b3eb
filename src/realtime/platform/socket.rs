//! What is remembered of one client.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use switchboard_rooms::ConnectionId;

use super::identity::Identity;
use super::offset::Offset;
use super::past::Past;
use crate::domain::{
    Actor, AgentActor, ConversationId, OrganizationId, Position, Room, VisitorActor,
};
use crate::realtime::socketio::Emitter;

/// One client on the main namespace.
#[derive(Debug)]
pub struct Socket {
    /// Its name in the registry of rooms.
    pub(super) id: ConnectionId,
    pub(super) emitter: Emitter,
    pub(super) identity: Identity,
    /// The id it was told, and may tell others.
    pub(super) sid: String,
    /// The secret with which it may take up its session later; clients that keep no offsets have
    /// none.
    pub(super) pid: Option<String>,
    pub(super) memory: Memory,
    /// What is to be replayed as soon as it has been let in.
    pub(super) resumption: Option<Box<Resumption>>,
}

/// What of a client outlives its connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    /// Who it is, when it is an agent.
    pub(super) agent: Option<AgentActor>,
    /// The one organization it has to do with: an agent's own, or that of the first conversation a
    /// visitor joined. Offsets count in the log of an organization, so there can be only one.
    pub(super) organization_id: Option<OrganizationId>,
    /// The conversations it joined as their visitor.
    pub(super) visits: HashMap<ConversationId, VisitorActor>,
    /// The rooms it is in, each with the position up to which it needs nothing of that room.
    pub(super) rooms: Vec<(Room, Position)>,
}

impl Memory {
    /// As whom the client acts in a conversation, if it may act there at all.
    pub(super) fn actor_in(&self, conversation: ConversationId) -> Option<Actor> {
        let visitor = self.visits.get(&conversation).cloned().map(Actor::Visitor);
        visitor.or_else(|| self.agent.map(Actor::Agent))
    }

    /// Whether the client is in the room.
    pub(super) fn is_in(&self, room: Room) -> bool {
        self.rooms.iter().any(|(known, _)| *known == room)
    }

    /// The client came into a room, and has heard what it needs up to `since`.
    pub(super) fn enter(&mut self, room: Room, since: Position) {
        self.rooms.retain(|(known, _)| *known != room);
        self.rooms.push((room, since));
    }

    /// The client left a room.
    pub(super) fn leave(&mut self, room: Room) {
        self.rooms.retain(|(known, _)| *known != room);
        if let Room::Conversation(id) = room {
            self.visits.remove(&id);
        }
    }
}

/// A session that is about to be taken up.
#[derive(Debug)]
pub(super) struct Resumption {
    pub(super) sid: String,
    pub(super) pid: String,
    pub(super) memory: Memory,
    pub(super) organization_id: OrganizationId,
    /// The last delivery the client got.
    pub(super) heard: Offset,
    /// The log it missed something of.
    pub(super) past: Arc<Past>,
}
