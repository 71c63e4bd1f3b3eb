//! What is known of a conversation, as the index has it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::terms::read_back;
use crate::store::open::Engine;

/// How much the words of a document may come to, with what stands in front of each. Postgres takes a mebibyte at most.
const BYTES_MAX: usize = 512 * 1024;
/// What stands in front of a word: the id of the organization.
const FRONT_BYTES: usize = 36;

/// Words that are gathered from what is kept.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// Each with its full stop.
    words: BTreeSet<String>,
    bytes: usize,
}

/// A document as the statement that writes it takes it: its conversation, whose that is, when it was active, and the words.
#[derive(Debug, Serialize)]
pub(super) struct Document(pub(super) String, pub(super) String, pub(super) i64, pub(super) String);

impl Vocabulary {
    /// Adds the words of a column `words`.
    pub(super) fn add(&mut self, kept: &str) {
        for word in read_back(kept) {
            if !self.words.contains(word) {
                self.bytes += word.len() + FRONT_BYTES;
                self.words.insert(word.to_owned());
            }
        }
    }

    /// Whether these are more words than one document may have.
    pub(super) fn is_too_large(&self) -> bool {
        self.bytes > BYTES_MAX
    }

    /// The words as a column `words` has them.
    pub(super) fn kept(&self) -> String {
        self.words.iter().flat_map(|word| [word, " "]).collect()
    }
}

/// Deletes documents. Takes the ids of their conversations, as JSON.
pub(super) fn forget_sql(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Sqlite => &[
            "delete from conversation_search where rowid in (select d.number from conversation_documents d \
             where d.conversation_id in (select value from json_each($1)))",
            "delete from conversation_documents \
             where conversation_id in (select value from json_each($1))",
        ],
        Engine::Postgres => &["delete from conversation_documents \
             where conversation_id in (select json_array_elements_text($1::json))"],
    }
}

/// Writes documents. Takes them as JSON. SQLite's index is written in its order: otherwise it begins anew with each document.
pub(super) fn write_sql(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Sqlite => &[
            "insert into conversation_documents (number, conversation_id) \
             select begin + coalesce((select max(d.number) + 1 - begin from conversation_documents d \
             where d.number between begin and begin + 2097151), 0) \
             + row_number() over (partition by begin) - 1, id \
             from (select value ->> 0 as id, ((value ->> 2) / 1000) << 21 as begin from json_each($1))",
            "insert into conversation_search (rowid, words) \
             select d.number, replace(given.value ->> 3, '.', (given.value ->> 1) || '.') \
             from json_each($1) as given \
             join conversation_documents d on d.conversation_id = given.value ->> 0 order by d.number",
        ],
        Engine::Postgres => {
            &["insert into conversation_documents (conversation_id, updated_at, words) \
             select value ->> 0, (value ->> 2)::bigint, replace(value ->> 3, '.', (value ->> 1) || '.') \
             from json_array_elements($1::json)"]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_once() {
        let mut vocabulary = Vocabulary::default();
        vocabulary.add(".hello .world ");
        vocabulary.add(".again .hello ");
        vocabulary.add("");
        assert_eq!(vocabulary.kept(), ".again .hello .world ");
    }

    #[test]
    fn more_than_a_document_may_have_is_too_large() {
        let mut vocabulary = Vocabulary::default();
        let many = BYTES_MAX / (FRONT_BYTES + 7);
        for number in 0..many {
            vocabulary.add(&format!(".{number:06} "));
        }
        assert!(!vocabulary.is_too_large());
        for number in 0..many {
            vocabulary.add(&format!(".{number:06} "));
        }
        assert!(!vocabulary.is_too_large());
        vocabulary.add(".one .more ");
        assert!(vocabulary.is_too_large());
    }
}
