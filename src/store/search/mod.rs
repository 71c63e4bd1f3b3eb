//! Finding conversations by their words.
//!
//! A message keeps its words in a column. What a word is, the domain decides; the engines are given words and compare bytes,
//! so that both find the same.
//!
//! Once a conversation has come to rest, a *document* is written for it: all its words, those of its visitor's name and
//! address, its status and its channel. An index of the engine's own kind says which documents have a word: a full-text
//! table on SQLite, which is in the order in which conversations are listed, so that a page is read off its end; a GIN index
//! on Postgres, which names all at once, to be sorted by a narrow table.
//!
//! A document holds as long as its conversation is what it was then: the row says as what it was indexed, and everything that
//! changes it makes the two differ. Conversations whose document does not hold are few, have an index of their own, and are
//! looked through. So a search is exact whenever it is asked, and a message costs no more than its row.
//!
//! What would be too much to look through is put into *digests*, the words of many messages at once.

mod document;
mod find;
mod index;
mod read;
mod sql;
mod terms;

pub use index::IndexLimits;
pub(super) use terms::kept;
