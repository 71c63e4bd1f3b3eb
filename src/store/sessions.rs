//! Support episodes.

use sqlx::{FromRow, query, query_as};

use super::conversations::{StateRow, state_of_session};
use super::row::{Source, to_json};
use super::{StoreError, Tx};
use crate::domain::{
    ConversationId, ConversationState, OrganizationId, Session, SessionId, Tags, Timestamp, UserId,
};

#[derive(FromRow)]
pub(super) struct SessionRow {
    #[sqlx(rename = "session_id")]
    pub(super) id: String,
    #[sqlx(rename = "session_conversation_id")]
    pub(super) conversation_id: String,
    #[sqlx(rename = "session_status")]
    pub(super) status: String,
    #[sqlx(rename = "session_assigned_agent_id")]
    pub(super) assigned_agent_id: Option<String>,
    #[sqlx(rename = "session_tags")]
    pub(super) tags: String,
    #[sqlx(rename = "session_first_message_at")]
    pub(super) first_message_at: Option<i64>,
    #[sqlx(rename = "session_assigned_at")]
    pub(super) assigned_at: Option<i64>,
    #[sqlx(rename = "session_resolved_at")]
    pub(super) resolved_at: Option<i64>,
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let source = Source { table: "sessions", id: &row.id };
        let agent = row.assigned_agent_id.as_deref();
        Ok(Self {
            id: source.parse("id", &row.id)?,
            conversation_id: source.parse("conversation_id", &row.conversation_id)?,
            status: source.parse("status", &row.status)?,
            assigned_agent_id: source.parse_optional("assigned_agent_id", agent)?,
            tags: source.json("tags", &row.tags)?,
            first_message_at: row.first_message_at.map(Timestamp::from_micros),
            assigned_at: row.assigned_at.map(Timestamp::from_micros),
            resolved_at: row.resolved_at.map(Timestamp::from_micros),
        })
    }
}

/// The query of sessions of the conversation `$1`, with the rest of its text.
macro_rules! sessions_sql {
    ($rest:literal) => {
        concat!(
            "select id as session_id, conversation_id as session_conversation_id, ",
            "status as session_status, assigned_agent_id as session_assigned_agent_id, ",
            "tags as session_tags, first_message_at as session_first_message_at, ",
            "assigned_at as session_assigned_at, resolved_at as session_resolved_at ",
            "from sessions where conversation_id = $1 ",
            $rest
        )
    };
}

impl Tx {
    /// The open session of a conversation.
    pub async fn lookup_open_session(
        &mut self,
        conversation: ConversationId,
    ) -> Result<Option<Session>, StoreError> {
        let query = query_as::<_, SessionRow>(sessions_sql!("and status = 'open'"));
        let row = self.fetch_optional(query.bind(conversation.to_string())).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// The newest session of a conversation, open or over.
    pub async fn lookup_newest_session(
        &mut self,
        conversation: ConversationId,
    ) -> Result<Option<Session>, StoreError> {
        let query =
            query_as::<_, SessionRow>(sessions_sql!("order by created_at desc, id desc limit 1"));
        let row = self.fetch_optional(query.bind(conversation.to_string())).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Makes a session what it is to be, if it is still as `before` says; tells whether it was.
    pub async fn change_session(
        &mut self,
        before: &Session,
        after: &Session,
    ) -> Result<bool, StoreError> {
        let statement = query(
            "update sessions set status = $1, assigned_agent_id = $2, assigned_at = $3, tags = $4, \
             resolved_at = $5 where id = $6 and status = $7 and tags = $8 \
             and assigned_agent_id is not distinct from $9",
        );
        let statement = statement
            .bind(after.status.as_str())
            .bind(after.assigned_agent_id.map(|id| id.to_string()))
            .bind(after.assigned_at.map(Timestamp::micros))
            .bind(to_json(&after.tags))
            .bind(after.resolved_at.map(Timestamp::micros))
            .bind(after.id.to_string())
            .bind(before.status.as_str())
            .bind(to_json(&before.tags))
            .bind(before.assigned_agent_id.map(|id| id.to_string()));
        Ok(self.execute(statement).await? == 1)
    }

    /// A new session. A second open one in a conversation is a `Conflict`.
    pub async fn insert_session(
        &mut self,
        organization: OrganizationId,
        session: &Session,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into sessions (id, organization_id, conversation_id, status, assigned_agent_id, \
             tags, first_message_at, assigned_at, resolved_at, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        );
        let statement = statement
            .bind(session.id.to_string())
            .bind(organization.to_string())
            .bind(session.conversation_id.to_string())
            .bind(session.status.as_str())
            .bind(session.assigned_agent_id.map(|id| id.to_string()))
            .bind(to_json(&session.tags))
            .bind(session.first_message_at.map(Timestamp::micros))
            .bind(session.assigned_at.map(Timestamp::micros))
            .bind(session.resolved_at.map(Timestamp::micros))
            .bind(now.micros());
        self.execute(statement).await.map(drop)
    }

    /// Gives an open session to an agent if nobody has it. Gives how the conversation stands if it did.
    pub async fn claim_session(
        &mut self,
        id: SessionId,
        agent: UserId,
        now: Timestamp,
    ) -> Result<Option<ConversationState>, StoreError> {
        let query = query_as::<_, StateRow>(concat!(
            "update sessions set assigned_agent_id = $1, assigned_at = $2 \
             where id = $3 and status = 'open' and assigned_agent_id is null ",
            state_of_session!()
        ));
        let query = query.bind(agent.to_string()).bind(now.micros()).bind(id.to_string());
        self.returning(query).await?.map(TryInto::try_into).transpose()
    }

    /// Ends a session if it is open; tells whether it was.
    pub async fn resolve_session(
        &mut self,
        id: SessionId,
        tags: &Tags,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let statement = query(
            "update sessions set status = 'resolved', tags = $1, resolved_at = $2 \
             where id = $3 and status = 'open'",
        );
        let statement = statement.bind(to_json(tags)).bind(now.micros()).bind(id.to_string());
        Ok(self.execute(statement).await? == 1)
    }

    /// Replaces the tags of a session if it is open. Gives how the conversation stands if it was.
    pub async fn set_session_tags(
        &mut self,
        id: SessionId,
        tags: &Tags,
    ) -> Result<Option<ConversationState>, StoreError> {
        let query = query_as::<_, StateRow>(concat!(
            "update sessions set tags = $1 where id = $2 and status = 'open' ",
            state_of_session!()
        ));
        let row = self.returning(query.bind(to_json(tags)).bind(id.to_string())).await?;
        row.map(TryInto::try_into).transpose()
    }
}
