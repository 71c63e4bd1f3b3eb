//! What the realtime layer keeps, and reads back, so that nothing is missed.

use serde_json::Value;

use super::idempotency::KEPT_MS as ANSWERS_KEPT_MS;
use super::listening::GRANTS_KEPT_MS;
use super::webhooks::LOG_KEPT_MS;
use super::{ServiceError, Services};
use crate::domain::secrets::TokenHash;
use crate::domain::{NodeId, OrganizationId, RealtimeSession, Room, Timestamp};
use crate::store::{Done, KeptRealtimeSession};

/// What to keep of a connection.
#[derive(Clone, Debug)]
pub struct SaveRealtimeSession {
    /// The secret by which the client takes it up again; only its hash is kept.
    pub pid: String,
    /// The public id of the connection.
    pub connection_ref: String,
    /// The organization in whose log the client's offset is.
    pub organization_id: Option<OrganizationId>,
    /// Who the client is.
    pub actor: Value,
    /// The rooms it is in.
    pub rooms: Vec<Room>,
    /// The node that has it.
    pub node_id: NodeId,
}

impl Services {
    /// Keeps a connection as it stands now: new, or changed, or up again.
    ///
    /// # Errors
    /// `Internal` alone, here and below.
    pub async fn save_realtime_session(
        &self,
        session: SaveRealtimeSession,
    ) -> Result<(), ServiceError> {
        let (now, pid) = (self.now(), TokenHash::of(&session.pid));
        let kept = KeptRealtimeSession {
            connection_ref: session.connection_ref,
            organization_id: session.organization_id,
            actor: session.actor,
            rooms: session.rooms,
            node_id: session.node_id,
        };
        self.commit(None, move |tx| {
            let (pid, kept) = (pid.clone(), kept.clone());
            Box::pin(async move {
                tx.upsert_realtime_session(&pid, &kept, now).await?;
                Ok(Done::quietly(()))
            })
        })
        .await
    }

    /// The connection behind `pid`; `None` when it was never there or is forgotten.
    pub async fn load_realtime_session(
        &self,
        pid: &str,
    ) -> Result<Option<RealtimeSession>, ServiceError> {
        let alive_since = self.now().plus_ms(-self.inner.limits.node_silence_ms);
        Ok(self.store().lookup_realtime_session(&TokenHash::of(pid), alive_since).await?)
    }

    /// The connection behind `pid` was lost at `at` by `node_id`; if another node has taken it up
    /// meanwhile, it is up.
    pub async fn mark_disconnected(
        &self,
        pid: &str,
        node_id: NodeId,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let pid = TokenHash::of(pid);
        self.commit(None, move |tx| {
            let pid = pid.clone();
            Box::pin(async move {
                tx.mark_disconnected(&pid, node_id, at).await?;
                Ok(Done::quietly(()))
            })
        })
        .await
    }

    /// Forgets the connection behind `pid`: its client said goodbye.
    pub async fn forget_realtime_session(&self, pid: &str) -> Result<(), ServiceError> {
        let pid = TokenHash::of(pid);
        self.commit(None, move |tx| {
            let pid = pid.clone();
            Box::pin(async move {
                tx.delete_realtime_session(&pid).await?;
                Ok(Done::quietly(()))
            })
        })
        .await
    }

    /// This node is alive; to be said every few seconds.
    pub async fn touch_node(&self, node_id: NodeId) -> Result<(), ServiceError> {
        let now = self.now();
        self.commit(None, move |tx| {
            Box::pin(async move {
                tx.touch_node(node_id, now).await?;
                Ok(Done::quietly(()))
            })
        })
        .await
    }

    /// Deletes what has had its time: logins, connections, nodes, grants, answers, events beyond the kept span.
    pub async fn sweep(&self) -> Result<(), ServiceError> {
        let (now, limits) = (self.now(), self.inner.limits);
        self.commit(None, move |tx| {
            Box::pin(async move {
                tx.delete_ended_logins(now).await?;
                tx.delete_lost_realtime_sessions(now.plus_ms(-limits.recovery_ms)).await?;
                // A node is remembered for as long as its connections may be asked for.
                let nodes_before = -limits.recovery_ms - limits.node_silence_ms;
                tx.delete_nodes(now.plus_ms(nodes_before)).await?;
                tx.delete_channel_grants(now.plus_ms(-GRANTS_KEPT_MS)).await?;
                tx.delete_idempotency_keys(now.plus_ms(-ANSWERS_KEPT_MS)).await?;
                tx.delete_events(now.plus_ms(-limits.event_log_ms)).await?;
                tx.delete_old_webhook_log(now.plus_ms(-LOG_KEPT_MS)).await?;
                Ok(Done::quietly(()))
            })
        })
        .await
    }
}
