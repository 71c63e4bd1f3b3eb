//! The groups that a ledger follows, and the topics by which it hears of them.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

/// Which groups are followed, heard, and to be read.
pub(super) struct Topics<G> {
    followed: HashMap<Arc<str>, Topic<G>>,
    due: HashSet<Arc<str>>,
}

struct Topic<G> {
    group: G,
    is_heard: bool,
}

impl<G> Default for Topics<G> {
    fn default() -> Self {
        Self { followed: HashMap::new(), due: HashSet::new() }
    }
}

impl<G: Clone + Eq + Hash> Topics<G> {
    /// The group is cared for from now on. A topic that is heard already, because nobody cared for a
    /// moment only, will not be announced again.
    pub(super) fn follow(&mut self, name: &Arc<str>, group: G) {
        let topic = Topic { group, is_heard: false };
        let known = self.followed.entry(Arc::clone(name)).or_insert(topic);
        if known.is_heard {
            self.due.insert(Arc::clone(name));
        }
    }

    pub(super) fn unfollow(&mut self, name: &str) {
        self.followed.remove(name);
        self.due.remove(name);
    }

    pub(super) fn group(&self, name: &str) -> Option<G> {
        self.followed.get(name).map(|topic| topic.group.clone())
    }

    /// The topic is heard from now on: what was said before is to be read.
    pub(super) fn heard(&mut self, name: &Arc<str>) {
        if let Some(topic) = self.followed.get_mut(name) {
            topic.is_heard = true;
            self.due.insert(Arc::clone(name));
        }
    }

    /// Nothing is heard any more.
    pub(super) fn lost(&mut self) {
        self.followed.values_mut().for_each(|topic| topic.is_heard = false);
        self.due.clear();
    }

    /// Whatever is heard is to be read.
    pub(super) fn missed(&mut self) {
        let heard = self.followed.iter().filter(|(_, topic)| topic.is_heard);
        self.due.extend(heard.map(|(name, _)| Arc::clone(name)));
    }

    /// The group is to be read once more.
    pub(super) fn again(&mut self, name: &Arc<str>) {
        if self.followed.get(name).is_some_and(|topic| topic.is_heard) {
            self.due.insert(Arc::clone(name));
        }
    }

    /// Takes out at most `max` of the groups that are to be read.
    pub(super) fn take_due(&mut self, max: usize) -> Vec<(Arc<str>, G)> {
        let names: Vec<_> = self.due.iter().take(max).cloned().collect();
        for name in &names {
            self.due.remove(name);
        }
        let groups = names.into_iter().filter_map(|name| Some((name.clone(), self.group(&name)?)));
        groups.collect()
    }
}
