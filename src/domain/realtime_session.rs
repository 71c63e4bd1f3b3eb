//! What is kept of a connection so that it can be taken up again, on any node.

use serde_json::Value;

use super::{NodeId, OrganizationId, Room, Timestamp};

/// A realtime connection as another node can take it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealtimeSession {
    /// The public id of the connection (Socket.IO `sid`), given again when it is taken up.
    pub connection_ref: String,
    /// The organization in whose log the client's offset is; `None` before it joined any room.
    pub organization_id: Option<OrganizationId>,
    /// Who the client is, as the realtime layer wrote it down.
    pub actor: Value,
    /// The rooms it was in.
    pub rooms: Vec<Room>,
    /// The node that has or had the connection.
    pub node_id: NodeId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was lost. A connection of a node that died was lost when that node was last seen;
    /// `None` while it is up.
    pub disconnected_at: Option<Timestamp>,
}
