//! Finding conversations by their words.
//!
//! A message keeps its words in a column, and an index of the engine's own kind says which messages have a
//! word: a full-text table on SQLite, a GIN index on Postgres. What a word is, the domain decides; the engines
//! are given words and compare bytes, so that both find the same.
//!
//! The index answers at once for words that few messages have. What it cannot do is sort: for a word that half of
//! all messages have, it would name half of all conversations, to show the newest 25. But such a word is soon
//! found by looking through the newest conversations one by one. So that is done first, up to a limit: a higher one when
//! the page is well filled by then, unless the index has so few hits that to gather them is quicker. The index is asked when the page is not full after that, which means that there are
//! not so many, or not any longer.

mod find;
mod read;
mod terms;

pub(super) use terms::kept;
