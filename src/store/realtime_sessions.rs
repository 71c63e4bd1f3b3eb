//! Connections that can be taken up again.

use serde_json::Value;
use sqlx::{FromRow, query, query_as};

use super::row::{Source, to_json};
use super::{Store, StoreError, Tx};
use crate::domain::secrets::TokenHash;
use crate::domain::{NodeId, OrganizationId, RealtimeSession, Room, Timestamp};

/// What is kept of a connection while it is up.
#[derive(Clone, Debug)]
pub struct KeptRealtimeSession {
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

#[derive(FromRow)]
struct SessionRow {
    connection_ref: String,
    organization_id: Option<String>,
    actor: String,
    rooms: String,
    node_id: String,
    created_at: i64,
    disconnected_at: Option<i64>,
    seen_at: Option<i64>,
}

impl SessionRow {
    /// `alive_since`: a node seen before that is dead, and its connections were lost when it was.
    fn into_domain(self, id: &str, alive_since: Timestamp) -> Result<RealtimeSession, StoreError> {
        let source = Source { table: "realtime_sessions", id };
        let died_at = self.seen_at.filter(|&seen_at| seen_at < alive_since.micros());
        let never_seen = self.seen_at.is_none().then_some(self.created_at);
        Ok(RealtimeSession {
            organization_id: source
                .parse_optional("organization_id", self.organization_id.as_deref())?,
            actor: source.json("actor", &self.actor)?,
            rooms: source.json("rooms", &self.rooms)?,
            node_id: source.parse("node_id", &self.node_id)?,
            connection_ref: self.connection_ref,
            created_at: Timestamp::from_micros(self.created_at),
            disconnected_at: self
                .disconnected_at
                .or(died_at)
                .or(never_seen)
                .map(Timestamp::from_micros),
        })
    }
}

impl Store {
    /// The connection behind a secret. One whose node was not seen since `alive_since` counts as lost
    /// when that node was last seen.
    pub async fn lookup_realtime_session(
        &self,
        pid: &TokenHash,
        alive_since: Timestamp,
    ) -> Result<Option<RealtimeSession>, StoreError> {
        let query = query_as::<_, SessionRow>(
            "select s.connection_ref, s.organization_id, s.actor, s.rooms, s.node_id, s.created_at, \
             s.disconnected_at, n.seen_at \
             from realtime_sessions s left join nodes n on n.id = s.node_id where s.pid_hash = $1",
        );
        let row = self.fetch_optional(query.bind(pid.as_str())).await?;
        row.map(|row| row.into_domain(pid.as_str(), alive_since)).transpose()
    }
}

impl Tx {
    /// Keeps a connection as it stands: new, changed, or up again.
    pub async fn upsert_realtime_session(
        &mut self,
        pid: &TokenHash,
        session: &KeptRealtimeSession,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into realtime_sessions \
             (pid_hash, connection_ref, organization_id, actor, rooms, node_id, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7) \
             on conflict (pid_hash) do update set connection_ref = excluded.connection_ref, \
             organization_id = excluded.organization_id, actor = excluded.actor, \
             rooms = excluded.rooms, node_id = excluded.node_id, disconnected_at = null",
        );
        let statement = statement
            .bind(pid.as_str())
            .bind(session.connection_ref.as_str())
            .bind(session.organization_id.map(|id| id.to_string()))
            .bind(to_json(&session.actor))
            .bind(to_json(&session.rooms))
            .bind(session.node_id.to_string())
            .bind(now.micros());
        self.execute(statement).await.map(drop)
    }

    /// A connection was lost. One that was taken up by another node meanwhile is not touched.
    pub async fn mark_disconnected(
        &mut self,
        pid: &TokenHash,
        node_id: NodeId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "update realtime_sessions set disconnected_at = $1 where pid_hash = $2 and node_id = $3",
        );
        let statement = statement.bind(at.micros()).bind(pid.as_str()).bind(node_id.to_string());
        self.execute(statement).await.map(drop)
    }

    /// Forgets a connection.
    pub async fn delete_realtime_session(&mut self, pid: &TokenHash) -> Result<(), StoreError> {
        let statement = query("delete from realtime_sessions where pid_hash = $1");
        self.execute(statement.bind(pid.as_str())).await.map(drop)
    }

    /// Forgets connections that were lost before `before`, by themselves or with their node.
    pub async fn delete_lost_realtime_sessions(
        &mut self,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let statement = query(
            "delete from realtime_sessions where disconnected_at < $1 or (disconnected_at is null \
             and created_at < $1 \
             and node_id not in (select id from nodes where seen_at >= $1))",
        );
        self.execute(statement.bind(before.micros())).await
    }
}
