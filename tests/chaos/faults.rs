//! How each fault is done to a cluster, and put right again.

use std::time::Duration;

use tokio::time::sleep;

use super::plan::{Fault, Kind};
use crate::support::{Cluster, PostgresServer};

/// How long a node may take to let its clients go and end.
const STOPPED: Duration = Duration::from_secs(30);

/// Everything that can be broken.
pub(super) struct Faults {
    pub(super) cluster: Cluster,
    pub(super) postgres: PostgresServer,
}

impl Faults {
    /// Breaks something, waits, and puts it right. No node is restarted that was not ended.
    pub(super) async fn perform(&self, fault: &Fault) {
        match fault.kind {
            Kind::NodeKilled(node) => {
                self.cluster[node].kill9().await;
                sleep(fault.lasts).await;
                self.cluster[node].restart().await;
            }
            Kind::NodeStopped(node) => {
                let status = self.cluster[node].terminate(STOPPED).await;
                assert!(status.success(), "node {node} ended with {status}");
                sleep(fault.lasts).await;
                self.cluster[node].restart().await;
            }
            Kind::RedisRestarted => self.cluster.redis.restart().await,
            Kind::RedisStopped => {
                self.cluster.redis.stop().await;
                sleep(fault.lasts).await;
                self.cluster.redis.begin().await;
            }
            Kind::PostgresRestarted => self.postgres.restart().await,
            Kind::CutFromRedis(node) => {
                self.cluster[node].redis.cut();
                sleep(fault.lasts).await;
                self.cluster[node].redis.restore();
            }
            Kind::SilentToRedis(node) => {
                self.cluster[node].redis.black_hole();
                sleep(fault.lasts).await;
                self.cluster[node].redis.restore();
            }
            Kind::CutFromPostgres(node) => {
                self.cluster[node].postgres.cut();
                sleep(fault.lasts).await;
                self.cluster[node].postgres.restore();
            }
        }
    }

    /// Every node lives, and none was restarted but by a fault.
    pub(super) async fn assert_alive(&self) {
        for (number, node) in self.cluster.nodes().iter().enumerate() {
            assert!(node.is_alive().await, "node {number} has ended by itself; see its log");
        }
    }
}
