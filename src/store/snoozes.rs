//! Conversations that sleep until a given time. The column is the timer: whoever looks finds them,
//! however long nobody did.

use sqlx::query_as;

use super::conversations::{StateRow, state_of_conversation};
use super::row::Source;
use super::{Store, StoreError, Tx};
use crate::domain::{ConversationId, ConversationState, OrganizationId, Timestamp};

impl Store {
    /// The conversations that have slept long enough, those that should have woken first at first.
    pub async fn list_due_snoozes(
        &self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<(OrganizationId, ConversationId)>, StoreError> {
        let query = query_as::<_, (String, String)>(
            "select organization_id, id from conversations \
             where snoozed_until is not null and snoozed_until <= $1 and status = 'snoozed' \
             order by snoozed_until, id limit $2",
        );
        let rows = self.fetch_all(query.bind(now.micros()).bind(limit)).await?;
        let read = |(organization, id): (String, String)| {
            let source = Source { table: "conversations", id: &id };
            Ok((source.parse("organization_id", &organization)?, source.parse("id", &id)?))
        };
        rows.into_iter().map(read).collect()
    }

    /// When the next conversation wakes, or should have woken.
    pub async fn next_snooze_end(&self) -> Result<Option<Timestamp>, StoreError> {
        let query = query_as::<_, (Option<i64>,)>(
            "select min(snoozed_until) from conversations \
             where snoozed_until is not null and status = 'snoozed'",
        );
        let row = self.fetch_optional(query).await?;
        Ok(row.and_then(|(until,)| until).map(Timestamp::from_micros))
    }
}

impl Tx {
    /// Opens a conversation if it has slept long enough. Gives how it stands if it had: of those who
    /// wake it at once, one is told.
    pub async fn wake_conversation(
        &mut self,
        id: ConversationId,
        now: Timestamp,
    ) -> Result<Option<ConversationState>, StoreError> {
        let query = query_as::<_, StateRow>(concat!(
            "update conversations set status = 'open', snoozed_until = null, updated_at = $1 \
             where id = $2 and status = 'snoozed' and snoozed_until <= $1 ",
            state_of_conversation!()
        ));
        let row = self.returning(query.bind(now.micros()).bind(id.to_string())).await?;
        row.map(TryInto::try_into).transpose()
    }
}
