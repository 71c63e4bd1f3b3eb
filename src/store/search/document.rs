//! What is known of a conversation, as the index has it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::terms::read_back;

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
