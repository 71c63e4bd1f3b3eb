//! Changing a conversation as programs do: several things in one statement.

use sqlx::{FromRow, query_as};

use super::state::{StateRow, state_of_conversation};
use crate::domain::{
    ConversationId, ConversationState, ConversationStatus, Metadata, Session, Timestamp,
};
use crate::store::row::{Source, to_json};
use crate::store::{StoreError, Tx};

/// A conversation as it is before a change.
#[derive(Clone, Debug)]
pub struct Unchanged {
    /// Where it stands.
    pub status: ConversationStatus,
    /// Until when it sleeps.
    pub snoozed_until: Option<Timestamp>,
    /// What programs keep beside it.
    pub metadata: Metadata,
    /// Its newest session; `None` for one that never had any.
    pub session: Option<Session>,
    /// Its metadata in the very text in which they are kept.
    metadata_text: String,
}

/// What a change does to the number of a conversation's messages that wait to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// None waits any longer.
    Read,
    /// At least one waits.
    Unread,
}

/// What a conversation is to be.
#[derive(Clone, Debug)]
pub struct Changed<'a> {
    /// Where it is to stand.
    pub status: ConversationStatus,
    /// Until when it is to sleep.
    pub snoozed_until: Option<Timestamp>,
    /// What programs are to keep beside it.
    pub metadata: &'a Metadata,
    /// What becomes of its unread messages; `None` leaves them.
    pub mark: Option<Mark>,
    /// When it was active last; `None` leaves that as it is.
    pub active_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct UnchangedRow {
    status: String,
    snoozed_until: Option<i64>,
    metadata: String,
}

impl Tx {
    /// A conversation as it is now, with its newest session.
    pub async fn lookup_unchanged(
        &mut self,
        id: ConversationId,
    ) -> Result<Option<Unchanged>, StoreError> {
        let text = id.to_string();
        let query = query_as::<_, UnchangedRow>(
            "select status, snoozed_until, metadata from conversations where id = $1",
        );
        let Some(row) = self.fetch_optional(query.bind(text.as_str())).await? else {
            return Ok(None);
        };
        let source = Source { table: "conversations", id: &text };
        Ok(Some(Unchanged {
            status: source.parse("status", &row.status)?,
            snoozed_until: row.snoozed_until.map(Timestamp::from_micros),
            metadata: source.json("metadata", &row.metadata)?,
            session: self.lookup_newest_session(id).await?,
            metadata_text: row.metadata,
        }))
    }

    /// Changes a conversation that is still as `before` says. Gives how it stands then; `None` when
    /// someone else was faster.
    pub async fn change_conversation(
        &mut self,
        id: ConversationId,
        before: &Unchanged,
        changed: &Changed<'_>,
    ) -> Result<Option<ConversationState>, StoreError> {
        let (kept, least) = match changed.mark {
            None => (1_i64, 0_i64),
            Some(Mark::Read) => (0, 0),
            Some(Mark::Unread) => (1, 1),
        };
        let query = query_as::<_, StateRow>(concat!(
            "update conversations set status = $1, snoozed_until = $2, metadata = $3, \
             unread = case when unread * $4 < $5 then $5 else unread * $4 end, \
             updated_at = coalesce($6, updated_at) \
             where id = $7 and status = $8 and metadata = $9 ",
            state_of_conversation!()
        ));
        let query = query
            .bind(changed.status.as_str())
            .bind(changed.snoozed_until.map(Timestamp::micros))
            .bind(to_json(changed.metadata))
            .bind(kept)
            .bind(least)
            .bind(changed.active_at.map(Timestamp::micros))
            .bind(id.to_string())
            .bind(before.status.as_str())
            .bind(before.metadata_text.as_str());
        self.returning(query).await?.map(TryInto::try_into).transpose()
    }
}
