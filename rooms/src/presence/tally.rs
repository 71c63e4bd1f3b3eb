//! Counts of each node, summed up over all: subscribers of channels, connections of applications.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use redis::pipe;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::nodes::{Lives, Nodes, PATIENCE, key};
use super::statement::NodeId;
use crate::bus::{Bus, BusError};

/// How often changed counts are written, and followed sums read.
const LOOK: Duration = Duration::from_millis(500);
/// Most counts that are written together.
const TOGETHER: usize = 1000;

/// Sets of counts: what each node has, written to Redis when it changes, and read over the nodes that live.
///
/// It is right within about a second, and never in the way of a connection that comes or goes. The
/// subscribers of an application's channels are a set; so are the connections of all applications.
pub struct Tally {
    kind: &'static str,
    nodes: Arc<Nodes>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What this node has, by set and item; never zero.
    here: HashMap<Arc<str>, HashMap<Arc<str>, u64>>,
    /// What is not written yet.
    unwritten: HashSet<(Arc<str>, Arc<str>)>,
    /// What the others have together of the sets that are followed.
    elsewhere: HashMap<Arc<str>, HashMap<String, u64>>,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Tally {
    /// Counts of the name `kind`, unlike that of every other tally.
    #[must_use]
    pub fn new(kind: &'static str, nodes: Arc<Nodes>) -> Arc<Self> {
        Arc::new(Self { kind, nodes, state: Mutex::default() })
    }

    /// How many this node has of an item, of which zero is none.
    pub fn set(&self, set: &Arc<str>, item: &Arc<str>, count: u64) {
        let mut state = self.state.lock();
        let items = state.here.entry(Arc::clone(set)).or_default();
        if count == 0 {
            items.remove(item);
        } else {
            items.insert(Arc::clone(item), count);
        }
        if items.is_empty() {
            state.here.remove(set);
        }
        state.unwritten.insert((Arc::clone(set), Arc::clone(item)));
    }

    /// From now on the set's sums are kept at hand, for [`sum`](Self::sum).
    pub fn follow(&self, set: &Arc<str>) {
        let mut state = self.state.lock();
        if !state.elsewhere.contains_key(set) {
            state.elsewhere.insert(Arc::clone(set), HashMap::new());
        }
    }

    /// The opposite of [`follow`](Self::follow).
    pub fn unfollow(&self, set: &str) {
        self.state.lock().elsewhere.remove(set);
    }

    /// How many all nodes have of an item of a followed set, as last read; asks nobody.
    pub fn sum(&self, set: &str, item: &str) -> u64 {
        let state = self.state.lock();
        let here = state.here.get(set).and_then(|items| items.get(item));
        let elsewhere = state.elsewhere.get(set).and_then(|items| items.get(item));
        here.copied().unwrap_or_default() + elsewhere.copied().unwrap_or_default()
    }

    /// How many all nodes have of each item of the set.
    ///
    /// # Errors
    /// When Redis is away: then [`here`](Self::here) is all that is known.
    pub async fn sums(&self, bus: &Bus, set: &str) -> Result<HashMap<String, u64>, BusError> {
        let mut sums = self.read(bus, set).await?;
        for (item, count) in self.here(set) {
            *sums.entry(item).or_default() += count;
        }
        Ok(sums)
    }

    /// How many all nodes have of some items of the set, in their order. Where Redis is away, how many this
    /// node has.
    pub async fn counts(&self, bus: &Bus, set: &str, items: &[&str]) -> Vec<u64> {
        let elsewhere = self.read_items(bus, set, items).await.unwrap_or_default();
        let state = self.state.lock();
        let here = |item: &str| state.here.get(set)?.get(item).copied();
        let mut counts: Vec<_> = items.iter().map(|it| here(it).unwrap_or_default()).collect();
        for of_node in elsewhere {
            for (count, elsewhere) in counts.iter_mut().zip(of_node) {
                *count += elsewhere.unwrap_or_default();
            }
        }
        counts
    }

    /// How many this node has of each item of the set.
    pub fn here(&self, set: &str) -> HashMap<String, u64> {
        let state = self.state.lock();
        let items = state.here.get(set).into_iter().flatten();
        items.map(|(item, count)| (item.to_string(), *count)).collect()
    }

    /// Writes and reads until `stop`. `changed` is told the sets and items of which the others have more or
    /// fewer than before, of those that are followed; it must not wait.
    pub async fn run(
        &self,
        bus: &Bus,
        changed: &(dyn Fn(&str, &str) + Send + Sync),
        stop: CancellationToken,
    ) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = looks.tick() => {}
            }
            while bus.is_up() && self.nodes.is_settled() && self.write(bus).await {}
            self.refresh(bus, changed).await;
        }
    }

    /// Writes some counts. Says whether there may be more that can be written.
    async fn write(&self, bus: &Bus) -> bool {
        let counts = self.take_unwritten();
        if counts.is_empty() {
            return false;
        }
        let keys = Nodes::keys_of(bus, self.nodes.me);
        let mut commands = pipe();
        for (set, item, count) in &counts {
            let own = self.key(bus, set, self.nodes.me);
            if *count == 0 {
                commands.cmd("HDEL").arg(&own).arg(&**item).ignore();
            } else {
                commands.cmd("SADD").arg(&keys).arg(&own).ignore();
                commands.cmd("HSET").arg(&own).arg(&**item).arg(*count).ignore();
            }
        }
        let is_written = bus.run_all::<()>(&commands, PATIENCE).await.is_ok();
        if !is_written {
            let again = counts.into_iter().map(|(set, item, _)| (set, item));
            self.state.lock().unwritten.extend(again);
        }
        is_written
    }

    fn take_unwritten(&self) -> Vec<(Arc<str>, Arc<str>, u64)> {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        let keys: Vec<_> = state.unwritten.iter().take(TOGETHER).cloned().collect();
        let counts = keys.into_iter().map(|key| {
            state.unwritten.remove(&key);
            let (set, item) = key;
            let count = state.here.get(&set).and_then(|items| items.get(&item)).copied();
            (set, item, count.unwrap_or_default())
        });
        counts.collect()
    }

    /// Reads what the others have of the followed sets. Where Redis is away they have what they had.
    async fn refresh(&self, bus: &Bus, changed: &(dyn Fn(&str, &str) + Send + Sync)) {
        let followed: Vec<_> = self.state.lock().elsewhere.keys().cloned().collect();
        for set in followed {
            let Ok(sums) = self.read(bus, &set).await else { continue };
            for item in self.replace(&set, sums) {
                changed(&set, &item);
            }
        }
    }

    /// What the others have of a set is this from now on. Gives the items of which that is news.
    fn replace(&self, set: &str, sums: HashMap<String, u64>) -> Vec<String> {
        let mut state = self.state.lock();
        let Some(known) = state.elsewhere.get_mut(set) else { return Vec::new() };
        let before = std::mem::replace(known, sums);
        let is_news = |item: &&String| before.get(*item) != known.get(*item);
        let gone = before.keys().filter(|item| !known.contains_key(*item));
        known.keys().filter(is_news).chain(gone).cloned().collect()
    }

    /// What the others have together.
    async fn read(&self, bus: &Bus, set: &str) -> Result<HashMap<String, u64>, BusError> {
        let nodes = self.nodes.others(bus).await?;
        if nodes.is_empty() {
            return Ok(HashMap::new());
        }
        let mut commands = pipe();
        for node in nodes {
            commands.cmd("HGETALL").arg(self.key(bus, set, node));
        }
        let counts: Vec<HashMap<String, u64>> = bus.run_all(&commands, PATIENCE).await?;
        let mut sums = HashMap::new();
        for (item, count) in counts.into_iter().flatten() {
            *sums.entry(item).or_default() += count;
        }
        Ok(sums)
    }

    /// What each of the others has of the items.
    async fn read_items(
        &self,
        bus: &Bus,
        set: &str,
        items: &[&str],
    ) -> Result<Vec<Vec<Option<u64>>>, BusError> {
        let nodes = self.nodes.others(bus).await?;
        if nodes.is_empty() || items.is_empty() {
            return Ok(Vec::new());
        }
        let mut commands = pipe();
        for node in nodes {
            commands.cmd("HMGET").arg(self.key(bus, set, node)).arg(items);
        }
        bus.run_all(&commands, PATIENCE).await
    }

    fn key(&self, bus: &Bus, set: &str, node: NodeId) -> String {
        key(bus, &format!("tally:{}:{set}:{node}", self.kind))
    }
}

impl Lives for Tally {
    /// Who is dead is not asked any more.
    fn died(&self, _node: NodeId) {}

    fn restate(&self) {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        for (set, items) in &state.here {
            let keys = items.keys().map(|item| (Arc::clone(set), Arc::clone(item)));
            state.unwritten.extend(keys);
        }
    }
}
