//! Whether this node is one of many.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use switchboard_rooms::presence::Patience;
use switchboard_rooms::{NodeId, Presence};

/// This node's place among others.
#[derive(Clone, Copy, Debug)]
pub struct Membership {
    /// This process; one that starts again is another one.
    pub me: NodeId,
    /// A node that is silent for so long takes its members with it.
    pub lease: Duration,
}

impl Membership {
    /// Who is there: on all nodes, or where there are no others on this one.
    pub(super) fn presence<G, M, D>(of: Option<Self>) -> Arc<Presence<G, M, D>>
    where
        G: Clone + Eq + Hash,
        M: Clone + Eq + Hash,
        D: Clone,
    {
        let among = |Self { me, lease }: Self| {
            // Who was sent away by a draining node comes back well within a lease.
            Presence::among(me, Patience { lost: lease, drained: lease })
        };
        Arc::new(of.map_or_else(Presence::default, among))
    }
}
