//! Keeping the index: documents are written for conversations that have come to rest.
//!
//! Who writes a document holds the conversation and its visitor, so that neither changes under it; on Postgres nobody waits
//! for a conversation that somebody else holds, it is left for the next time.

use sqlx::{FromRow, query, query_as};

use super::document::{Document, Vocabulary, forget_sql, write_sql};
use super::sql::unindexed_sql;
use super::terms::{channel_mark, status_mark};
use crate::domain::{ChannelId, ConversationStatus, Timestamp};
use crate::store::open::Engine;
use crate::store::row::{Source, to_json};
use crate::store::{Store, StoreError, Tx};

/// So many messages of a conversation share a digest.
const DIGEST_MESSAGES: i64 = 256;
/// With more messages than these that are in no digest, a conversation gets one, even if it has not come to rest.
const UNDIGESTED_MAX: i64 = 512;
/// Most digests that are written for a conversation at once.
const DIGESTS_AT_ONCE: i64 = 16;

/// How much is done in one transaction.
#[derive(Clone, Copy, Debug)]
pub struct IndexLimits {
    /// Most conversations.
    pub conversations: i64,
    /// About so many messages are read for them; at least what one conversation needs for its next digest or document.
    pub messages: i64,
}

/// When a database is brought up to date, nobody waits for anything else.
const EVERYTHING: IndexLimits = IndexLimits { conversations: 500, messages: i64::MAX };

#[derive(FromRow)]
struct UnindexedRow {
    id: String,
    organization_id: String,
    channel_id: String,
    status: String,
    seq: i64,
    updated_at: i64,
    digested_seq: i64,
    contact_words: Option<String>,
}

impl UnindexedRow {
    /// How many messages there are to read for it.
    fn messages(&self) -> i64 {
        (self.seq - self.digested_seq).max(1)
    }

    /// The words that stand for what can be asked for beside words.
    fn marks(&self) -> Result<String, StoreError> {
        let source = Source { table: "conversations", id: &self.id };
        let status: ConversationStatus = source.parse("status", &self.status)?;
        let channel: ChannelId = source.parse("channel_id", &self.channel_id)?;
        Ok(format!(".{} .{} ", status_mark(status), channel_mark(channel)))
    }
}

/// The conversations for which something is to be done, as `$columns`: until `$1` they came to rest, or more than `$2` of
/// their messages are in no digest. One that was too large for a document waits for nothing as long as it rests.
macro_rules! waiting_sql {
    ($columns:literal, $conversations:literal, $end:literal) => {
        concat!(
            "select ", $columns, " from ", $conversations, " join contacts k on k.id = c.contact_id where ",
            unindexed_sql!("c"),
            " and (c.indexed_at is null or c.indexed_at <> c.updated_at or c.indexed_seq is not null) ",
            "and (c.updated_at <= $1 or c.seq - c.digested_seq > $2) limit $3",
            $end
        )
    };
}

/// The same for both engines: how a query of `waiting_sql` begins, and how it ends.
macro_rules! waiting_for_sql {
    ($engine:expr, $columns:literal, $lock:literal) => {
        match $engine {
            Engine::Sqlite => {
                waiting_sql!($columns, "conversations c indexed by conversations_unindexed", "")
            }
            Engine::Postgres => waiting_sql!($columns, "conversations c", $lock),
        }
    };
}

/// How many of these conversations have at most so many messages together; at least one.
fn within(messages: i64, rows: &[UnindexedRow]) -> usize {
    let mut left = messages;
    let fit = rows.iter().take_while(|row| {
        left = left.saturating_sub(row.messages());
        left >= 0
    });
    fit.count().max(1)
}

/// Takes the ids of conversations, as JSON. Without a document, a conversation stays one that is looked through.
fn note_sql(engine: Engine) -> &'static str {
    macro_rules! note {
        ($ids:literal) => {
            concat!(
                "update conversations set indexed_at = updated_at, indexed_status = status, ",
                "indexed_seq = (select conversations.seq from conversation_documents d ",
                "where d.conversation_id = conversations.id) where id in (",
                $ids,
                ")"
            )
        };
    }
    match engine {
        Engine::Sqlite => note!("select value from json_each($1)"),
        Engine::Postgres => note!("select json_array_elements_text($1::json)"),
    }
}

impl Store {
    /// Whether [`Tx::index_conversations`] would find anything to do.
    pub async fn has_unindexed(&self, settled: Timestamp) -> Result<bool, StoreError> {
        let query = query_as(waiting_for_sql!(self.engine(), "1", ""));
        let query = query.bind(settled.micros()).bind(UNDIGESTED_MAX).bind(1_i64);
        let found: Option<(i64,)> = self.fetch_optional(query).await?;
        Ok(found.is_some())
    }

    /// Writes the documents of all conversations that have none which holds. What is interrupted goes on the next time.
    pub(in crate::store) async fn index_all(&self) -> Result<(), StoreError> {
        let (end_of_time, mut all) = (Timestamp::from_micros(i64::MAX), 0);
        loop {
            let mut tx = self.begin().await?;
            let written = tx.index_conversations(end_of_time, EVERYTHING).await?;
            tx.commit().await?;
            if written > 0 {
                all += written;
                tracing::info!(conversations = all, "made searchable");
            }
            // Others go on writing meanwhile, so it need not ever be nothing.
            if i64::try_from(written).is_ok_and(|written| written < EVERYTHING.conversations) {
                return Ok(());
            }
        }
    }
}

impl Tx {
    /// Writes the documents of conversations in which nothing has happened since `settled`, and digests of those that have
    /// become long. Gives how many conversations there were to do something for, up to `limits`.
    pub async fn index_conversations(
        &mut self,
        settled: Timestamp,
        limits: IndexLimits,
    ) -> Result<usize, StoreError> {
        let query = query_as::<_, UnindexedRow>(waiting_for_sql!(
            self.engine(),
            "c.id, c.organization_id, c.channel_id, c.status, c.seq, c.updated_at, c.digested_seq, \
             k.words as contact_words",
            " for no key update of c skip locked for share of k skip locked"
        ));
        let query = query.bind(settled.micros()).bind(UNDIGESTED_MAX).bind(limits.conversations);
        let mut rows = self.fetch_all(query).await?;
        let found = rows.len();
        rows.truncate(within(limits.messages, &rows));
        let digests = (limits.messages / DIGEST_MESSAGES).clamp(1, DIGESTS_AT_ONCE);
        for row in &mut rows {
            self.digest(row, digests).await?;
        }
        rows.retain(|row| {
            row.updated_at <= settled.micros() && row.seq - row.digested_seq <= UNDIGESTED_MAX
        });
        self.write_documents(&rows).await?;
        Ok(found)
    }

    /// Digests what has become too much to be read each time, in at most `max` digests.
    async fn digest(&mut self, row: &mut UnindexedRow, max: i64) -> Result<(), StoreError> {
        let mut written = 0;
        while row.seq - row.digested_seq > UNDIGESTED_MAX && written < max {
            let mut vocabulary = Vocabulary::default();
            vocabulary.add(&self.words_after(row, DIGEST_MESSAGES).await?);
            row.digested_seq += DIGEST_MESSAGES;
            let statement = query(
                "insert into conversation_digests (conversation_id, seq, words) values ($1, $2, $3)",
            );
            let statement = statement.bind(row.id.as_str()).bind(row.digested_seq);
            self.execute(statement.bind(vocabulary.kept())).await?;
            written += 1;
        }
        if written == 0 {
            return Ok(());
        }
        let statement = query("update conversations set digested_seq = $1 where id = $2");
        self.execute(statement.bind(row.digested_seq).bind(row.id.as_str())).await.map(drop)
    }

    /// Replaces the documents of conversations. The old ones of those that are too large go.
    async fn write_documents(&mut self, rows: &[UnindexedRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut documents = Vec::with_capacity(rows.len());
        for row in rows {
            documents.extend(self.document(row).await?);
        }
        let ids = to_json(&rows.iter().map(|row| &row.id).collect::<Vec<_>>());
        for sql in forget_sql(self.engine()) {
            self.execute(query(*sql).bind(ids.as_str())).await?;
        }
        let documents = to_json(&documents);
        for sql in write_sql(self.engine()) {
            self.execute(query(*sql).bind(documents.as_str())).await?;
        }
        self.execute(query(note_sql(self.engine())).bind(ids)).await.map(drop)
    }

    /// The document of a conversation; `None` when it would be too large.
    async fn document(&mut self, row: &UnindexedRow) -> Result<Option<Document>, StoreError> {
        let mut vocabulary = Vocabulary::default();
        vocabulary.add(&row.marks()?);
        vocabulary.add(row.contact_words.as_deref().unwrap_or_default());
        vocabulary.add(&self.words_after(row, UNDIGESTED_MAX).await?);
        let mut seq = 0;
        while !vocabulary.is_too_large() {
            let Some((end, words)) = self.digest_after(row, seq).await? else {
                let (id, organization_id) = (row.id.clone(), row.organization_id.clone());
                let words = vocabulary.kept();
                return Ok(Some(Document(id, organization_id, row.updated_at, words)));
            };
            vocabulary.add(&words);
            seq = end;
        }
        Ok(None)
    }

    /// The words of the messages that follow the last digest, as one text: whoever waits for rows is woken with each of them.
    async fn words_after(&mut self, row: &UnindexedRow, limit: i64) -> Result<String, StoreError> {
        let query = query_as(
            "select string_agg(words, '') from (select words from messages \
             where conversation_id = $1 and seq > $2 and words is not null \
             order by seq limit $3) as newest",
        );
        let query = query.bind(row.id.as_str()).bind(row.digested_seq).bind(limit);
        let words: Option<(Option<String>,)> = self.fetch_optional(query).await?;
        Ok(words.and_then(|(words,)| words).unwrap_or_default())
    }

    /// The digest that follows the one which ends with `seq`, with its end.
    async fn digest_after(
        &mut self,
        row: &UnindexedRow,
        seq: i64,
    ) -> Result<Option<(i64, String)>, StoreError> {
        if seq == row.digested_seq {
            return Ok(None);
        }
        let query = query_as(
            "select seq, words from conversation_digests where conversation_id = $1 and seq > $2 \
             order by seq limit 1",
        );
        self.fetch_optional(query.bind(row.id.as_str()).bind(seq)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(messages: i64) -> UnindexedRow {
        UnindexedRow {
            id: String::new(),
            organization_id: String::new(),
            channel_id: String::new(),
            status: String::new(),
            seq: 1_000 + messages,
            updated_at: 0,
            digested_seq: 1_000,
            contact_words: None,
        }
    }

    #[test]
    fn as_many_conversations_are_indexed_at_once_as_have_few_messages() {
        assert_eq!(within(512, &[row(300), row(200), row(100)]), 2);
        assert_eq!(within(512, &[row(0), row(1), row(2)]), 3);
        assert_eq!(within(512, &[row(1_000_000), row(1)]), 1);
        assert_eq!(within(i64::MAX, &[row(1_000_000), row(1_000_000)]), 2);
    }
}
