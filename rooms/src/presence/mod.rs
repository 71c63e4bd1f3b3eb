//! Which members are there, however many connections each has, on however many nodes.
//!
//! A member of a group is there from its first connection to its last. When the last one goes, the
//! member is *leaving*: the caller waits a moment where it wants to (a page that reloads is back in a
//! second) and then asks [`Presence::confirm`] whether it is really gone.
//!
//! What a member shows of itself (`D`) is what its first connection said, for as long as it stays: all
//! others have been told that.
//!
//! # Many nodes
//!
//! A [`Presence::default`] is alone. One made with [`Presence::among`] is one node's share of a cluster: each
//! node is the truth about its own connections, and knows of the others what they said. A member is there
//! while any node has it, and so [`enter`](Presence::enter) and [`confirm`](Presence::confirm) answer for
//! all of them: whoever calls them tells the connections of its own node, and each node does so for
//! itself, when it learns of it.
//!
//! A node cares for a group while it has members in it or [watches](Presence::watch) it, and knows nothing of all
//! other groups. In reading order:
//!
//! - [`Statement`], [`Whole`]: what a node says, with a counter that grows;
//! - [`Presence::untold`]: what this node has yet to say;
//! - [`Presence::hear`], [`Presence::begin_reading`]: what it makes of what others said.
//!
//! There is no IO in these. When two nodes hear of a member at the same time the older words hold, on both. A member that a draining
//! node lets go is held by the others for a while, so that nobody is told of one who is about to come back.

mod attendance;
mod cluster;
mod group;
mod hearing;
mod outbox;
mod state;
mod statement;

#[cfg(test)]
mod agreement;

use std::fmt;
use std::hash::Hash;

use parking_lot::Mutex;
use tokio::sync::Notify;

pub use self::cluster::Patience;
pub use self::hearing::ReadingNumber;
use self::state::State;
pub use self::statement::{Changes, NodeId, Origin, Stated, Statement, Whole};

/// Groups named by `G` with members named by `M`, each showing `D`.
pub struct Presence<G, M, D = ()> {
    state: Mutex<State<G, M, D>>,
    /// Rings when there is something to say, or a group that this node began or ceased to care for.
    bell: Notify,
}

/// A member whose last connection went: proof to be shown to [`Presence::confirm`] after the grace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving(u64);

impl<G, M, D> Default for Presence<G, M, D> {
    fn default() -> Self {
        Self { state: Mutex::new(State::new(None)), bell: Notify::new() }
    }
}

impl<G, M, D> fmt::Debug for Presence<G, M, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = self.state.lock().groups.len();
        f.debug_struct("Presence").field("groups", &groups).finish_non_exhaustive()
    }
}

impl<G: Clone + Eq + Hash, M: Clone + Eq + Hash, D: Clone> Presence<G, M, D> {
    /// A connection of the member came. True when it was not there before: tell the others.
    pub fn enter(&self, group: &G, member: &M, shown: D) -> bool {
        let is_news = self.state.lock().enter(group, member, shown);
        self.ring();
        is_news
    }

    /// A connection of the member went. `Some` when it was the last one of this node.
    pub fn leave(&self, group: &G, member: &M) -> Option<Leaving> {
        self.state.lock().leave(group, member).map(Leaving)
    }

    /// The grace is over. True when the member did not come back, and is on no other node: it is gone,
    /// tell the others.
    pub fn confirm(&self, group: &G, member: &M, leaving: Leaving) -> bool {
        let is_gone = self.state.lock().confirm(group, member, leaving.0);
        self.ring();
        is_gone
    }

    /// Everyone who is there, those who are just leaving included, in no particular order.
    pub fn members(&self, group: &G) -> Vec<M> {
        let state = self.state.lock();
        state.groups.get(group).map(|it| it.members.keys().cloned().collect()).unwrap_or_default()
    }

    /// As [`members`](Self::members), each with what it shows.
    pub fn roster(&self, group: &G) -> Vec<(M, D)> {
        let state = self.state.lock();
        let members = state.groups.get(group).into_iter().flat_map(|it| &it.members);
        let shown = members.filter_map(|(member, it)| Some((member, it.origin()?)));
        shown.map(|(member, origin)| (member.clone(), origin.shown.clone())).collect()
    }

    /// How many members are there.
    pub fn count(&self, group: &G) -> usize {
        self.state.lock().groups.get(group).map_or(0, |it| it.members.len())
    }

    /// Whether the member is there.
    pub fn contains(&self, group: &G, member: &M) -> bool {
        self.state.lock().groups.get(group).is_some_and(|it| it.members.contains_key(member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_comes_with_the_first_connection_and_goes_with_the_last() {
        let presence = Presence::default();
        assert!(presence.enter(&"org", &"ada", ()));
        assert!(!presence.enter(&"org", &"ada", ()));
        assert_eq!(presence.leave(&"org", &"ada"), None);
        let leaving = presence.leave(&"org", &"ada").unwrap();
        assert_eq!(presence.members(&"org"), ["ada"], "still there during the grace");
        assert!(presence.confirm(&"org", &"ada", leaving));
        assert!(presence.members(&"org").is_empty());
        assert!(!presence.confirm(&"org", &"ada", leaving), "gone only once");
    }

    #[test]
    fn coming_back_within_the_grace_is_not_a_coming() {
        let presence = Presence::default();
        presence.enter(&"org", &"ada", ());
        let first = presence.leave(&"org", &"ada").unwrap();
        assert!(!presence.enter(&"org", &"ada", ()));
        assert!(!presence.confirm(&"org", &"ada", first));
        let second = presence.leave(&"org", &"ada").unwrap();
        assert!(!presence.confirm(&"org", &"ada", first), "an old departure ends no newer stay");
        assert!(presence.confirm(&"org", &"ada", second));
    }

    #[test]
    fn a_member_shows_what_its_first_connection_said() {
        let presence = Presence::default();
        presence.enter(&"room", &"ada", "on a laptop");
        presence.enter(&"room", &"ada", "on a phone");
        assert_eq!(presence.roster(&"room"), [("ada", "on a laptop")]);
        assert_eq!(presence.count(&"room"), 1);
        assert!(presence.contains(&"room", &"ada") && !presence.contains(&"room", &"bo"));
    }
}
