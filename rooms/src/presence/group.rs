//! One group: its members, and how far each other node was heard.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::time::Instant;

use super::attendance::{Attendance, Ending, Here, Stay};
use super::statement::{Changes, NodeId, Origin, Stated, Statement, Whole};

/// One group, as this node knows it.
pub(super) struct Group<M, D> {
    pub(super) members: HashMap<M, Attendance<D>>,
    /// How many members are here; those who departed from a draining node are.
    pub(super) here: usize,
    /// How many look on without being members.
    pub(super) watchers: usize,
    /// Whether what other nodes have was read since this one took an interest.
    pub(super) is_complete: bool,
    /// The last counter heard of each other node.
    heard: HashMap<NodeId, u64>,
    reading: Option<Reading<M>>,
}

/// What was heard since a reading of all nodes' members began. It may be newer than what is read.
struct Reading<M> {
    number: u64,
    statements: HashMap<(NodeId, M), u64>,
    wholes: HashMap<NodeId, u64>,
}

/// Whom a node had at a counter.
struct Listed<M> {
    counter: u64,
    members: HashSet<M>,
}

/// What came of something heard.
pub(super) struct Effect<M, D> {
    pub(super) changes: Changes<M, D>,
    /// Members here who took over older words of another node.
    pub(super) adopted: Vec<M>,
    /// Some stay ends by itself from now on.
    pub(super) is_ending: bool,
}

impl<M, D> Default for Effect<M, D> {
    fn default() -> Self {
        Self { changes: Changes::default(), adopted: Vec::new(), is_ending: false }
    }
}

impl<M, D> Default for Group<M, D> {
    fn default() -> Self {
        let (members, heard) = (HashMap::new(), HashMap::new());
        Self { members, here: 0, watchers: 0, is_complete: false, heard, reading: None }
    }
}

impl<M, D> Group<M, D> {
    /// Whether nobody of this node cares for it any more.
    pub(super) fn is_idle(&self) -> bool {
        self.here == 0 && self.watchers == 0
    }

    pub(super) fn begin_reading(&mut self, number: u64) {
        let (statements, wholes) = (HashMap::new(), HashMap::new());
        self.reading = Some(Reading { number, statements, wholes });
    }

    pub(super) fn is_reading(&self, number: u64) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.number == number)
    }

    /// When the first stay ends by itself.
    pub(super) fn next_ending(&self) -> Option<Instant> {
        let stays = self.members.values().flat_map(|it| &it.elsewhere);
        stays.filter_map(|stay| Some(stay.ending?.at)).min()
    }
}

impl<M: Clone + Eq + Hash, D: Clone> Group<M, D> {
    /// A connection came here. Says whether the member was nowhere before, and whether it was not here.
    pub(super) fn enter(&mut self, member: &M, origin: Origin<D>) -> (bool, bool) {
        let attendance = self.members.entry(member.clone()).or_default();
        let is_news = attendance.is_over();
        if let Some(here) = attendance.here.as_mut() {
            here.connections += 1;
            return (false, std::mem::take(&mut here.departed));
        }
        let origin = attendance.origin().cloned().unwrap_or(origin);
        attendance.here = Some(Here::first(origin));
        self.here += 1;
        (is_news, true)
    }

    /// The member is not here any more. Says whether it is nowhere any more.
    pub(super) fn remove_here(&mut self, member: &M) -> bool {
        let Some(attendance) = self.members.get_mut(member) else { return false };
        if attendance.here.take().is_some() {
            self.here -= 1;
        }
        let is_gone = attendance.is_over();
        if is_gone {
            self.members.remove(member);
        }
        is_gone
    }

    /// Another node says what became of a member. One that left a draining node is held until `held`.
    pub(super) fn hear(
        &mut self,
        node: NodeId,
        statement: Statement<M, D>,
        held: Instant,
    ) -> Effect<M, D> {
        let Statement { counter, member, stated } = statement;
        if !self.is_newer(node, counter) {
            return Effect::default();
        }
        if let Some(reading) = self.reading.as_mut() {
            reading.statements.insert((node, member.clone()), counter);
        }
        let mut effect = Effect::default();
        match stated {
            Stated::Here(origin) => self.put(node, member, counter, origin, &mut effect),
            Stated::Gone { held: false } => self.drop_stay(node, &member, &mut effect),
            Stated::Gone { held: true } => {
                let stay = self.members.get_mut(&member).and_then(|it| it.stay(node));
                if let Some(stay) = stay {
                    stay.counter = counter;
                    stay.ending = Some(Ending { at: held, held: true });
                    effect.is_ending = true;
                }
            }
        }
        effect
    }

    /// Another node says all that it has.
    pub(super) fn hear_whole(&mut self, node: NodeId, whole: Whole<M, D>) -> Effect<M, D> {
        let mut effect = Effect::default();
        if self.is_newer(node, whole.counter) {
            if let Some(reading) = self.reading.as_mut() {
                reading.wholes.insert(node, whole.counter);
            }
            let listed = self.put_all(node, whole, None, &mut effect);
            self.drop_missing(&HashMap::from([(node, listed)]), &mut effect);
        }
        effect
    }

    /// All nodes' members were read. What a node has that is not in it at all is doubtful: the store may
    /// have lost it, and so the node has until `doubted` to say it again.
    pub(super) fn read(
        &mut self,
        wholes: Vec<(NodeId, Whole<M, D>)>,
        doubted: Instant,
    ) -> Effect<M, D> {
        let mut effect = Effect::default();
        let reading = self.reading.take();
        // Members who moved from one node to another neither went nor came: first all who are there.
        let listed = wholes
            .into_iter()
            .map(|(node, whole)| (node, self.put_all(node, whole, reading.as_ref(), &mut effect)));
        let listed: HashMap<_, _> = listed.collect();
        self.drop_missing(&listed, &mut effect);
        let ending = Ending { at: doubted, held: false };
        for (member, attendance) in &mut self.members {
            for stay in attendance.elsewhere.iter_mut().filter(|it| !listed.contains_key(&it.node))
            {
                let was_heard = reading.as_ref().is_some_and(|it| it.heard(stay.node, member) > 0);
                if stay.ending.is_none() && !was_heard {
                    stay.ending = Some(ending);
                    effect.is_ending = true;
                }
            }
        }
        self.is_complete = true;
        effect
    }

    /// A node is dead. Those it let go while draining are held on.
    pub(super) fn node_gone(&mut self, node: NodeId) -> Effect<M, D> {
        self.heard.remove(&node);
        self.keep_stays(|_, stay| stay.node != node || stay.is_held())
    }

    /// Ends the stays whose time is over.
    pub(super) fn expire(&mut self, now: Instant) -> Effect<M, D> {
        self.keep_stays(|_, stay| stay.ending.is_none_or(|ending| ending.at > now))
    }

    fn is_newer(&mut self, node: NodeId, counter: u64) -> bool {
        let heard = self.heard.entry(node).or_default();
        let is_newer = counter > *heard;
        *heard = counter.max(*heard);
        is_newer
    }

    /// Takes over whom a node had at a counter; what it said since then stands.
    fn put_all(
        &mut self,
        node: NodeId,
        whole: Whole<M, D>,
        reading: Option<&Reading<M>>,
        effect: &mut Effect<M, D>,
    ) -> Listed<M> {
        let Whole { counter, members } = whole;
        self.is_newer(node, counter);
        let listed = members.iter().map(|(member, _)| member.clone()).collect();
        for (member, origin) in members {
            let stay = self.members.get_mut(&member).and_then(|it| it.stay(node));
            let known = stay.map_or(0, |stay| stay.counter);
            if known.max(reading.map_or(0, |it| it.heard(node, &member))) <= counter {
                self.put(node, member, counter, origin, effect);
            }
        }
        Listed { counter, members: listed }
    }

    /// Drops whom the nodes did not have, but for those of whom they spoke later.
    fn drop_missing(&mut self, listed: &HashMap<NodeId, Listed<M>>, effect: &mut Effect<M, D>) {
        let dropped = self.keep_stays(|member, stay| {
            let Some(listed) = listed.get(&stay.node) else { return true };
            listed.members.contains(member) || stay.counter > listed.counter || stay.is_held()
        });
        effect.changes.went.extend(dropped.changes.went);
    }

    fn put(
        &mut self,
        node: NodeId,
        member: M,
        counter: u64,
        origin: Origin<D>,
        effect: &mut Effect<M, D>,
    ) {
        let attendance = self.members.entry(member.clone()).or_default();
        if attendance.is_over() {
            effect.changes.came.push((member.clone(), origin.shown.clone()));
        }
        attendance.put(Stay { node, counter, origin, ending: None });
        if attendance.adopt() {
            effect.adopted.push(member);
        }
    }

    fn drop_stay(&mut self, node: NodeId, member: &M, effect: &mut Effect<M, D>) {
        let Some(attendance) = self.members.get_mut(member) else { return };
        attendance.elsewhere.retain(|stay| stay.node != node);
        if attendance.is_over() {
            self.members.remove(member);
            effect.changes.went.push(member.clone());
        }
    }

    fn keep_stays(&mut self, mut stands: impl FnMut(&M, &mut Stay<D>) -> bool) -> Effect<M, D> {
        let mut went = Vec::new();
        self.members.retain(|member, attendance| {
            attendance.elsewhere.retain_mut(|stay| stands(member, stay));
            let is_over = attendance.is_over();
            if is_over {
                went.push(member.clone());
            }
            !is_over
        });
        Effect { changes: Changes { came: Vec::new(), went }, ..Effect::default() }
    }
}

impl<M: Clone + Eq + Hash> Reading<M> {
    /// The last counter with which the node was heard of the member since the reading began.
    fn heard(&self, node: NodeId, member: &M) -> u64 {
        let statement = self.statements.get(&(node, member.clone()));
        let whole = self.wholes.get(&node);
        statement.max(whole).copied().unwrap_or_default()
    }
}
