//! One member of a group: its connections here, and its stays on other nodes.

use std::time::Instant;

use super::statement::{NodeId, Origin};

/// One member. It is there while it is somewhere.
pub(super) struct Attendance<D> {
    pub(super) here: Option<Here<D>>,
    /// At most one for each node, and seldom more than one at all.
    pub(super) elsewhere: Vec<Stay<D>>,
}

/// A member's connections on this node.
pub(super) struct Here<D> {
    pub(super) connections: usize,
    /// Grows with each last connection gone, so that an old departure cannot end a newer stay.
    pub(super) departures: u64,
    pub(super) origin: Origin<D>,
    /// Whether other nodes have been told of the member.
    pub(super) told: bool,
    /// It left while this node drains. The others hold it for a while; here it stays until the end.
    pub(super) departed: bool,
}

/// What another node said of a member.
pub(super) struct Stay<D> {
    pub(super) node: NodeId,
    /// The counter with which it was said.
    pub(super) counter: u64,
    pub(super) origin: Origin<D>,
    pub(super) ending: Option<Ending>,
}

/// A stay that ends unless it is heard of again.
#[derive(Clone, Copy)]
pub(super) struct Ending {
    pub(super) at: Instant,
    /// The member left a draining node, rather than that the node's word of it got lost.
    pub(super) held: bool,
}

impl<D> Stay<D> {
    pub(super) fn is_held(&self) -> bool {
        self.ending.is_some_and(|ending| ending.held)
    }
}

impl<D> Default for Attendance<D> {
    fn default() -> Self {
        Self { here: None, elsewhere: Vec::new() }
    }
}

impl<D: Clone> Here<D> {
    pub(super) fn first(origin: Origin<D>) -> Self {
        Self { connections: 1, departures: 0, origin, told: false, departed: false }
    }
}

impl<D: Clone> Attendance<D> {
    pub(super) fn is_over(&self) -> bool {
        self.here.is_none() && self.elsewhere.is_empty()
    }

    /// The oldest words with which the member came anywhere it still is.
    pub(super) fn origin(&self) -> Option<&Origin<D>> {
        let here = self.here.iter().map(|here| &here.origin);
        let elsewhere = self.elsewhere.iter().map(|stay| &stay.origin);
        here.chain(elsewhere).min_by_key(|origin| (origin.at, origin.node))
    }

    pub(super) fn stay(&mut self, node: NodeId) -> Option<&mut Stay<D>> {
        self.elsewhere.iter_mut().find(|stay| stay.node == node)
    }

    pub(super) fn put(&mut self, stay: Stay<D>) {
        match self.stay(stay.node) {
            Some(known) => *known = stay,
            None => self.elsewhere.push(stay),
        }
    }

    /// Takes over older words of another node, so that they outlive the stay there. Says whether the
    /// other nodes are to hear that.
    pub(super) fn adopt(&mut self) -> bool {
        let Some(oldest) = self.origin().cloned() else { return false };
        let Some(here) = self.here.as_mut() else { return false };
        let is_news = oldest.is_older_than(&here.origin);
        if is_news {
            here.origin = oldest;
        }
        is_news && !here.departed
    }
}
