//! What a node makes of what the others say.

use std::hash::Hash;
use std::time::Instant;

use super::Presence;
use super::cluster::Patience;
use super::group::{Effect, Group};
use super::statement::{Changes, NodeId, Statement, Whole};

/// Which reading of a group it is, so that one which was overtaken changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadingNumber(u64);

/// What others say. Nothing of it concerns groups for which this node does not care.
impl<G: Clone + Eq + Hash, M: Clone + Eq + Hash, D: Clone> Presence<G, M, D> {
    /// Another node said what became of a member.
    pub fn hear(
        &self,
        group: &G,
        node: NodeId,
        statement: Statement<M, D>,
        now: Instant,
    ) -> Changes<M, D> {
        let latest = statement.counter;
        self.take_in(group, node, latest, |known, patience| {
            known.hear(node, statement, now + patience.drained)
        })
    }

    /// Another node said all that it has.
    pub fn hear_whole(&self, group: &G, node: NodeId, whole: Whole<M, D>) -> Changes<M, D> {
        let latest = whole.counter;
        self.take_in(group, node, latest, |known, _| known.hear_whole(node, whole))
    }

    /// What all nodes have is about to be read from where they keep it. What is heard from now on may be
    /// newer. `None` when this node does not care for the group.
    ///
    /// Each node must keep what it has before it says so, and this node must hear the others already:
    /// then nothing falls in between.
    pub fn begin_reading(&self, group: &G) -> Option<ReadingNumber> {
        let mut state = self.state.lock();
        let number = state.cluster.as_mut().map(|cluster| {
            cluster.readings += 1;
            cluster.readings
        })?;
        state.groups.get_mut(group)?.begin_reading(number);
        Some(ReadingNumber(number))
    }

    /// What all nodes have was read. Takes the place of all that was known of them, but for what was heard
    /// since. A node that is missing has [`Patience::lost`] to say again what it has.
    pub fn read(
        &self,
        group: &G,
        reading: ReadingNumber,
        wholes: Vec<(NodeId, Whole<M, D>)>,
        now: Instant,
    ) -> Changes<M, D> {
        let me = self.state.lock().me();
        let others: Vec<_> = wholes.into_iter().filter(|(node, _)| *node != me).collect();
        let latest = others.iter().map(|(_, whole)| whole.counter).max().unwrap_or_default();
        self.take_in_any(group, latest, |known, patience| {
            if !known.is_reading(reading.0) {
                return Effect::default();
            }
            known.read(others, now + patience.lost)
        })
    }

    /// The node is dead: what it had in the group is gone. Members whom it let go while it was draining
    /// are held on.
    pub fn node_gone(&self, group: &G, node: NodeId) -> Changes<M, D> {
        self.take_in_any(group, 0, |known, _| known.node_gone(node))
    }

    /// The groups in which somebody's time is over.
    pub fn due(&self, now: Instant) -> Vec<G> {
        self.state.lock().due(now)
    }

    /// Lets go of the members whose time is over.
    pub fn expire(&self, group: &G, now: Instant) -> Changes<M, D> {
        self.take_in_any(group, 0, |known, _| known.expire(now))
    }

    fn take_in(
        &self,
        group: &G,
        node: NodeId,
        latest: u64,
        change: impl FnOnce(&mut Group<M, D>, Patience) -> Effect<M, D>,
    ) -> Changes<M, D> {
        if self.state.lock().me() == node {
            return Changes::default();
        }
        self.take_in_any(group, latest, change)
    }

    /// Changes a group after something with the counter `latest` was heard: whatever is said here from now
    /// on is younger.
    fn take_in_any(
        &self,
        group: &G,
        latest: u64,
        change: impl FnOnce(&mut Group<M, D>, Patience) -> Effect<M, D>,
    ) -> Changes<M, D> {
        self.change(|state| {
            let Some(patience) = state.cluster.as_ref().map(|it| it.patience) else {
                return Changes::default();
            };
            state.clock = state.clock.max(latest);
            state.change(group, |known| change(known, patience))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::presence::{Origin, Stated};

    const PATIENCE: Patience =
        Patience { lost: Duration::from_secs(10), drained: Duration::from_secs(5) };
    const OTHER: NodeId = NodeId(2);

    type Room = Presence<&'static str, &'static str, &'static str>;

    fn node(number: u128) -> Room {
        Presence::among(NodeId(number), PATIENCE)
    }

    fn carry(from: (u128, &Room), to: &Room) -> Changes<&'static str, &'static str> {
        let mut all = Changes::default();
        for telling in from.1.untold(100) {
            for statement in telling.statements {
                let changes = to.hear(&telling.group, NodeId(from.0), statement, Instant::now());
                all.came.extend(changes.came);
                all.went.extend(changes.went);
            }
        }
        all
    }

    fn depart(room: &Room, member: &'static str) -> bool {
        let leaving = room.leave(&"room", &member).unwrap();
        room.confirm(&"room", &member, leaving)
    }

    fn ada(counter: u64) -> Whole<&'static str, &'static str> {
        let origin = Origin { at: counter, node: OTHER, shown: "on a phone" };
        Whole { counter, members: vec![("ada", origin)] }
    }

    fn read(room: &Room, wholes: Vec<(NodeId, Whole<&'static str, &'static str>)>) {
        let reading = room.begin_reading(&"room").unwrap();
        room.read(&"room", reading, wholes, Instant::now());
    }

    #[test]
    fn a_member_is_there_while_any_node_has_it_and_shows_what_it_said_first() {
        let (one, two) = (node(1), node(2));
        one.watch(&"room");
        two.watch(&"room");
        assert!(two.enter(&"room", &"ada", "on a phone"));
        assert_eq!(carry((2, &two), &one).came, [("ada", "on a phone")]);
        assert!(!one.enter(&"room", &"ada", "on a laptop"), "she is there already");
        assert!(carry((1, &one), &two).is_empty());
        assert!(!depart(&two, "ada"), "she is still on the other node");
        assert!(one.is_here(&"room", &"ada") && !two.is_here(&"room", &"ada"));
        assert!(carry((2, &two), &one).is_empty());
        assert_eq!(one.roster(&"room"), [("ada", "on a phone")]);
        assert_eq!(two.roster(&"room"), [("ada", "on a phone")]);
        assert!(depart(&one, "ada"));
        assert_eq!(carry((1, &one), &two).went, ["ada"]);
    }

    #[test]
    fn a_dead_node_takes_its_members_with_it_but_for_those_who_are_elsewhere() {
        let one = node(1);
        one.enter(&"room", &"ada", "on a laptop");
        let mut whole = ada(3);
        let origin = Origin { at: 2, node: OTHER, shown: "" };
        whole.members.push(("bo", origin));
        read(&one, vec![(OTHER, whole)]);
        assert_eq!(one.node_gone(&"room", OTHER).went, ["bo"]);
        assert_eq!(one.members(&"room"), ["ada"]);
    }

    #[test]
    fn who_leaves_with_a_draining_node_is_held_until_its_time_is_over() {
        let (one, two) = (node(1), node(2));
        one.watch(&"room");
        for member in ["ada", "bo"] {
            two.enter(&"room", &member, "");
        }
        carry((2, &two), &one);
        two.drain();
        assert!(!depart(&two, "ada") && !depart(&two, "bo"));
        assert_eq!(two.count(&"room"), 2, "its own connections are told of no departure");
        assert!(carry((2, &two), &one).is_empty());
        assert!(one.node_gone(&"room", OTHER).is_empty(), "the node ended as it should");
        assert!(!one.enter(&"room", &"ada", ""), "she is back before anybody missed her");
        let later = Instant::now() + PATIENCE.drained;
        assert!(one.due(Instant::now()).is_empty());
        assert_eq!(one.due(later), ["room"]);
        assert_eq!(one.expire(&"room", later).went, ["bo"]);
        assert_eq!(one.members(&"room"), ["ada"]);
    }

    #[test]
    fn what_was_heard_while_reading_stands_against_what_was_read() {
        let one = node(1);
        one.watch(&"room");
        let say = |counter, member, stated| {
            let statement = Statement { counter, member, stated };
            one.hear(&"room", OTHER, statement, Instant::now())
        };
        let reading = one.begin_reading(&"room").unwrap();
        let origin = Origin { at: 9, node: OTHER, shown: "" };
        assert_eq!(say(9, "bo", Stated::Here(origin)).came, [("bo", "")]);
        say(10, "ada", Stated::Gone { held: false });
        let changes = one.read(&"room", reading, vec![(OTHER, ada(8))], Instant::now());
        assert!(changes.is_empty(), "ada left since, and bo came: {changes:?}");
        assert_eq!(one.members(&"room"), ["bo"]);
    }

    #[test]
    fn a_late_difference_does_not_undo_what_was_read() {
        let one = node(1);
        one.watch(&"room");
        read(&one, vec![(OTHER, ada(8))]);
        let gone = Statement { counter: 7, member: "ada", stated: Stated::Gone { held: false } };
        assert!(one.hear(&"room", OTHER, gone, Instant::now()).is_empty());
        assert_eq!(one.members(&"room"), ["ada"]);
    }

    #[test]
    fn a_node_missing_from_what_was_read_has_time_to_say_again_what_it_has() {
        let one = node(1);
        one.watch(&"room");
        read(&one, vec![(OTHER, ada(8))]);
        read(&one, vec![]);
        let later = Instant::now() + PATIENCE.lost;
        assert_eq!(one.due(later), ["room"]);
        assert!(one.hear_whole(&"room", OTHER, ada(9)).is_empty());
        assert!(one.due(later).is_empty());
        read(&one, vec![]);
        assert_eq!(one.expire(&"room", later + PATIENCE.lost).went, ["ada"]);
    }

    #[test]
    fn a_member_who_moved_to_another_node_neither_came_nor_went() {
        let one = node(1);
        one.watch(&"room");
        read(&one, vec![(OTHER, ada(8))]);
        let reading = one.begin_reading(&"room").unwrap();
        let left = Whole { counter: 9, members: vec![] };
        let wholes = vec![(OTHER, left), (NodeId(3), ada(4))];
        assert!(one.read(&"room", reading, wholes, Instant::now()).is_empty());
    }

    #[test]
    fn a_reading_that_was_overtaken_changes_nothing() {
        let one = node(1);
        one.watch(&"room");
        let reading = one.begin_reading(&"room").unwrap();
        one.unwatch(&"room");
        one.watch(&"room");
        let changes = one.read(&"room", reading, vec![(OTHER, ada(8))], Instant::now());
        assert!(changes.is_empty() && !one.is_complete(&"room"));
    }

    #[test]
    fn the_others_are_told_where_it_ended_and_not_how_it_went() {
        let one = node(1);
        one.enter(&"room", &"ada", "");
        depart(&one, "ada");
        assert!(one.untold(100).is_empty(), "nobody knew that she was there");
        one.enter(&"room", &"ada", "");
        assert_eq!(one.untold(100).len(), 1);
        depart(&one, "ada");
        one.enter(&"room", &"ada", "");
        depart(&one, "ada");
        let telling = one.untold(100).remove(0);
        assert!(telling.is_empty);
        let gone = Stated::Gone { held: false };
        assert_eq!(telling.statements.iter().map(|it| &it.stated).collect::<Vec<_>>(), [&gone]);
    }

    #[test]
    fn a_node_that_is_alone_notes_nothing_for_others() {
        let alone = Room::default();
        alone.watch(&"other");
        alone.enter(&"room", &"ada", "");
        assert_eq!(alone.groups(), ["room"]);
        assert!(alone.is_here(&"room", &"ada"));
        assert!(alone.untold(100).is_empty() && alone.shifted().is_empty());
        assert!(alone.begin_reading(&"room").is_none());
    }
}
