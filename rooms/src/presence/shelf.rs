//! How a node keeps its members in Redis, for those who begin to listen.
//!
//! For each group a hash of its own: a field for each member with the words it came with, and a field
//! without a name for the counter of the last thing said.

use std::collections::HashMap;

use redis::Pipeline;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cluster::Telling;
use super::nodes::{Nodes, key};
use super::statement::{NodeId, Origin, Stated, Whole};
use crate::bus::Bus;

const COUNTER: &str = "";

type Bytes = Vec<u8>;

/// The fields of a hash.
pub(super) type Fields = HashMap<Bytes, Bytes>;

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
                Stated::Here(origin) => set.push((packed(&statement.member), packed(origin))),
                Stated::Gone { .. } => gone.push(packed(&statement.member)),
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
            let members = whole.members.iter().map(|(member, it)| (packed(member), packed(it)));
            self.set(whole.counter, &members.collect::<Vec<_>>(), commands);
        }
    }

    pub(super) fn read(&self, commands: &mut Pipeline) {
        commands.cmd("HGETALL").arg(&self.key);
    }

    fn set(&self, counter: u64, members: &[(Bytes, Bytes)], commands: &mut Pipeline) {
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
    mut fields: Fields,
) -> Option<Whole<M, D>> {
    let counter = fields.remove(COUNTER.as_bytes())?;
    let counter = std::str::from_utf8(&counter).ok()?.parse().ok()?;
    let mut members = Vec::with_capacity(fields.len());
    for (member, origin) in fields {
        let origin: Origin<D> = unpacked(&origin)?;
        members.push((unpacked(&member)?, origin));
    }
    Some(Whole { counter, members })
}

/// In `MessagePack`, with names of fields.
pub(super) fn packed(value: &impl Serialize) -> Bytes {
    rmp_serde::to_vec_named(value).expect("members and what they show can be written")
}

pub(super) fn unpacked<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    rmp_serde::from_slice(bytes).ok()
}
