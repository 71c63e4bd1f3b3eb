//! Reading the words of what was written before there was search.

use sqlx::{FromRow, query, query_as};

use super::kept;
use crate::domain::Words;
use crate::store::open::Engine;
use crate::store::row::to_json;
use crate::store::{Store, StoreError};

/// How many rows are read in one transaction.
const ROWS: i64 = 2_000;

/// Texts that have been kept without their words.
struct Table {
    name: &'static str,
    unread: &'static str,
    /// Takes `[[id, words], …]`, as JSON.
    note: fn(Engine) -> &'static str,
}

const MESSAGES: Table = Table {
    name: "messages",
    unread: "select id, content as text from messages where words is null limit $1",
    note: |engine| match engine {
        Engine::Sqlite => {
            "update messages set words = given.value ->> 1 from json_each($1) as given \
             where messages.id = given.value ->> 0 and words is null"
        }
        Engine::Postgres => {
            "update messages set words = given.value ->> 1 \
             from json_array_elements($1::json) as given (value) \
             where messages.id = given.value ->> 0 and words is null"
        }
    },
};

const CONTACTS: Table = Table {
    name: "contacts",
    unread: "select id, coalesce(name, '') || ' ' || coalesce(email, '') as text from contacts \
             where words is null limit $1",
    note: |engine| match engine {
        Engine::Sqlite => {
            "update contacts set words = given.value ->> 1 from json_each($1) as given \
             where contacts.id = given.value ->> 0 and words is null"
        }
        Engine::Postgres => {
            "update contacts set words = given.value ->> 1 \
             from json_array_elements($1::json) as given (value) \
             where contacts.id = given.value ->> 0 and words is null"
        }
    },
};

#[derive(FromRow)]
struct TextRow {
    id: String,
    text: String,
}

impl Store {
    /// Reads the words of messages and contacts that were kept without. What is interrupted goes on the next time.
    pub(in crate::store) async fn read_old_words(&self) -> Result<(), StoreError> {
        for table in [MESSAGES, CONTACTS] {
            let mut read = 0;
            loop {
                let rows = self.read_some_words(&table).await?;
                if rows == 0 {
                    break;
                }
                read += rows;
                tracing::info!(table = table.name, rows = read, "made searchable");
            }
        }
        Ok(())
    }

    async fn read_some_words(&self, table: &Table) -> Result<usize, StoreError> {
        let rows = self.fetch_all(query_as::<_, TextRow>(table.unread).bind(ROWS)).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let read: Vec<_> = rows.iter().map(|row| (&row.id, kept(&Words::of(&row.text)))).collect();
        let mut tx = self.begin().await?;
        tx.execute(query((table.note)(self.engine())).bind(to_json(&read))).await?;
        tx.commit().await?;
        Ok(rows.len())
    }
}
