//! A node's place in the cluster: what it says to the others, and for what it cares.

use std::hash::Hash;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::Presence;
use super::state::State;
use super::statement::{NodeId, Statement, Whole};

/// What this node is in the cluster.
pub(super) struct Cluster {
    pub(super) me: NodeId,
    pub(super) patience: Patience,
    pub(super) is_draining: bool,
    /// How many readings were begun.
    pub(super) readings: u64,
}

/// How long members stay of whom nothing is heard.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long a node may take to say again what the store of all nodes' members has lost.
    pub lost: Duration,
    /// How long a member that left a draining node may take to come back.
    pub drained: Duration,
}

/// What is new in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling<G, M, D> {
    /// The group.
    pub group: G,
    /// At least one, and each of another member.
    pub statements: Vec<Statement<M, D>>,
    /// None of its members is on this node any more.
    pub is_empty: bool,
}

impl<G, M, D> Presence<G, M, D> {
    /// The share of the node `me` in a cluster.
    #[must_use]
    pub fn among(me: NodeId, patience: Patience) -> Self {
        let cluster = Cluster { me, patience, is_draining: false, readings: 0 };
        Self { state: Mutex::new(State::new(Some(cluster))), bell: Notify::new() }
    }

    /// From now on whoever leaves is to be held by the other nodes for a while. The connections of this
    /// node, which leave as well, hear of no departure any more.
    pub fn drain(&self) {
        if let Some(cluster) = self.state.lock().cluster.as_mut() {
            cluster.is_draining = true;
        }
    }

    /// Waits until there may be something [`untold`](Self::untold) or a group
    /// [`shifted`](Self::shifted), since this was last called.
    pub async fn changed(&self) {
        self.bell.notified().await;
    }

    /// Changes something, and rings when that is something to say.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State<G, M, D>) -> T) -> T {
        let (made, is_news) = {
            let mut state = self.state.lock();
            let made = change(&mut state);
            (made, !state.outbox.is_empty() || !state.shifted.is_empty())
        };
        if is_news {
            self.bell.notify_one();
        }
        made
    }
}

/// What this node says.
impl<G: Clone + Eq + Hash, M: Clone + Eq + Hash, D: Clone> Presence<G, M, D> {
    /// What the others have not been told of, each member in its latest state however often that changed:
    /// some groups, with `max` members together or somewhat more. It counts as told from now on; where it
    /// gets lost, say the [`whole`](Self::whole) group.
    pub fn untold(&self, max: usize) -> Vec<Telling<G, M, D>> {
        let mut state = self.state.lock();
        let untold = state.outbox.take(max);
        let tellings = untold.into_iter().map(|(group, members)| {
            let statements = members.into_iter().map(|member| state.say(&group, member)).collect();
            let is_empty = state.groups.get(&group).is_none_or(|it| it.here == 0);
            Telling { group, statements, is_empty }
        });
        tellings.collect()
    }

    /// All members of the group on this node; it counts as told.
    pub fn whole(&self, group: &G) -> Whole<M, D> {
        self.state.lock().whole(group)
    }

    /// The groups with members on this node.
    pub fn groups_here(&self) -> Vec<G> {
        let state = self.state.lock();
        let here = state.groups.iter().filter(|(_, group)| group.here > 0);
        here.map(|(group, _)| group.clone()).collect()
    }

    /// Whether the member has a connection on this node.
    pub fn is_here(&self, group: &G, member: &M) -> bool {
        let state = self.state.lock();
        let known = state.groups.get(group).and_then(|it| it.members.get(member));
        known.and_then(|it| it.here.as_ref()).is_some_and(|here| here.connections > 0)
    }

    /// The members of the group on this node, those who are just leaving included.
    pub fn members_here(&self, group: &G) -> Vec<M> {
        let state = self.state.lock();
        let members = state.groups.get(group).into_iter().flat_map(|it| &it.members);
        members.filter(|(_, it)| it.here.is_some()).map(|(member, _)| member.clone()).collect()
    }
}

/// For what this node cares.
impl<G: Clone + Eq + Hash, M: Clone + Eq + Hash, D: Clone> Presence<G, M, D> {
    /// This node cares for the group though none of the members may be its own, until as many calls of
    /// [`unwatch`](Self::unwatch) as of this. A node that is alone has nothing to care for.
    pub fn watch(&self, group: &G) {
        self.change(|state| {
            if state.cluster.is_some() {
                state.care(group).watchers += 1;
            }
        });
    }

    /// The opposite of [`watch`](Self::watch). What nobody here cares for is forgotten; that is no departure.
    pub fn unwatch(&self, group: &G) {
        self.change(|state| {
            let Some(known) = state.groups.get_mut(group) else { return };
            known.watchers = known.watchers.saturating_sub(1);
            state.let_go(group);
        });
    }

    /// The groups that this node began or ceased to care for since this was last called, and whether it does now.
    pub fn shifted(&self) -> Vec<(G, bool)> {
        let mut state = self.state.lock();
        let shifted = std::mem::take(&mut state.shifted);
        let groups = &state.groups;
        let cared = |group| {
            let cares = groups.contains_key(&group);
            (group, cares)
        };
        shifted.into_iter().map(cared).collect()
    }

    /// The groups for which this node cares.
    pub fn groups(&self) -> Vec<G> {
        self.state.lock().groups.keys().cloned().collect()
    }

    /// Whether what other nodes have of the group was read since this one cares for it.
    pub fn is_complete(&self, group: &G) -> bool {
        self.state.lock().groups.get(group).is_some_and(|it| it.is_complete)
    }
}
