//! What a node reads: all that the others have of the groups it begins to hear.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use redis::pipe;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use super::{LOOK, Ledger};
use crate::bus::{Bus, BusError};
use crate::presence::nodes::PATIENCE;
use crate::presence::statement::{NodeId, Whole};
use crate::presence::{ReadingNumber, shelf};

/// Most groups that are read together.
const TOGETHER: usize = 200;

/// What each node has of one group.
type Wholes<M, D> = Vec<(NodeId, Whole<M, D>)>;

impl<G, M, D> Ledger<G, M, D>
where
    G: Clone + Eq + Hash + Send + Sync + 'static,
    M: Clone + Eq + Hash + Serialize + DeserializeOwned + Send + Sync + 'static,
    D: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    pub(super) async fn listen(&self, bus: &Bus) {
        loop {
            let due = self.topics.lock().take_due(TOGETHER);
            if due.is_empty() {
                self.due.notified().await;
            } else if self.read(bus, &due).await.is_err() {
                self.put_back(&due);
                sleep(LOOK).await;
            }
        }
    }

    fn put_back(&self, due: &[(Arc<str>, G)]) {
        let mut topics = self.topics.lock();
        for (name, _) in due {
            topics.again(name);
        }
    }

    async fn read(&self, bus: &Bus, due: &[(Arc<str>, G)]) -> Result<(), BusError> {
        let readings: Vec<(&G, ReadingNumber)> = due
            .iter()
            .filter_map(|(_, group)| Some((group, self.presence.begin_reading(group)?)))
            .collect();
        let groups: Vec<_> = readings.iter().map(|(group, _)| *group).collect();
        let wholes = self.wholes(bus, &groups).await?;
        let now = Instant::now().into_std();
        for ((group, reading), wholes) in readings.into_iter().zip(wholes) {
            self.change(group, || self.presence.read(group, reading, wholes, now));
        }
        self.read.notify_waiters();
        Ok(())
    }

    /// What all other nodes have of the groups, one after the other.
    async fn wholes(&self, bus: &Bus, groups: &[&G]) -> Result<Vec<Wholes<M, D>>, BusError> {
        let nodes = self.nodes.others(bus).await?;
        if nodes.is_empty() || groups.is_empty() {
            return Ok(groups.iter().map(|_| Vec::new()).collect());
        }
        let mut commands = pipe();
        for group in groups {
            for node in &nodes {
                self.shelf(bus, group, *node).read(&mut commands);
            }
        }
        let fields: Vec<shelf::Fields> = bus.run_all(&commands, PATIENCE).await?;
        let mut fields = fields.into_iter();
        let of_group = |_| {
            let nodes = nodes.iter().copied().zip(fields.by_ref());
            let wholes = nodes.filter_map(|(node, fields)| Some((node, shelf::whole(fields)?)));
            wholes.collect()
        };
        Ok(groups.iter().map(of_group).collect())
    }

    /// Everyone who is in each of the groups on any node, whether this node cares for them or not. Where
    /// Redis is away, whom this node knows.
    pub async fn rosters(&self, bus: &Bus, groups: &[G]) -> Vec<Vec<(M, D)>> {
        let unknown: Vec<_> =
            groups.iter().filter(|group| !self.presence.is_complete(group)).collect();
        let read = if unknown.is_empty() {
            Vec::new()
        } else {
            self.wholes(bus, &unknown).await.unwrap_or_default()
        };
        let mut read: HashMap<&G, _> = unknown.into_iter().zip(read).collect();
        let rosters = groups.iter().map(|group| {
            let here = self.presence.roster(group);
            merge(here, read.remove(group).unwrap_or_default())
        });
        rosters.collect()
    }
}

/// Who is here and who is elsewhere, each once, as the oldest words show it.
fn merge<M: Eq + Hash, D>(here: Vec<(M, D)>, elsewhere: Wholes<M, D>) -> Vec<(M, D)> {
    let mut members: Vec<_> = elsewhere.into_iter().flat_map(|(_, whole)| whole.members).collect();
    members.sort_by_key(|(_, origin)| (origin.at, origin.node));
    let mut roster: HashMap<M, D> = here.into_iter().collect();
    for (member, origin) in members {
        roster.entry(member).or_insert(origin.shown);
    }
    roster.into_iter().collect()
}
