//! Which nodes live, judged by the beats that each writes down.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::statement::NodeId;

/// The other nodes, as this one sees them, by its own clock.
///
/// A node lives while its beats change. Whose beats stand still for too long is dead, until they go on.
#[derive(Debug)]
pub(super) struct Living {
    silence: Duration,
    nodes: HashMap<NodeId, Sight>,
    /// With the beat at which they stopped.
    dead: HashMap<NodeId, u64>,
}

#[derive(Clone, Copy, Debug)]
struct Sight {
    beat: u64,
    since: Instant,
}

impl Living {
    /// Nodes are dead after this long a silence.
    pub(super) fn new(silence: Duration) -> Self {
        Self { silence, nodes: HashMap::new(), dead: HashMap::new() }
    }

    /// The beats of all nodes were read. Gives back who turns out to be dead.
    pub(super) fn see(&mut self, beats: &HashMap<NodeId, u64>, now: Instant) -> Vec<NodeId> {
        self.dead.retain(|node, _| beats.contains_key(node));
        for (node, beat) in beats {
            if self.dead.get(node) == Some(beat) {
                continue;
            }
            self.dead.remove(node);
            let sight = self.nodes.entry(*node).or_insert(Sight { beat: *beat, since: now });
            if sight.beat != *beat {
                *sight = Sight { beat: *beat, since: now };
            }
        }
        let silence = self.silence;
        let died = self.nodes.extract_if(|_, it| now.duration_since(it.since) >= silence);
        let died: Vec<_> = died.map(|(node, sight)| (node, sight.beat)).collect();
        let known = died.iter().filter(|(node, _)| beats.contains_key(node));
        self.dead.extend(known.copied());
        died.into_iter().map(|(node, _)| node).collect()
    }

    /// Something came from a node: if it is unknown it may be new, or a dead one's last words, and has as
    /// long as any other to be seen.
    pub(super) fn meet(&mut self, node: NodeId, now: Instant) {
        self.nodes.entry(node).or_insert(Sight { beat: 0, since: now });
    }

    /// The beats could not be read for a while. Nobody is to blame for that silence.
    pub(super) fn excuse(&mut self, now: Instant) {
        for sight in self.nodes.values_mut() {
            sight.since = now;
        }
    }

    pub(super) fn is_dead(&self, node: NodeId) -> bool {
        self.dead.contains_key(&node) && !self.nodes.contains_key(&node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: NodeId = NodeId(1);
    const SILENCE: Duration = Duration::from_secs(8);

    fn second(n: u64, start: Instant) -> Instant {
        start + Duration::from_secs(n)
    }

    #[test]
    fn who_is_silent_too_long_is_dead_once_and_lives_when_it_is_heard_again() {
        let (mut living, start) = (Living::new(SILENCE), Instant::now());
        let beats = HashMap::from([(ADA, 5)]);
        assert!(living.see(&beats, start).is_empty());
        assert!(living.see(&beats, second(7, start)).is_empty());
        assert_eq!(living.see(&beats, second(8, start)), [ADA]);
        assert!(living.is_dead(ADA));
        assert!(living.see(&beats, second(9, start)).is_empty());
        let beats = HashMap::from([(ADA, 6)]);
        assert!(living.see(&beats, second(10, start)).is_empty());
        assert!(!living.is_dead(ADA));
    }

    #[test]
    fn nobody_dies_of_beats_that_could_not_be_read() {
        let (mut living, start) = (Living::new(SILENCE), Instant::now());
        living.see(&HashMap::from([(ADA, 5)]), start);
        living.excuse(second(60, start));
        assert!(living.see(&HashMap::new(), second(61, start)).is_empty());
        assert_eq!(living.see(&HashMap::new(), second(68, start)), [ADA]);
    }

    #[test]
    fn the_last_words_of_a_dead_node_are_answered_by_a_second_death() {
        let (mut living, start) = (Living::new(SILENCE), Instant::now());
        let beats = HashMap::from([(ADA, 5)]);
        living.see(&beats, start);
        living.see(&beats, second(8, start));
        living.meet(ADA, second(9, start));
        assert!(living.see(&beats, second(10, start)).is_empty());
        assert_eq!(living.see(&beats, second(17, start)), [ADA]);
    }
}
