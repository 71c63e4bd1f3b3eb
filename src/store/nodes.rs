//! Running servers.

use sqlx::query;

use super::{StoreError, Tx};
use crate::domain::{NodeId, Timestamp};

impl Tx {
    /// A node is alive.
    pub async fn touch_node(&mut self, id: NodeId, now: Timestamp) -> Result<(), StoreError> {
        let statement = query(
            "insert into nodes (id, started_at, seen_at) values ($1, $2, $2) \
             on conflict (id) do update set seen_at = excluded.seen_at",
        );
        self.execute(statement.bind(id.to_string()).bind(now.micros())).await.map(drop)
    }

    /// Forgets a node.
    pub async fn delete_node(&mut self, id: NodeId) -> Result<(), StoreError> {
        self.execute(query("delete from nodes where id = $1").bind(id.to_string())).await.map(drop)
    }

    /// Forgets nodes not seen since `before`.
    pub async fn delete_nodes(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(query("delete from nodes where seen_at < $1").bind(before.micros())).await
    }
}
