//! What the realtime layer keeps, and reads back, so that nothing is missed.

use serde_json::Value;

use crate::domain::{Event, NodeId, OrganizationId, Position, RealtimeSession, Room, Timestamp};

use super::{ServiceError, Services};

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
        let _ = session;
        unimplemented!()
    }

    /// The connection behind `pid`; `None` when it was never there or is forgotten.
    pub async fn load_realtime_session(
        &self,
        pid: &str,
    ) -> Result<Option<RealtimeSession>, ServiceError> {
        let _ = pid;
        unimplemented!()
    }

    /// The connection behind `pid` was lost at `at`.
    pub async fn mark_disconnected(&self, pid: &str, at: Timestamp) -> Result<(), ServiceError> {
        let _ = (pid, at);
        unimplemented!()
    }

    /// Forgets the connection behind `pid`: its client said goodbye.
    pub async fn forget_realtime_session(&self, pid: &str) -> Result<(), ServiceError> {
        let _ = pid;
        unimplemented!()
    }

    /// This node is alive; to be said every few seconds.
    pub async fn touch_node(&self, node_id: NodeId) -> Result<(), ServiceError> {
        let _ = node_id;
        unimplemented!()
    }

    /// Deletes what has had its time: logins, connections, nodes, events beyond the kept span.
    pub async fn sweep(&self) -> Result<(), ServiceError> {
        unimplemented!()
    }

    /// The events after `position`, in order, at most `limit`; messages in full, notes included
    /// (who hears them is the audience's matter).
    pub async fn events_after(
        &self,
        organization_id: OrganizationId,
        position: Position,
        limit: u32,
    ) -> Result<Vec<Event>, ServiceError> {
        let _ = (organization_id, position, limit);
        unimplemented!()
    }

    /// The oldest position that [`Services::events_after`] can still give; one beyond the newest when
    /// none is kept. A client whose offset is below this minus one has missed something.
    pub async fn events_floor(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Position, ServiceError> {
        let _ = organization_id;
        unimplemented!()
    }

    /// The newest position of the organization's log; 0 before its first event.
    pub async fn position(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Position, ServiceError> {
        let _ = organization_id;
        unimplemented!()
    }
}
