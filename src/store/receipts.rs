//! Who has read what.

use std::collections::HashMap;

use sqlx::{FromRow, query, query_as};

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

impl Tx {
    /// Whether this is a public message of the conversation that `reader` has not read yet.
    pub async fn is_unread(
        &mut self,
        message: MessageId,
        conversation: ConversationId,
        reader: &str,
    ) -> Result<bool, StoreError> {
        let query = query_as(
            "select m.seq from messages m where m.id = $1 and m.conversation_id = $2 \
             and m.visibility = 'public' \
             and not exists (select 1 from receipts r where r.message_id = m.id and r.reader = $3)",
        );
        let query = query.bind(message.to_string()).bind(conversation.to_string()).bind(reader);
        let row: Option<(i64,)> = self.fetch_optional(query).await?;
        Ok(row.is_some())
    }

    /// `reader` has read a message; the first time is the one that is kept.
    pub async fn insert_receipt(
        &mut self,
        message: MessageId,
        reader: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into receipts (message_id, reader, read_at) values ($1, $2, $3) \
             on conflict (message_id, reader) do nothing",
        );
        let statement = statement.bind(message.to_string()).bind(reader).bind(now.micros());
        self.execute(statement).await.map(drop)
    }
}
