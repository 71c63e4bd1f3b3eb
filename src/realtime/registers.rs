//! What nodes tell each other of who is there, and of how many.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use switchboard_rooms::Bus;
use switchboard_rooms::presence::{Ledger, Lives, Nodes, Tally};
use tokio_util::sync::CancellationToken;

use super::hub::Hub;
use super::membership::Membership;
use super::pusher::{Channels, Listeners};
use super::topic::{ChannelKey, UserKey};
use crate::domain::{OrganizationId, UserId};

/// One register for each sort of being there.
pub struct Registers {
    nodes: Arc<Nodes>,
    pub(super) agents: Arc<Ledger<OrganizationId, UserId, ()>>,
    pub(super) members: Arc<Ledger<ChannelKey, Arc<str>, Option<Arc<str>>>>,
    pub(super) users: Arc<Ledger<UserKey, (), ()>>,
    /// Connections of applications, and subscribers of their channels.
    pub(super) counts: Arc<Tally>,
    connections: Arc<str>,
}

impl fmt::Debug for Registers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registers").finish_non_exhaustive()
    }
}

impl Registers {
    /// Registers of those whom this node has; its clients are told of changes.
    #[must_use]
    pub fn new(membership: Membership, hub: &Hub, channels: &Arc<Channels>) -> Arc<Self> {
        let nodes = Nodes::new(membership.me, membership.lease);
        let agents = Arc::clone(hub.agents());
        let presence = Arc::clone(&agents.presence);
        let name = OrganizationId::to_string;
        let agents = Ledger::new("agents", name, presence, Arc::clone(&nodes), agents as _);
        let listeners = Listeners::new(channels);
        let (name, presence) = (ChannelKey::shared_name, Arc::clone(channels.members()));
        let told = Arc::clone(&listeners);
        let members = Ledger::new("members", name, presence, Arc::clone(&nodes), told as _);
        let (name, presence) = (UserKey::shared_name, Arc::clone(channels.users()));
        let users = Ledger::new("users", name, presence, Arc::clone(&nodes), listeners as _);
        let counts = Tally::new("counts", Arc::clone(&nodes));
        let connections = "connections".into();
        counts.follow(&connections);
        Arc::new(Self { nodes, agents, members, users, counts, connections })
    }

    /// The set of how many connections each application has.
    pub(super) fn connections(&self) -> &Arc<str> {
        &self.connections
    }

    /// Tells the others what is new here, and takes in what they tell, until `stop`; then it says what is left to
    /// say. The nodes have to [run](Self::run_nodes) beside it, and end after it.
    pub async fn run(&self, bus: &Bus, channels: &Channels, stop: CancellationToken) {
        let changed = |set: &str, item: &str| channels.counted_elsewhere(set, item);
        tokio::join!(
            self.agents.run(bus, stop.clone()),
            self.members.run(bus, stop.clone()),
            self.users.run(bus, stop.clone()),
            self.counts.run(bus, &changed, stop.clone()),
            channels.run_memory(bus, stop),
        );
    }

    /// Tells the others that this node lives, until `stop`, and notices who of them does not any more.
    pub async fn run_nodes(&self, bus: &Bus, stop: CancellationToken) {
        self.nodes.run(bus, &self.dependents(), stop).await;
    }

    /// Those who depend on the life of nodes.
    fn dependents(&self) -> [Arc<dyn Lives>; 4] {
        let Self { agents, members, users, counts, .. } = self;
        [agents.clone(), members.clone(), users.clone(), counts.clone()]
    }
}

/// What the bus tells.
impl Registers {
    /// Another node said something. False when it is of no register.
    pub(super) fn heard(&self, topic: &str, payload: &Bytes) -> bool {
        self.agents.heard(topic, payload)
            || self.members.heard(topic, payload)
            || self.users.heard(topic, payload)
    }

    pub(super) fn listening(&self, topics: &[Arc<str>]) {
        self.agents.listening(topics);
        self.members.listening(topics);
        self.users.listening(topics);
    }

    pub(super) fn lost(&self) {
        self.agents.lost();
        self.members.lost();
        self.users.lost();
    }

    pub(super) fn missed(&self) {
        self.agents.missed();
        self.members.missed();
        self.users.missed();
    }
}
