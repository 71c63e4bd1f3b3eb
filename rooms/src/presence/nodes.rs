//! The nodes of a cluster: each beats in Redis, and sees who does not any more.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use redis::{cmd, pipe};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::living::Living;
use super::statement::NodeId;
use crate::bus::{Bus, BusError};

/// How often a node beats within its lease.
const BEATS: u32 = 10;
/// After how many missed beats it is dead: the rest of the lease is for noticing that.
const SILENT_BEATS: u32 = 8;
/// How long Redis may take for anything that is read or written here.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// Most keys of a dead node that are deleted together.
const TOGETHER: usize = 500;

/// Who depends on the life of nodes. Nothing here may wait.
pub trait Lives: Send + Sync {
    /// The node is dead: all that it had is gone.
    fn died(&self, node: NodeId);

    /// What this node has written down may be lost. It is to be written again.
    fn restate(&self);
}

/// The nodes that share a Redis, as one of them sees them.
///
/// While Redis is away nobody can tell who lives, and so nobody dies; when it is back, everybody has the
/// whole lease to be seen again.
pub struct Nodes {
    pub(super) me: NodeId,
    beat: Duration,
    state: Mutex<State>,
}

struct State {
    living: Living,
    /// This node's last beat; zero before the first.
    beat: u64,
    beaten: Instant,
    /// How often what this node wrote came to be in doubt, and how much of that a beat has settled.
    doubts: u64,
    settled: u64,
    /// Dead nodes whose keys are to be deleted.
    leftovers: HashSet<NodeId>,
}

/// What a beat made of the state of things.
struct Seen {
    /// What this node wrote may be lost.
    is_doubtful: bool,
    died: Vec<NodeId>,
}

impl fmt::Debug for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nodes")
            .field("me", &self.me)
            .field("beat", &self.beat)
            .finish_non_exhaustive()
    }
}

impl Nodes {
    /// The node `me`, and others of which each is dead when it was silent for `lease` (10 s is usual).
    #[must_use]
    pub fn new(me: NodeId, lease: Duration) -> Arc<Self> {
        let beat = lease / BEATS;
        let living = Living::new(beat * SILENT_BEATS);
        let state = State {
            living,
            beat: 0,
            beaten: Instant::now(),
            doubts: 1,
            settled: 0,
            leftovers: HashSet::new(),
        };
        Arc::new(Self { me, beat, state: Mutex::new(state) })
    }

    /// Beats until `stop`, and tells those who depend on it. At last it deletes what this node has in
    /// Redis: stop it after everything else that writes there.
    pub async fn run(&self, bus: &Bus, dependents: &[Arc<dyn Lives>], stop: CancellationToken) {
        let beating = async {
            let mut beats = interval(self.beat);
            beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                beats.tick().await;
                self.beat(bus, dependents).await;
            }
        };
        let cleaning = async {
            let mut looks = interval(self.beat);
            loop {
                looks.tick().await;
                self.clean(bus).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = beating => {}
            () = cleaning => {}
        }
        // Where Redis is away, the others do it when the lease is over.
        let _ = self.delete(bus, self.me).await;
    }

    /// Whether the others can know of this node, and what it wrote is there. Until then it is to write
    /// nothing: a part would look like the whole.
    pub(super) fn is_settled(&self) -> bool {
        let state = self.state.lock();
        state.settled == state.doubts
    }

    /// Redis was away. It may have forgotten what this node wrote, and the others' beats.
    pub(super) fn doubt(&self) {
        self.state.lock().doubts += 1;
    }

    /// Something came from the node.
    pub(super) fn meet(&self, node: NodeId) {
        self.state.lock().living.meet(node, Instant::now().into_std());
    }

    /// All other nodes that live, read afresh.
    pub(super) async fn others(&self, bus: &Bus) -> Result<Vec<NodeId>, BusError> {
        let mut command = cmd("HGETALL");
        command.arg(key(bus, "nodes"));
        let beats: HashMap<String, u64> = bus.run(&command, PATIENCE).await?;
        let mut state = self.state.lock();
        let mut others: Vec<_> = parsed(&beats).into_keys().collect();
        others.retain(|node| *node != self.me && !state.living.is_dead(*node));
        for node in &others {
            state.living.meet(*node, Instant::now().into_std());
        }
        Ok(others)
    }

    /// The set of all keys that a node has in Redis.
    pub(super) fn keys_of(bus: &Bus, node: NodeId) -> String {
        key(bus, &format!("keys:{node}"))
    }

    async fn beat(&self, bus: &Bus, dependents: &[Arc<dyn Lives>]) {
        let doubts = self.state.lock().doubts;
        let nodes = key(bus, "nodes");
        let mut commands = pipe();
        commands.cmd("HINCRBY").arg(&nodes).arg(self.me.to_string()).arg(1);
        commands.cmd("HGETALL").arg(&nodes);
        let answer = bus.run_all::<(u64, HashMap<String, u64>)>(&commands, PATIENCE).await;
        let Ok((beat, beats)) = answer else { return self.doubt() };
        let Seen { is_doubtful, died } = self.seen(beat, &parsed(&beats));
        for dependent in dependents {
            died.iter().copied().for_each(|node| dependent.died(node));
        }
        if is_doubtful {
            if self.delete_keys(bus, self.me).await.is_err() {
                return;
            }
            for dependent in dependents {
                dependent.restate();
            }
        }
        // What came to be doubted since this beat began is for the next one.
        self.state.lock().settled = doubts + u64::from(is_doubtful);
    }

    fn seen(&self, beat: u64, beats: &HashMap<NodeId, u64>) -> Seen {
        let now = Instant::now();
        let mut guard = self.state.lock();
        let state = &mut *guard;
        let was_late = now - state.beaten > self.beat * SILENT_BEATS / 2;
        let is_doubtful = state.settled != state.doubts || was_late;
        if is_doubtful {
            state.living.excuse(now.into_std());
        }
        // Beats that do not follow on one another: Redis forgot, or the others took this node for dead.
        let is_doubtful = state.beat > 0 && (is_doubtful || beat != state.beat + 1);
        (state.beat, state.beaten) = (beat, now);
        state.doubts += u64::from(is_doubtful);
        let others = beats.iter().filter(|(node, _)| **node != self.me);
        let others = others.map(|(node, beat)| (*node, *beat)).collect();
        let died = state.living.see(&others, now.into_std());
        state.leftovers.extend(&died);
        Seen { is_doubtful, died }
    }

    async fn clean(&self, bus: &Bus) {
        let next = self.state.lock().leftovers.iter().next().copied();
        let Some(node) = next else { return };
        let is_dead = self.state.lock().living.is_dead(node);
        if !is_dead || self.delete(bus, node).await.is_ok() {
            self.state.lock().leftovers.remove(&node);
        }
    }

    /// Deletes all that a node has; last its beat, by which it would notice, were it alive after all.
    async fn delete(&self, bus: &Bus, node: NodeId) -> Result<(), BusError> {
        self.delete_keys(bus, node).await?;
        let mut command = cmd("HDEL");
        command.arg(key(bus, "nodes")).arg(node.to_string());
        bus.run(&command, PATIENCE).await
    }

    async fn delete_keys(&self, bus: &Bus, node: NodeId) -> Result<(), BusError> {
        let all = Self::keys_of(bus, node);
        loop {
            let mut command = cmd("SRANDMEMBER");
            command.arg(&all).arg(TOGETHER);
            let keys: Vec<String> = bus.run(&command, PATIENCE).await?;
            if keys.is_empty() {
                return Ok(());
            }
            let mut commands = pipe();
            for key in &keys {
                commands.cmd("DEL").arg(key).ignore();
            }
            commands.cmd("SREM").arg(&all).arg(&keys).ignore();
            bus.run_all::<()>(&commands, PATIENCE).await?;
        }
    }
}

/// A key of everything that has to do with presence. On a Redis Cluster they all share one slot, so that
/// what belongs together is written in one transaction.
pub(super) fn key(bus: &Bus, name: &str) -> String {
    bus.key(&format!("{{presence}}:{name}"))
}

fn parsed(beats: &HashMap<String, u64>) -> HashMap<NodeId, u64> {
    let nodes = beats.iter().filter_map(|(node, beat)| Some((node.parse().ok()?, *beat)));
    nodes.collect()
}
