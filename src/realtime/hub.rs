//! Where the services' events become frames: who is in which room on this node, which agents are
//! there, and the way from an [`Announcement`] to every queue that wants it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use metrics::counter;
use parking_lot::Mutex;
use switchboard_rooms::{Closing, ConnectionId, Leaving, Place, Presence, Registry};

use super::encode::encode;
use super::frame::{Format, Frame};
use super::topic::Topic;
use crate::domain::{AgentActor, ApiKeyId, Event, EventKind, OrganizationId, Room, UserId};
use crate::service::{Announce, Announcement};

/// The rooms of this node and who is there.
#[derive(Debug, Default)]
pub struct Hub {
    /// Which connection is in which room.
    pub rooms: Registry<Topic, Frame, Format>,
    presence: Presence<OrganizationId, UserId>,
    /// The connections of each agent, to be closed when the agent logs out.
    agents: Mutex<HashMap<UserId, HashSet<ConnectionId>>>,
    /// The connections of each key, to be closed when it is revoked.
    keys: Mutex<HashMap<ApiKeyId, HashSet<ConnectionId>>>,
    /// The connection that a recoverable session has at the moment, by its public id.
    sessions: Mutex<HashMap<String, ConnectionId>>,
}

impl Announce for Hub {
    /// Encodes the event once for each wire format in each of its rooms, and queues the same bytes
    /// for every member. It never waits.
    fn announce(&self, announcement: &Announcement) {
        let event = &announcement.event;
        let origin = announcement.origin.as_ref();
        for (index, room) in event.audience().enumerate() {
            let told_apart = origin.filter(|_| is_own_copy(event, room)).map(|it| it.connection);
            let skip = origin.map(|it| it.connection).filter(|_| skips_origin(event, room));
            let encoded = |format| encode(event, room, index, format, false);
            let count = self.rooms.publish(&room.into(), place(event), skip, encoded);
            counter!("switchboard_deliveries_total").increment(count as u64);
            if let Some(sender) = told_apart {
                self.rooms.send(sender, |format| encode(event, room, index, format, true));
            }
        }
    }

    fn logged_out(&self, user_id: UserId) {
        let connections = self.agents.lock().get(&user_id).cloned().unwrap_or_default();
        self.turn_out(&connections);
    }
}

/// Takes a connection off a list of somebody's connections.
fn forget<K: Eq + Hash>(
    lists: &Mutex<HashMap<K, HashSet<ConnectionId>>>,
    key: K,
    id: ConnectionId,
) {
    if let Entry::Occupied(mut list) = lists.lock().entry(key) {
        list.get_mut().remove(&id);
        if list.get().is_empty() {
            list.remove();
        }
    }
}

/// The sender of a message gets a copy of its own, with its own id of the message, whether it is in
/// the room or not.
fn is_own_copy(event: &Event, room: Room) -> bool {
    let in_conversation = matches!(room, Room::Conversation(_));
    in_conversation && matches!(event.kind, EventKind::MessageCreated(_))
}

/// Who types knows it.
fn skips_origin(event: &Event, room: Room) -> bool {
    is_own_copy(event, room) || matches!(event.kind, EventKind::Typing { .. })
}

fn place(event: &Event) -> Place {
    let seq = match &event.kind {
        EventKind::MessageCreated(message) => message.seq,
        _ => 0,
    };
    Place { position: event.position.unwrap_or_default(), seq }
}

impl Hub {
    /// A key was revoked: whoever is connected with it goes.
    pub fn key_revoked(&self, key: ApiKeyId) {
        let connections = self.keys.lock().get(&key).cloned().unwrap_or_default();
        self.turn_out(&connections);
    }

    fn turn_out(&self, connections: &HashSet<ConnectionId>) {
        for outbound in connections.iter().filter_map(|id| self.rooms.outbound(*id)) {
            outbound.close(Closing::Revoked);
        }
    }

    /// An agent's connection came, with a key or with a login.
    pub fn agent_connected(&self, agent: AgentActor, key: Option<ApiKeyId>, id: ConnectionId) {
        self.agents.lock().entry(agent.user_id).or_default().insert(id);
        if let Some(key) = key {
            self.keys.lock().entry(key).or_default().insert(id);
        }
        if self.presence.enter(&agent.organization_id, &agent.user_id, ()) {
            self.announce_status(agent, true);
        }
    }

    /// An agent's connection went. `Some` when it was the last one: after the grace, ask
    /// [`agent_gone`](Self::agent_gone).
    pub fn agent_disconnected(
        &self,
        agent: AgentActor,
        key: Option<ApiKeyId>,
        id: ConnectionId,
    ) -> Option<Leaving> {
        forget(&self.agents, agent.user_id, id);
        if let Some(key) = key {
            forget(&self.keys, key, id);
        }
        self.presence.leave(&agent.organization_id, &agent.user_id)
    }

    /// The grace is over: unless the agent came back, the others are told.
    pub fn agent_gone(&self, agent: AgentActor, leaving: Leaving) {
        if self.presence.confirm(&agent.organization_id, &agent.user_id, leaving) {
            self.announce_status(agent, false);
        }
    }

    /// The agents who are there.
    pub fn agents_online(&self, organization_id: OrganizationId) -> Vec<UserId> {
        self.presence.members(&organization_id)
    }

    fn announce_status(&self, agent: AgentActor, online: bool) {
        let event = Event::agent_status(agent.organization_id, agent.user_id, online);
        self.announce(&Announcement { event, origin: None });
    }

    /// A recoverable session has a connection. One that it had before is closed: its client is here.
    pub fn session_connected(&self, sid: &str, id: ConnectionId) {
        let before = self.sessions.lock().insert(sid.to_owned(), id);
        if let Some(outbound) = before.and_then(|id| self.rooms.outbound(id)) {
            outbound.close(Closing::Replaced);
        }
    }

    /// The connection of a session went. False when the session has another one already.
    pub fn session_disconnected(&self, sid: &str, id: ConnectionId) -> bool {
        let mut sessions = self.sessions.lock();
        let current = sessions.get(sid) == Some(&id);
        if current {
            sessions.remove(sid);
        }
        current
    }
}
