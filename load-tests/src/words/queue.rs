//! The queue of an organization: every agent in it hears of every visitor's message.

use super::{By, Conversations, Line, Plan, Room, Words};
use crate::chat::check;
use crate::scenario::ask_all;
use crate::socketio::SocketIo;
use crate::swarm::Swarm;
use crate::target::Target;

/// One room, that nobody writes into: visitors write in their conversations, and agents hear of it.
#[derive(Debug)]
pub(crate) struct Queue {
    agent_key: String,
    conversations: Conversations,
    /// Of each visitor, in the order in which they were opened.
    names: Vec<String>,
    first_visitor: usize,
}

impl Queue {
    pub(crate) fn new(target: &Target, first: usize) -> anyhow::Result<Self> {
        let conversations = Conversations::new(target, By::Visitor)?.numbered_from(first);
        let agent_key = target.demo()?.platform.agent_key.clone();
        Ok(Self { agent_key, conversations, names: Vec::new(), first_visitor: 0 })
    }
}

impl Words for Queue {
    type Client = SocketIo;

    fn seat(&mut self, swarm: &mut Swarm<SocketIo>, plan: Plan) -> anyhow::Result<Vec<Room>> {
        self.first_visitor = swarm.len();
        let alone = Plan { rooms: plan.writers, listeners: 1, writers: 1 };
        let visitors = self.conversations.seat(swarm, alone)?;
        let agents = swarm.open(plan.listeners, &SocketIo::agent(&self.agent_key))?;
        ask_all(swarm, agents.clone(), "join_queue", |_| "{}".to_owned(), |_, it| check(it))?;
        let writers = visitors.iter().flat_map(|room| room.writers.iter().copied()).collect();
        self.names = visitors.into_iter().map(|room| room.name).collect();
        Ok(vec![Room { name: "queue".to_owned(), listeners: agents.collect(), writers }])
    }

    fn say(&self, swarm: &mut Swarm<SocketIo>, line: Line<'_>) -> anyhow::Result<()> {
        let room = &self.names[line.member - self.first_visitor];
        self.conversations.say(swarm, Line { room, ..line })
    }

    fn accepted(&self, answer: &str) -> anyhow::Result<Option<u64>> {
        self.conversations.accepted(answer)
    }
}
