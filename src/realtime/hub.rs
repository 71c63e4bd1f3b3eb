//! Where the services' events become frames: who is in which room on this node, and the way from an [`Announcement`] to every queue that wants it, here and on other nodes.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use switchboard_rooms::{Closing, ConnectionId, Leaving, Registry};

use super::agents::Agents;
use super::bulletin::{Bulletin, Notice, Told};
use super::company::Company;
use super::feed::Feed;
use super::frame::{Format, Frame};
use super::interests::{Attention, Interests};
use super::membership::Membership;
use super::order::{Opening, Order, Part, Telling};
use super::telling::{self, Step};
use super::topic::Topic;
use crate::domain::{AgentActor, ApiKeyId, Event, OrganizationId, Position, Room, UserId};
use crate::service::{Announce, Announcement};

/// Who listens to what on this node.
pub type Rooms = Registry<Topic, Frame, Format>;

/// The rooms of this node and who is there.
pub struct Hub {
    /// Which connection is in which room.
    pub rooms: Arc<Rooms>,
    order: Arc<Order>,
    interests: Arc<Interests>,
    presence: Arc<Agents>,
    /// The other nodes; empty while this node is the only one.
    company: OnceLock<Company>,
    /// The connections of each agent, to be closed when the agent logs out.
    agents: Mutex<HashMap<UserId, HashSet<ConnectionId>>>,
    /// The connections of each key, to be closed when it is revoked.
    keys: Mutex<HashMap<ApiKeyId, HashSet<ConnectionId>>>,
    /// The connection that a recoverable session has at the moment, by its public id.
    sessions: Mutex<HashMap<String, ConnectionId>>,
}

impl Default for Hub {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Hub {
    /// Rooms in which nobody is; agents are there on this node alone, or on all.
    #[must_use]
    pub fn new(membership: Option<Membership>) -> Self {
        let interests: Arc<Interests> = Arc::default();
        let rooms = Arc::new(Rooms::watched(Arc::clone(&interests) as _));
        let here = Arc::clone(&rooms);
        let order = Arc::new(Order::new(move |it, hearers| telling::hand_out(&here, it, hearers)));
        let presence = Arc::new(Agents::new(Arc::clone(&rooms), membership));
        let (company, agents, keys, sessions) = Default::default();
        Self { rooms, order, interests, presence, company, agents, keys, sessions }
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("rooms", &self.rooms).finish_non_exhaustive()
    }
}

impl Announce for Hub {
    /// Hands everything out on this node first; then other nodes are told. It never waits.
    fn announce(&self, announcements: Vec<Announcement>) {
        let bus = self.interests.bus();
        for step in telling::steps(announcements) {
            let told = bus.map(|_| step.told());
            match step {
                Step::Logged(telling) => self.order.offer(telling),
                Step::Said(said) => telling::say(&self.rooms, &said, |_| true),
            }
            if let (Some(bus), Some(told)) = (bus, told) {
                let feeds = told.feeds();
                let bytes = Bulletin::Told(told).encode();
                for feed in feeds {
                    bus.publish(&feed.name(), bytes.clone());
                }
            }
        }
    }

    fn logged_out(&self, user_id: UserId) {
        self.logged_out_here(user_id);
        self.publish(&Feed::Nodes, &Bulletin::Notice(Notice::LoggedOut(user_id)));
    }
}

/// What other nodes say, and how far this one got.
impl Hub {
    /// Another node told something on a feed.
    pub(super) fn heard(&self, feed: &Feed, told: Told) {
        let Told { event, after } = told;
        if event.position.is_some() {
            return self.order.offer(Telling { event, after, origin: None });
        }
        let said = Announcement { event, origin: None };
        telling::say(&self.rooms, &said, |room| Feed::of_room(room).as_ref() == Some(feed));
    }

    /// Tells other nodes, if there may be any.
    pub(super) fn publish(&self, feed: &Feed, bulletin: &Bulletin) {
        if let Some(bus) = self.interests.bus() {
            bus.publish(&feed.name(), bulletin.encode());
        }
    }

    /// All logins of an agent have ended: whoever is connected here with one goes.
    pub(super) fn logged_out_here(&self, user_id: UserId) {
        let connections = self.agents.lock().get(&user_id).cloned().unwrap_or_default();
        self.turn_out(&connections);
    }

    /// A session that may have a connection here has one on another node.
    pub(super) fn session_taken(&self, sid: &str) {
        let before = self.sessions.lock().remove(sid);
        if let Some(outbound) = before.and_then(|id| self.rooms.outbound(id)) {
            outbound.close(Closing::Replaced);
        }
    }

    /// Joins this node to others.
    pub fn join(&self, company: Company) {
        self.interests.join(company.bus().clone());
        self.interests.want(Feed::Nodes);
        // Once in a node's life.
        let _ = self.company.set(company);
    }

    /// The other nodes, if there may be any.
    pub(super) fn company(&self) -> Option<&Company> {
        self.company.get()
    }

    /// Waits a moment until what other nodes publish on a feed is heard; it is for as long as what this gives
    /// is kept.
    pub(super) async fn attend(&self, feed: Feed) -> Option<Attention<'_>> {
        self.interests.attend(feed).await
    }

    /// Whether there are other nodes, and they cannot be heard.
    pub(super) fn is_alone(&self) -> bool {
        self.interests.bus().is_some_and(|bus| !bus.is_up())
    }

    pub(super) fn interests(&self) -> &Interests {
        &self.interests
    }

    /// The order in which events are handed out.
    pub(super) fn order(&self) -> &Arc<Order> {
        &self.order
    }

    /// Nobody listens to a feed any more.
    pub(super) fn vacated(&self, feed: &Feed) {
        let owner = match feed {
            Feed::Organization(id) => Some(*id),
            Feed::Conversation(id) => self.order.owner(*id),
            _ => None,
        };
        if let (Some(owner), Some(part)) = (owner, feed.part()) {
            self.order.vacated(owner, part);
        }
    }

    /// Tells the rooms of this node alone.
    pub(super) fn tell_here(&self, event: &Event) {
        let said = Announcement { event: event.clone(), origin: None };
        telling::say(&self.rooms, &said, |_| true);
    }

    /// Not everything that was missed can be told: whoever hears of the organization connects again, and
    /// begins with how things stand.
    pub(super) fn begin_anew(&self, organization: OrganizationId, newest: Position) {
        let conversations = self.order.begin_anew(organization, newest);
        let all = [Room::Queue(organization), Room::Workspace(organization)];
        let rooms = conversations
            .into_iter()
            .flat_map(|id| [Room::Conversation(id), Room::Thread(id)])
            .chain(all);
        for outbound in rooms.flat_map(|room| self.rooms.outbounds_in(&room.into())) {
            outbound.close(Closing::Draining);
        }
    }

    /// Someone is about to be in a room of an organization whose events are in its log.
    pub(super) fn opening(&self, organization: OrganizationId, room: Room) -> Option<Opening> {
        let part = Feed::of_room(room)?.part()?;
        Some(self.order.open(organization, part))
    }

    /// Someone is about to hear all of an organization in one order.
    pub(super) fn opening_log(&self, organization: OrganizationId) -> Opening {
        self.order.open(organization, Part::Organization)
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
        self.presence.came(agent);
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
        self.presence.left(agent)
    }

    /// The grace is over: unless the agent came back, the others are told.
    pub fn agent_gone(&self, agent: AgentActor, leaving: Leaving) {
        self.presence.gone(agent, leaving);
    }

    /// Waits a moment until it is known which agents of an organization are there on other nodes. One of
    /// them is connected here.
    pub async fn agents_known(&self, organization_id: OrganizationId) {
        if let Some(company) = self.company() {
            company.agents_known(organization_id).await;
        }
    }

    /// The agents who are there, on any node.
    pub fn agents_online(&self, organization_id: OrganizationId) -> Vec<UserId> {
        self.presence.presence.members(&organization_id)
    }

    /// From now on whoever leaves is told to come back at another node.
    pub fn drain(&self) {
        self.presence.presence.drain();
    }

    /// Which agents are there.
    pub(super) fn agents(&self) -> &Arc<Agents> {
        &self.presence
    }

    /// A recoverable session has a connection. One that it had before is closed: its client is here.
    pub fn session_connected(&self, sid: &str, id: ConnectionId) {
        let before = self.sessions.lock().insert(sid.to_owned(), id);
        if let Some(outbound) = before.and_then(|id| self.rooms.outbound(id)) {
            outbound.close(Closing::Replaced);
        }
        let taken = Notice::SessionTaken(sid.to_owned());
        self.publish(&Feed::Nodes, &Bulletin::Notice(taken));
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
