//! Who has read what.

use std::collections::HashMap;

use sqlx::{FromRow, query_as};

use super::row::Source;
use super::{Store, StoreError, Tx};
use crate::domain::{ConversationId, MessageId, Receipt, Seq, Timestamp};

#[derive(FromRow)]
struct ReceiptRow {
    message_id: String,
    reader: String,
    read_at: i64,
}

impl Store {
    /// The receipts of the messages from `first` to `last` of a conversation, earliest first, by the
    /// text of the message's id.
    pub async fn list_receipts(
        &self,
        conversation: ConversationId,
        first: Seq,
        last: Seq,
    ) -> Result<HashMap<String, Vec<Receipt>>, StoreError> {
        let query = query_as::<_, ReceiptRow>(
            "select r.message_id, r.reader, r.read_at \
             from messages m join receipts r on r.message_id = m.id \
             where m.conversation_id = $1 and m.seq between $2 and $3 order by r.read_at, r.reader",
        );
        let query = query.bind(conversation.to_string()).bind(first).bind(last);
        let mut receipts: HashMap<String, Vec<Receipt>> = HashMap::new();
        for row in self.fetch_all(query).await? {
            let read_at = Timestamp::from_micros(row.read_at);
            receipts
                .entry(row.message_id)
                .or_default()
                .push(Receipt { reader: row.reader, read_at });
        }
        Ok(receipts)
    }
}

/// How many messages one statement marks.
const CHUNK: usize = 20;

impl Tx {
    /// `reader` has read these messages; returns those it had not read before, with their places. What is
    /// no public message of the conversation is passed over.
    pub async fn insert_receipts(
        &mut self,
        conversation: ConversationId,
        reader: &str,
        messages: &[MessageId],
        now: Timestamp,
    ) -> Result<HashMap<MessageId, Seq>, StoreError> {
        let mut inserted = HashMap::new();
        for chunk in messages.chunks(CHUNK) {
            let mut query = query_as(
                "insert into receipts (message_id, reader, read_at) \
                 select m.id, $2, $3 from messages m \
                 where m.conversation_id = $1 and m.visibility = 'public' and m.id in ( \
                 $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, \
                 $14, $15, $16, $17, $18, $19, $20, $21, $22, $23) \
                 on conflict (message_id, reader) do nothing returning message_id, \
                 (select m.seq from messages m where m.id = receipts.message_id) as seq",
            );
            query = query.bind(conversation.to_string()).bind(reader).bind(now.micros());
            // A shorter chunk names its last message again until the places are full.
            for place in 0..CHUNK {
                query = query.bind(chunk[place.min(chunk.len() - 1)].to_string());
            }
            let rows: Vec<(String, i64)> = self.returning_all(query).await?;
            for (id, seq) in rows {
                let source = Source { table: "receipts", id: &id };
                inserted.insert(source.parse("message_id", &id)?, seq);
            }
        }
        Ok(inserted)
    }
}
