//! What cache channels remember, kept in Redis for nodes that did not hear it.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use redis::{cmd, pipe};
use switchboard_protocol::pusher::ChannelName;
use switchboard_rooms::{Bus, BusError};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::app_channels::AppChannels;
use crate::realtime::bulletin::{Bulletin, SharedFrame};
use crate::realtime::interests::PATIENCE;
use crate::realtime::topic::ChannelKey;

/// Most channels of which something waits to be written. The events of others are then remembered by those
/// nodes alone that heard them.
const WAITING_MAX: usize = 10_000;
/// Most that is written together.
const TOGETHER: usize = 100;
/// The wait before another attempt.
const RETRY: Duration = Duration::from_millis(250);

/// The last event of each channel, on its way to Redis.
#[derive(Default)]
pub(super) struct Memory {
    waiting: Mutex<HashMap<ChannelKey, Kept>>,
    filled: Notify,
}

/// What is to be kept of a channel.
#[derive(Clone)]
struct Kept {
    bytes: Bytes,
    ttl_ms: u64,
}

impl Memory {
    /// The last event of a channel, as other nodes are told of it. It never waits.
    pub(super) fn put(&self, key: &ChannelKey, bytes: Bytes, ttl_ms: u64) {
        let mut waiting = self.waiting.lock();
        if waiting.len() < WAITING_MAX || waiting.contains_key(key) {
            // Redis knows no event that is forgotten at once.
            waiting.insert(key.clone(), Kept { bytes, ttl_ms: ttl_ms.max(1) });
            self.filled.notify_one();
        }
    }

    /// Writes what waits, for ever. While Redis is away it waits on, the last event of each channel.
    pub(super) async fn run(&self, bus: &Bus) {
        loop {
            let batch = self.take();
            if batch.is_empty() {
                self.filled.notified().await;
            } else if write(bus, &batch).await.is_err() {
                self.put_back(batch);
                sleep(RETRY).await;
            }
        }
    }

    fn take(&self) -> Vec<(ChannelKey, Kept)> {
        let mut waiting = self.waiting.lock();
        let keys: Vec<_> = waiting.keys().take(TOGETHER).cloned().collect();
        keys.into_iter().filter_map(|key| waiting.remove_entry(&key)).collect()
    }

    /// Unless there was a newer event meanwhile.
    fn put_back(&self, batch: Vec<(ChannelKey, Kept)>) {
        let mut waiting = self.waiting.lock();
        for (key, kept) in batch {
            waiting.entry(key).or_insert(kept);
        }
    }
}

async fn write(bus: &Bus, batch: &[(ChannelKey, Kept)]) -> Result<(), BusError> {
    let mut commands = pipe();
    for (key, Kept { bytes, ttl_ms }) in batch {
        let place = place(bus, key);
        commands.cmd("SET").arg(place).arg(&bytes[..]).arg("PX").arg(*ttl_ms).ignore();
    }
    bus.run_all(&commands, PATIENCE).await
}

/// The last event of a channel, and how long it is remembered yet.
async fn read(bus: &Bus, key: &ChannelKey) -> Option<(SharedFrame, Duration)> {
    let (mut get, mut left) = (cmd("GET"), cmd("PTTL"));
    get.arg(place(bus, key));
    left.arg(place(bus, key));
    let asked =
        tokio::join!(bus.run::<Option<Vec<u8>>>(&get, PATIENCE), bus.run::<i64>(&left, PATIENCE),);
    let (Ok(Some(bytes)), Ok(left_ms)) = asked else { return None };
    let Ok(Bulletin::Frame(frame)) = Bulletin::decode(&bytes.into()) else { return None };
    Some((frame, Duration::from_millis(u64::try_from(left_ms).ok()?)))
}

fn place(bus: &Bus, key: &ChannelKey) -> String {
    bus.key(&format!("cache:{}", key.shared_name()))
}

impl AppChannels {
    /// Looks what a cache channel remembers on other nodes: this one may not have heard it. Where Redis is
    /// away it is left at what this node has heard.
    pub(super) async fn recollect(&self, name: &ChannelName) {
        let Some(company) = self.shared.hub.company() else { return };
        let Some((shared, left)) = read(company.bus(), &self.key(name)).await else { return };
        if let Some(remember) = &shared.terms.remember {
            self.state.lock().cache.take_over(name, &remember.0, shared.frame(), left);
        }
    }
}
