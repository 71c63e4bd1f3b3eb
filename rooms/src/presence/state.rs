//! All groups under one lock, and what the other nodes are to hear of them.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::time::Instant;

use super::cluster::Cluster;
use super::group::{Effect, Group};
use super::outbox::Outbox;
use super::statement::{Changes, NodeId, Origin, Stated, Statement, Whole};

pub(super) struct State<G, M, D> {
    pub(super) groups: HashMap<G, Group<M, D>>,
    /// `None` while this node is alone: then nothing is noted for others.
    pub(super) cluster: Option<Cluster>,
    /// The counter of the last thing this node said or heard.
    pub(super) clock: u64,
    pub(super) outbox: Outbox<G, M>,
    /// Groups that this node began or ceased to care for.
    pub(super) shifted: HashSet<G>,
    /// Groups that may have stays which end by themselves.
    pub(super) ending: HashSet<G>,
}

impl<G, M, D> State<G, M, D> {
    pub(super) fn new(cluster: Option<Cluster>) -> Self {
        Self {
            groups: HashMap::new(),
            cluster,
            clock: 0,
            outbox: Outbox::default(),
            shifted: HashSet::new(),
            ending: HashSet::new(),
        }
    }
}

impl<G: Clone + Eq + Hash, M: Clone + Eq + Hash, D: Clone> State<G, M, D> {
    pub(super) fn enter(&mut self, group: &G, member: &M, shown: D) -> bool {
        let origin = Origin { at: self.tick(), node: self.me(), shown };
        let (is_news, is_first) = self.care(group).enter(member, origin);
        if is_first && self.cluster.is_some() {
            self.outbox.came(group, member, false);
        }
        is_news
    }

    pub(super) fn leave(&mut self, group: &G, member: &M) -> Option<u64> {
        let here = self.groups.get_mut(group)?.members.get_mut(member)?.here.as_mut()?;
        here.connections = here.connections.saturating_sub(1);
        if here.connections > 0 {
            return None;
        }
        here.departures += 1;
        Some(here.departures)
    }

    pub(super) fn confirm(&mut self, group: &G, member: &M, departure: u64) -> bool {
        let is_draining = self.is_draining();
        let Some(known) = self.groups.get_mut(group) else { return false };
        let here = known.members.get_mut(member).and_then(|it| it.here.as_mut());
        let Some(here) = here else { return false };
        if here.connections > 0 || here.departures != departure || here.departed {
            return false;
        }
        let was_told = std::mem::take(&mut here.told);
        here.departed = is_draining;
        let is_gone = !is_draining && known.remove_here(member);
        if self.cluster.is_some() {
            self.outbox.went(group, member, was_told);
        }
        self.let_go(group);
        is_gone
    }

    /// The group, which this node cares for from now on.
    pub(super) fn care(&mut self, group: &G) -> &mut Group<M, D> {
        if self.cluster.is_some() && !self.groups.contains_key(group) {
            self.shifted.insert(group.clone());
        }
        self.groups.entry(group.clone()).or_default()
    }

    /// Forgets a group that nobody of this node cares for.
    pub(super) fn let_go(&mut self, group: &G) {
        if self.groups.get(group).is_some_and(Group::is_idle) {
            self.groups.remove(group);
            self.ending.remove(group);
            if self.cluster.is_some() {
                self.shifted.insert(group.clone());
            }
        }
    }

    /// What is to be said of a member.
    pub(super) fn say(&mut self, group: &G, member: M) -> Statement<M, D> {
        let held = self.is_draining();
        let counter = self.tick();
        let attendance = self.groups.get_mut(group).and_then(|it| it.members.get_mut(&member));
        let here = attendance.and_then(|it| it.here.as_mut()).filter(|here| !here.departed);
        let stated = match here {
            Some(here) => {
                here.told = true;
                Stated::Here(here.origin.clone())
            }
            None => Stated::Gone { held },
        };
        Statement { counter, member, stated }
    }

    pub(super) fn whole(&mut self, group: &G) -> Whole<M, D> {
        let counter = self.tick();
        self.outbox.forget(group);
        let members = self.groups.get_mut(group).into_iter().flat_map(|it| &mut it.members);
        let here = members.filter_map(|(member, it)| Some((member, it.here.as_mut()?)));
        let here = here.filter(|(_, here)| !here.departed).map(|(member, here)| {
            here.told = true;
            (member.clone(), here.origin.clone())
        });
        Whole { counter, members: here.collect() }
    }

    /// Changes a group that this node cares for.
    pub(super) fn change(
        &mut self,
        group: &G,
        change: impl FnOnce(&mut Group<M, D>) -> Effect<M, D>,
    ) -> Changes<M, D> {
        let Some(known) = self.groups.get_mut(group) else { return Changes::default() };
        let effect = change(known);
        if effect.is_ending {
            self.ending.insert(group.clone());
        }
        for member in &effect.adopted {
            self.outbox.came(group, member, true);
        }
        effect.changes
    }

    pub(super) fn due(&mut self, now: Instant) -> Vec<G> {
        let (mut due, groups) = (Vec::new(), &self.groups);
        self.ending.retain(|group| {
            let next = groups.get(group).and_then(Group::next_ending);
            if next.is_some_and(|at| at <= now) {
                due.push(group.clone());
            }
            next.is_some()
        });
        due
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// This node. One that is alone needs no name.
    pub(super) fn me(&self) -> NodeId {
        self.cluster.as_ref().map_or(NodeId(0), |cluster| cluster.me)
    }

    fn is_draining(&self) -> bool {
        self.cluster.as_ref().is_some_and(|cluster| cluster.is_draining)
    }
}
