//! A Redis Cluster of three primaries.

use std::time::Duration;

use redis::Value;

use super::redis::Redis;

/// The slots of each primary.
const SHARES: [(u16, u16); 3] = [(0, 5460), (5461, 10_922), (10_923, 16_383)];

/// Three primaries that know each other.
pub(crate) struct Cluster {
    pub(crate) primaries: [Redis; 3],
    /// Whether channels have a primary each, as from Redis 7 on.
    pub(crate) divides_channels: bool,
}

impl Cluster {
    /// Starts one; `None` where there is no `redis-server`.
    pub(crate) async fn start() -> Option<Self> {
        let [Some(a), Some(b), Some(c)] = [(); 3].map(|()| primary()) else { return None };
        let divides_channels = a.says(&["INFO"]).await.contains("pubsubshard_channels");
        let cluster = Self { primaries: [a, b, c], divides_channels };
        let first = &cluster.primaries[0];
        for (primary, (from, to)) in cluster.primaries.iter().zip(SHARES) {
            let slots: Vec<_> = (from..=to).map(|slot| slot.to_string()).collect();
            let words = ["CLUSTER", "ADDSLOTS"].into_iter().chain(slots.iter().map(String::as_str));
            primary.ask(&words.collect::<Vec<_>>()).await;
            let port = primary.address().port().to_string();
            first.ask(&["CLUSTER", "MEET", "127.0.0.1", &port]).await;
        }
        cluster.is_complete().await;
        Some(cluster)
    }

    pub(crate) fn url(&self) -> String {
        self.primaries[0].url()
    }

    /// Waits until every primary says that all slots are served.
    pub(crate) async fn is_complete(&self) {
        for primary in &self.primaries {
            while !primary.says(&["CLUSTER", "INFO"]).await.contains("cluster_state:ok") {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// Gives a slot to another primary, as an operator would: nothing is kept in it.
    pub(crate) async fn give(&self, slot: u16, to: usize) {
        let id = self.primaries[to].says(&["CLUSTER", "MYID"]).await;
        let slot = slot.to_string();
        let words = ["CLUSTER", "SETSLOT", &slot, "NODE", &id];
        self.primaries[to].ask(&words).await;
        for primary in &self.primaries {
            primary.ask(&words).await;
        }
    }

    /// The slot of a name, and the place of the primary in charge at the beginning.
    pub(crate) async fn slot(&self, name: &str) -> (u16, usize) {
        let slot = self.primaries[0].ask(&["CLUSTER", "KEYSLOT", name]).await;
        let Value::Int(slot) = slot else { panic!("a slot is a number: {slot:?}") };
        let slot = u16::try_from(slot).expect("a slot is small");
        let primary = SHARES.iter().position(|(from, to)| (*from..=*to).contains(&slot));
        (slot, primary.expect("every slot is served"))
    }
}

fn primary() -> Option<Redis> {
    Redis::start_with(&["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"])
}
