//! How a node keeps its members in Redis, for those who begin to listen.
//!
//! For each group a hash of its own: a field for each member, in JSON, with the words it came with; and
//! a field without a name for the counter of the last thing said.

use std::collections::HashMap;

use redis::Pipeline;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cluster::Telling;
use super::nodes::{Nodes, key};
use super::statement::{NodeId, Origin, Stated, Whole};
use crate::bus::Bus;

const COUNTER: &str = "";

/// Where a node keeps its members of a group.
pub(super) struct Shelf {
    key: String,
    /// The set of all its keys, by which others clean up behind it.
    keys: String,
}

impl Shelf {
    pub(super) fn new(bus: &Bus, kind: &str, group: &str, node: NodeId) -> Self {
        let key = key(bus, &format!("members:{kind}:{group}:{node}"));
        Self { key, keys: Nodes::keys_of(bus, node) }
    }

    pub(super) fn keep<G, M: Serialize, D: Serialize>(
        &self,
        telling: &Telling<G, M, D>,
        commands: &mut Pipeline,
    ) {
        if telling.is_empty {
            return self.clear(commands);
        }
        let (mut set, mut gone) = (Vec::new(), Vec::new());
        for statement in &telling.statements {
            match &statement.stated {
                Stated::Here(origin) => set.push((json(&statement.member), json(origin))),
                Stated::Gone { .. } => gone.push(json(&statement.member)),
            }
        }
        if !gone.is_empty() {
            commands.cmd("HDEL").arg(&self.key).arg(&gone).ignore();
        }
        let counter = telling.statements.iter().map(|it| it.counter).max().unwrap_or_default();
        self.set(counter, &set, commands);
    }

    pub(super) fn keep_whole<M: Serialize, D: Serialize>(
        &self,
        whole: &Whole<M, D>,
        commands: &mut Pipeline,
    ) {
        self.clear(commands);
        if !whole.members.is_empty() {
            let members = whole.members.iter().map(|(member, it)| (json(member), json(it)));
            self.set(whole.counter, &members.collect::<Vec<_>>(), commands);
        }
    }

    pub(super) fn read(&self, commands: &mut Pipeline) {
        commands.cmd("HGETALL").arg(&self.key);
    }

    fn set(&self, counter: u64, members: &[(String, String)], commands: &mut Pipeline) {
        commands.cmd("SADD").arg(&self.keys).arg(&self.key).ignore();
        commands.cmd("HSET").arg(&self.key).arg(COUNTER).arg(counter).arg(members).ignore();
    }

    fn clear(&self, commands: &mut Pipeline) {
        commands.cmd("DEL").arg(&self.key).ignore();
        commands.cmd("SREM").arg(&self.keys).arg(&self.key).ignore();
    }
}

/// What a node has, from its fields. `None` when it has nothing, or nothing that can be read.
pub(super) fn whole<M: DeserializeOwned, D: DeserializeOwned>(
    mut fields: HashMap<String, String>,
) -> Option<Whole<M, D>> {
    let counter = fields.remove(COUNTER)?.parse().ok()?;
    let mut members = Vec::with_capacity(fields.len());
    for (member, origin) in fields {
        let origin: Origin<D> = serde_json::from_str(&origin).ok()?;
        members.push((serde_json::from_str(&member).ok()?, origin));
    }
    Some(Whole { counter, members })
}

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("names and what members show can be written as JSON")
}
