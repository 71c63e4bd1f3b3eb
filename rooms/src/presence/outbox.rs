//! Which members the other nodes have not been told of yet.

use std::collections::HashMap;
use std::hash::Hash;

/// Members whose state here is to be said, each once however often it changed meanwhile.
///
/// Its size is bounded without a limit of its own: a member waits in it only while it is here, or
/// because the others still believe that it is.
pub(super) struct Outbox<G, M> {
    /// Whether the others believe that the member is here.
    waiting: HashMap<G, HashMap<M, bool>>,
}

impl<G, M> Default for Outbox<G, M> {
    fn default() -> Self {
        Self { waiting: HashMap::new() }
    }
}

impl<G: Clone + Eq + Hash, M: Clone + Eq + Hash> Outbox<G, M> {
    /// The member is here, with words that the others do not know. `told`: they believe it is here.
    pub(super) fn came(&mut self, group: &G, member: &M, told: bool) {
        let members = self.waiting.entry(group.clone()).or_default();
        *members.entry(member.clone()).or_default() |= told;
    }

    /// The member is not here any more. `told`: the others believe it is.
    pub(super) fn went(&mut self, group: &G, member: &M, told: bool) {
        let members = self.waiting.entry(group.clone()).or_default();
        if told || members.remove(member) == Some(true) {
            members.insert(member.clone(), true);
        } else if members.is_empty() {
            self.waiting.remove(group);
        }
    }

    /// Takes out some groups, with `max` members together or somewhat more.
    pub(super) fn take(&mut self, max: usize) -> Vec<(G, Vec<M>)> {
        let mut count = 0;
        let of_members = self.waiting.iter().take_while(|(_, members)| {
            let is_room = count < max;
            count += members.len();
            is_room
        });
        let groups: Vec<G> = of_members.map(|(group, _)| group.clone()).collect();
        let taken = groups.into_iter().map(|group| {
            let members = self.waiting.remove(&group).unwrap_or_default();
            (group, members.into_keys().collect())
        });
        taken.collect()
    }

    /// The group is said as a whole.
    pub(super) fn forget(&mut self, group: &G) {
        self.waiting.remove(group);
    }
}

impl<G, M> Outbox<G, M> {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
