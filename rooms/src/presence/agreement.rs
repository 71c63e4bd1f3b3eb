//! Whatever happens to three nodes, they agree in the end on who is there.
//!
//! Each pair of nodes has a queue: what one node says stays in order, what two say does not. Nodes come
//! and die, miss what was said, and read the store at moments that suit nobody; the store forgets.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Changes, Leaving, NodeId, Patience, Presence, ReadingNumber, Statement, Whole};

const GROUP: &str = "room";
const NODES: usize = 3;
const MEMBERS: u8 = 3;
const PATIENCE: Patience =
    Patience { lost: Duration::from_secs(10), drained: Duration::from_secs(5) };

#[derive(Clone, Debug)]
enum Step {
    Enter(usize, u8),
    Leave(usize, u8),
    Confirm(usize),
    Watch(usize),
    Unwatch(usize),
    /// Keeps what is new in the store; it is on its way to nobody yet.
    Say(usize),
    Publish(usize),
    Deliver(usize, usize),
    BeginReading(usize),
    FinishReading(usize),
    /// Hears nothing any more until it reads.
    Outage(usize),
    Kill(usize),
    NoticeDeaths(usize),
    Drain(usize),
    /// The store is copied, as to a replica.
    Copy,
    /// The replica takes over; at first it is empty.
    FailOver,
    Restate(usize),
}

#[derive(Clone)]
enum Message {
    Difference(Statement<u8, u32>),
    Whole(Whole<u8, u32>),
}

type Kept = BTreeMap<NodeId, Whole<u8, u32>>;

#[expect(clippy::struct_excessive_bools, reason = "duties of the moment, each on its own")]
struct Node {
    id: NodeId,
    presence: Presence<&'static str, u8, u32>,
    connections: BTreeMap<u8, usize>,
    leaving: Vec<(u8, Leaving)>,
    watches: usize,
    is_draining: bool,
    is_listening: bool,
    has_to_read: bool,
    has_to_restate: bool,
    reading: Option<(ReadingNumber, Kept)>,
    outgoing: Vec<Message>,
    incoming: HashMap<usize, VecDeque<(NodeId, Message)>>,
    /// Who is there, by what this node's connections were told.
    told: BTreeSet<u8>,
}

struct World {
    now: Instant,
    nodes: Vec<Node>,
    dead: Vec<NodeId>,
    made: u32,
    store: Kept,
    copy: Kept,
}

impl Node {
    fn new(id: u32) -> Self {
        let id = NodeId(id.into());
        Self {
            id,
            presence: Presence::among(id, PATIENCE),
            connections: BTreeMap::new(),
            leaving: Vec::new(),
            watches: 0,
            is_draining: false,
            is_listening: false,
            has_to_read: false,
            has_to_restate: false,
            reading: None,
            outgoing: Vec::new(),
            incoming: HashMap::new(),
            told: BTreeSet::new(),
        }
    }

    fn tell(&mut self, changes: Changes<u8, u32>) {
        for (member, _) in changes.came {
            assert!(self.told.insert(member), "{member} came twice");
        }
        for member in changes.went {
            assert!(self.told.remove(&member), "{member} went twice");
        }
    }

    fn follow_interest(&mut self) {
        for (_, cares) in self.presence.shifted() {
            // What was heard meanwhile, and who was there, is forgotten either way.
            self.told.retain(|member| self.presence.contains(&GROUP, member));
            self.is_listening = cares;
            self.has_to_read = cares;
        }
        if !self.is_listening {
            self.incoming.clear();
        }
    }
}

impl World {
    fn new() -> Self {
        let nodes = (1..).map(Node::new).take(NODES).collect();
        let (store, copy) = (Kept::new(), Kept::new());
        Self { now: Instant::now(), nodes, dead: Vec::new(), made: 100, store, copy }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Enter(n, member) => self.enter(n, member),
            Step::Leave(n, member) => self.leave(n, member),
            Step::Confirm(n) => self.confirm(n),
            Step::Watch(n) => {
                self.nodes[n].watches += 1;
                self.nodes[n].presence.watch(&GROUP);
            }
            Step::Unwatch(n) if self.nodes[n].watches > 0 => {
                self.nodes[n].watches -= 1;
                self.nodes[n].presence.unwatch(&GROUP);
            }
            Step::Unwatch(_) => {}
            Step::Say(n) => self.say(n),
            Step::Publish(n) => self.publish(n),
            Step::Deliver(from, to) => {
                self.deliver(from, to);
            }
            Step::BeginReading(n) => self.begin_reading(n),
            Step::FinishReading(n) => self.finish_reading(n),
            Step::Outage(n) => {
                let node = &mut self.nodes[n];
                (node.is_listening, node.has_to_read) = (false, true);
                node.incoming.clear();
            }
            Step::Kill(n) => {
                self.made += 1;
                let dead = std::mem::replace(&mut self.nodes[n], Node::new(self.made));
                self.dead.push(dead.id);
            }
            Step::NoticeDeaths(n) => self.notice_deaths(n),
            Step::Drain(n) => {
                self.nodes[n].is_draining = true;
                self.nodes[n].presence.drain();
            }
            Step::Copy => self.copy = self.store.clone(),
            Step::FailOver => {
                self.store = self.copy.clone();
                self.nodes.iter_mut().for_each(|node| node.has_to_restate = true);
            }
            Step::Restate(n) => self.restate(n),
        }
        self.nodes.iter_mut().for_each(Node::follow_interest);
    }

    fn enter(&mut self, n: usize, member: u8) {
        self.made += 1;
        let node = &mut self.nodes[n];
        *node.connections.entry(member).or_default() += 1;
        if node.presence.enter(&GROUP, &member, self.made) {
            node.tell(Changes { came: vec![(member, 0)], went: vec![] });
        }
    }

    fn leave(&mut self, n: usize, member: u8) {
        let node = &mut self.nodes[n];
        let Some(count) = node.connections.get_mut(&member).filter(|count| **count > 0) else {
            return;
        };
        *count -= 1;
        let leaving = node.presence.leave(&GROUP, &member);
        node.leaving.extend(leaving.map(|leaving| (member, leaving)));
    }

    fn confirm(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        for (member, leaving) in std::mem::take(&mut node.leaving) {
            if node.presence.confirm(&GROUP, &member, leaving) {
                node.tell(Changes { came: vec![], went: vec![member] });
            }
        }
    }

    fn say(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        for statement in node.presence.untold(100).into_iter().flat_map(|(_, it)| it) {
            let empty = || Whole { counter: 0, members: Vec::new() };
            let kept = self.store.entry(node.id).or_insert_with(empty);
            kept.counter = statement.counter;
            kept.members.retain(|(member, _)| *member != statement.member);
            if let super::Stated::Here(origin) = &statement.stated {
                kept.members.push((statement.member, origin.clone()));
            }
            if kept.members.is_empty() {
                self.store.remove(&node.id);
            }
            node.outgoing.push(Message::Difference(statement));
        }
    }

    fn restate(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        if std::mem::take(&mut node.has_to_restate) {
            let whole = node.presence.whole(&GROUP);
            self.store.insert(node.id, whole.clone());
            node.outgoing.push(Message::Whole(whole));
        }
    }

    fn publish(&mut self, n: usize) {
        let id = self.nodes[n].id;
        let messages = std::mem::take(&mut self.nodes[n].outgoing);
        for node in self.nodes.iter_mut().filter(|node| node.is_listening && node.id != id) {
            let messages = messages.iter().cloned().map(|message| (id, message));
            node.incoming.entry(n).or_default().extend(messages);
        }
    }

    fn deliver(&mut self, from: usize, to: usize) -> bool {
        let node = &mut self.nodes[to];
        let next = node.incoming.get_mut(&from).and_then(VecDeque::pop_front);
        let Some((from, message)) = next else { return false };
        let changes = match message {
            Message::Difference(it) => node.presence.hear(&GROUP, from, it, self.now),
            Message::Whole(it) => node.presence.hear_whole(&GROUP, from, it),
        };
        node.tell(changes);
        true
    }

    fn begin_reading(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        if let Some(number) = node.presence.begin_reading(&GROUP) {
            (node.is_listening, node.has_to_read) = (true, false);
            let mut read = self.store.clone();
            read.retain(|id, _| !self.dead.contains(id));
            node.reading = Some((number, read));
        }
    }

    fn finish_reading(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        if let Some((number, read)) = node.reading.take() {
            let read = read.into_iter().collect();
            let changes = node.presence.read(&GROUP, number, read, self.now);
            node.tell(changes);
        }
    }

    fn notice_deaths(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        for dead in &self.dead {
            let changes = node.presence.node_gone(&GROUP, *dead);
            node.tell(changes);
        }
    }

    /// Lets everything arrive that is on its way, and everybody's patience end.
    fn settle(&mut self) {
        for n in 0..NODES {
            for step in [Step::Confirm(n), Step::FinishReading(n), Step::Restate(n)] {
                self.step(&step);
            }
        }
        // What was read may be older than what a node took over, which it then says again.
        for _ in 0..3 {
            (0..NODES).for_each(|n| self.say(n));
            (0..NODES).for_each(|n| self.publish(n));
            for n in 0..NODES {
                if self.nodes[n].has_to_read {
                    self.step(&Step::BeginReading(n));
                    self.step(&Step::FinishReading(n));
                }
                (0..NODES).for_each(|from| while self.deliver(from, n) {});
                self.step(&Step::NoticeDeaths(n));
            }
        }
        let later = self.now + PATIENCE.lost;
        for node in &mut self.nodes {
            for group in node.presence.due(later) {
                let changes = node.presence.expire(&group, later);
                node.tell(changes);
            }
            assert!(node.presence.due(later + PATIENCE.lost).is_empty());
        }
    }

    fn check_agreement(&self) {
        let connections = self.nodes.iter().flat_map(|node| &node.connections);
        let here = connections.filter(|(_, count)| **count > 0).map(|(member, _)| *member);
        let here: BTreeSet<u8> = here.collect();
        let mut shown = None;
        for node in &self.nodes {
            let roster: BTreeMap<_, _> = node.presence.roster(&GROUP).into_iter().collect();
            let members: BTreeSet<_> = roster.keys().copied().collect();
            assert_eq!(node.told, members, "what was told is what is known");
            if node.presence.groups().is_empty() || node.is_draining {
                continue;
            }
            assert_eq!(members, here, "node {} knows who is there", node.id.0);
            assert_eq!(shown.get_or_insert(roster.clone()), &roster, "and what they show");
        }
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    let (n, m) = (0..NODES, 0..MEMBERS);
    prop_oneof![
        6 => (n.clone(), m.clone()).prop_map(|(n, m)| Step::Enter(n, m)),
        6 => (n.clone(), m).prop_map(|(n, m)| Step::Leave(n, m)),
        5 => n.clone().prop_map(Step::Confirm),
        1 => n.clone().prop_map(Step::Watch),
        1 => n.clone().prop_map(Step::Unwatch),
        6 => n.clone().prop_map(Step::Say),
        6 => n.clone().prop_map(Step::Publish),
        9 => (n.clone(), n.clone()).prop_map(|(from, to)| Step::Deliver(from, to)),
        4 => n.clone().prop_map(Step::BeginReading),
        4 => n.clone().prop_map(Step::FinishReading),
        1 => n.clone().prop_map(Step::Outage),
        1 => n.clone().prop_map(Step::Kill),
        2 => n.clone().prop_map(Step::NoticeDeaths),
        1 => n.clone().prop_map(Step::Drain),
        1 => Just(Step::Copy),
        1 => Just(Step::FailOver),
        2 => n.prop_map(Step::Restate),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_nodes_agree_in_the_end_and_nobody_comes_or_goes_twice(
        steps in prop::collection::vec(any_step(), 1..100),
    ) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.settle();
        world.check_agreement();
    }
}
