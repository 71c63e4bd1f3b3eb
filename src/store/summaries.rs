//! Summaries of conversations.

use sqlx::{FromRow, query, query_as};

use super::row::{Source, to_json};
use super::{Store, StoreError, Tx};
use crate::domain::{ConversationId, Summary, Timestamp};

#[derive(FromRow)]
struct SummaryRow {
    conversation_id: String,
    bullets: String,
    model: String,
    seq: i64,
    generated_at: i64,
}

impl TryFrom<SummaryRow> for Summary {
    type Error = StoreError;

    fn try_from(row: SummaryRow) -> Result<Self, StoreError> {
        let source = Source { table: "summaries", id: &row.conversation_id };
        Ok(Self {
            conversation_id: source.parse("conversation_id", &row.conversation_id)?,
            bullets: source.json("bullets", &row.bullets)?,
            model: row.model,
            seq: row.seq,
            generated_at: Timestamp::from_micros(row.generated_at),
        })
    }
}

impl Store {
    /// The summary of a conversation, if one was written.
    pub async fn lookup_summary(&self, id: ConversationId) -> Result<Option<Summary>, StoreError> {
        let query = query_as::<_, SummaryRow>(
            "select conversation_id, bullets, model, seq, generated_at from summaries \
             where conversation_id = $1",
        );
        self.fetch_optional(query.bind(id.to_string())).await?.map(TryInto::try_into).transpose()
    }
}

impl Tx {
    /// Keeps a summary in the place of an earlier one. One that knows more messages stays: a model that
    /// took its time must not undo what another has written meanwhile.
    pub async fn put_summary(&mut self, summary: &Summary) -> Result<(), StoreError> {
        let statement = query(
            "insert into summaries (conversation_id, bullets, model, seq, generated_at) \
             values ($1, $2, $3, $4, $5) on conflict (conversation_id) do update set \
             bullets = excluded.bullets, model = excluded.model, seq = excluded.seq, \
             generated_at = excluded.generated_at where excluded.seq >= summaries.seq",
        );
        let statement = statement
            .bind(summary.conversation_id.to_string())
            .bind(to_json(&summary.bullets))
            .bind(summary.model.as_str())
            .bind(summary.seq)
            .bind(summary.generated_at.micros());
        self.execute(statement).await.map(drop)
    }
}
