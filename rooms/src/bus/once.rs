//! What was heard of each node, so that nothing is heard twice.
//!
//! A node sends again what it cannot know to have arrived. Redis keeps the order of a connection, and
//! a node sends again everything from the first publication in doubt on: so whatever carries a number
//! not above the last one heard was heard before. A Redis Cluster keeps that order for each of its
//! slots alone; a server that stands by itself counts as one slot.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Most nodes remembered. Over it the one that was silent for longest is forgotten.
const NODES_MAX: usize = 64;

/// The last numbers heard of the other nodes.
#[derive(Debug, Default)]
pub(super) struct Once {
    nodes: HashMap<u128, Heard>,
    /// Counts what is heard, to know who was silent for longest.
    ticks: u64,
}

#[derive(Debug, Default)]
struct Heard {
    /// For each slot the last number.
    last: HashMap<u16, u64>,
    /// How many publications the node has said to have dropped.
    dropped: u64,
    tick: u64,
}

impl Once {
    /// Whether this publication is heard for the first time.
    pub(super) fn is_new(&mut self, node: u128, slot: u16, number: u64) -> bool {
        match self.heard(node).last.entry(slot) {
            Entry::Occupied(mut last) if *last.get() < number => {
                last.insert(number);
                true
            }
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(number);
                true
            }
        }
    }

    /// Whether the node says for the first time that it has dropped so many.
    pub(super) fn is_new_drop(&mut self, node: u128, dropped: u64) -> bool {
        let heard = self.heard(node);
        let new = heard.dropped < dropped;
        heard.dropped = heard.dropped.max(dropped);
        new
    }

    fn heard(&mut self, node: u128) -> &mut Heard {
        self.ticks += 1;
        if self.nodes.len() == NODES_MAX && !self.nodes.contains_key(&node) {
            let silent = self.nodes.iter().min_by_key(|(_, heard)| heard.tick);
            if let Some(silent) = silent.map(|(node, _)| *node) {
                self.nodes.remove(&silent);
            }
        }
        let heard = self.nodes.entry(node).or_default();
        heard.tick = self.ticks;
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_again_is_heard_once() {
        let mut once = Once::default();
        let sent = [5, 6, 9, 5, 6, 9, 10];
        let heard: Vec<u64> =
            sent.into_iter().filter(|number| once.is_new(1, 0, *number)).collect();
        assert_eq!(heard, [5, 6, 9, 10]);
    }

    #[test]
    fn nodes_and_slots_count_for_themselves() {
        let mut once = Once::default();
        assert!(once.is_new(1, 0, 9));
        assert!(once.is_new(2, 0, 3));
        assert!(once.is_new(1, 7, 3));
        assert!(!once.is_new(1, 0, 3));
    }

    #[test]
    fn a_drop_is_news_once_and_at_first_sight() {
        let mut once = Once::default();
        assert!(once.is_new_drop(1, 4));
        assert!(!once.is_new_drop(1, 4));
        assert!(once.is_new_drop(1, 5));
    }

    #[test]
    fn the_node_that_was_silent_for_longest_is_forgotten() {
        let mut once = Once::default();
        for node in 0..NODES_MAX as u128 {
            once.is_new(node, 0, 1);
        }
        assert!(!once.is_new(0, 0, 1));
        assert!(once.is_new(1000, 0, 1), "takes the place of node 1");
        assert!(!once.is_new(0, 0, 1));
        assert!(once.is_new(1, 0, 1));
    }
}
