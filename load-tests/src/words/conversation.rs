//! Conversations of the hub: a visitor who began it, and agents who have joined it.

use std::net::SocketAddr;

use anyhow::Context as _;
use serde_json::json;

use super::{Line, Plan, Room, Words};
use crate::chat::{Visitor, agent_message, check, receipt};
use crate::scenario::ask_all;
use crate::socketio::SocketIo;
use crate::swarm::{Member, Swarm};
use crate::target::{Platform, Target};

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Whoever began the conversation.
    Visitor,
    /// The agents who joined it, the first ones first.
    Agents,
}

/// Conversations, whose every message is committed before it is told.
#[derive(Debug)]
pub(crate) struct Conversations {
    keys: Platform,
    by: By,
    /// Where agents connect.
    agents_at: SocketAddr,
    /// The visitors' numbers begin here, so that no two runs have the same.
    first: usize,
    visitors: Vec<Visitor>,
    first_visitor: Member,
}

impl Conversations {
    pub(crate) fn new(target: &Target, by: By) -> anyhow::Result<Self> {
        let keys = target.demo()?.platform.clone();
        let (agents_at, visitors) = (target.address, Vec::new());
        Ok(Self { keys, by, agents_at, first: 0, visitors, first_visitor: 0 })
    }

    /// The agents connect to this node, the visitors to the other one.
    pub(crate) const fn with_agents_at(mut self, address: SocketAddr) -> Self {
        self.agents_at = address;
        self
    }

    /// Whose visitors have numbers from here on: each step against the same server needs others.
    pub(crate) const fn numbered_from(mut self, first: usize) -> Self {
        self.first = first;
        self
    }

    /// Opens the visitors, who each begin a conversation; gives the name of each.
    fn begin(&mut self, swarm: &mut Swarm<SocketIo>, count: usize) -> anyhow::Result<Vec<String>> {
        let all = swarm.open(count, &SocketIo::visitor())?;
        let (first, number) = (all.start, self.first);
        self.visitors = (0..count).map(|place| Visitor::new(number + place)).collect();
        let mut names = vec![String::new(); count];
        let visitors = &self.visitors;
        ask_all(
            swarm,
            all,
            "send_message",
            |member| visitors[member - first].message(&self.keys.embed_token, 0, "hello"),
            |member, answer| {
                names[member - first] = receipt(answer)?.conversation_id;
                Ok(())
            },
        )?;
        for (visitor, name) in self.visitors.iter_mut().zip(&names) {
            visitor.enter(name);
        }
        Ok(names)
    }
}

impl Words for Conversations {
    type Client = SocketIo;

    fn seat(&mut self, swarm: &mut Swarm<SocketIo>, plan: Plan) -> anyhow::Result<Vec<Room>> {
        self.first_visitor = swarm.len();
        let names = self.begin(swarm, plan.rooms)?;
        let each = plan.listeners - 1;
        let client = SocketIo::agent(&self.keys.agent_key);
        let agents = swarm.open_at(self.agents_at, plan.rooms * each, &client)?;
        let first = agents.start;
        let join =
            |member: Member| json!({"conversation_id": names[(member - first) / each]}).to_string();
        ask_all(swarm, agents, "join_conversation", join, |_, answer| check(answer))?;
        let seat = |(number, name): (usize, String)| {
            let visitor = self.first_visitor + number;
            let agents = first + number * each..first + (number + 1) * each;
            let writers = match self.by {
                By::Visitor => vec![visitor],
                By::Agents => agents.clone().take(plan.writers).collect(),
            };
            Room { name, listeners: std::iter::once(visitor).chain(agents).collect(), writers }
        };
        Ok(names.iter().cloned().enumerate().map(seat).collect())
    }

    fn say(&self, swarm: &mut Swarm<SocketIo>, line: Line<'_>) -> anyhow::Result<()> {
        let Line { member, room, text, seq } = line;
        let message = match self.by {
            By::Visitor => {
                let place = member.checked_sub(self.first_visitor);
                let visitor = place.and_then(|place| self.visitors.get(place));
                visitor.context("no visitor")?.message(&self.keys.embed_token, seq, text)
            }
            By::Agents => agent_message(room, member, seq, text),
        };
        swarm.emit(member, "send_message", &message, Some(seq))
    }

    fn accepted(&self, answer: &str) -> anyhow::Result<Option<u64>> {
        Ok(Some(receipt(answer)?.seq))
    }
}
