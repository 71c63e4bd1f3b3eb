//! What is searched for.

use super::words::in_order;
use super::{Invalid, Words};

/// Most characters of what is searched for.
const CHARS_MAX: usize = 128;
/// With fewer characters, the last word is a word: nearly every message has a word that begins so.
const BEGINNING_CHARS_MIN: usize = 2;

/// What is searched for: whoever types is taken at their word up to the last one, which may be the beginning
/// of one. A conversation must have all of them, anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    words: Words,
    beginning: Option<String>,
}

impl Search {
    /// Reads what somebody typed; blanks search for nothing, which is `None`. Nothing else is a mistake but its length:
    /// signs mean nothing.
    ///
    /// # Errors
    /// Longer than 128 characters.
    pub fn new(field: &str, text: &str) -> Result<Option<Self>, Invalid> {
        if text.chars().count() > CHARS_MAX {
            return Err(Invalid::new(field, format!("must have at most {CHARS_MAX} characters")));
        }
        if text.trim().is_empty() {
            return Ok(None);
        }
        let mut words: Vec<_> = in_order(text).collect();
        let beginning = words.pop_if(|last| last.chars().count() >= BEGINNING_CHARS_MIN);
        Ok(Some(Self { words: words.into_iter().collect(), beginning }))
    }

    /// The words that a conversation must have.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// What one of its words must begin with.
    #[must_use]
    pub fn beginning(&self) -> Option<&str> {
        self.beginning.as_deref()
    }

    /// Whether there is no word in it, as in `?!`. Nothing is found so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.beginning.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(text: &str) -> Search {
        Search::new("q", text).unwrap().unwrap()
    }

    fn parts(text: &str) -> (String, Option<String>) {
        let search = search(text);
        let words: Vec<_> = search.words().iter().collect();
        (words.join(" "), search.beginning().map(str::to_owned))
    }

    #[test]
    fn the_last_word_may_be_the_beginning_of_one() {
        assert_eq!(parts("Where is my ord"), ("is my where".to_owned(), Some("ord".to_owned())));
        assert_eq!(parts("Zoë"), (String::new(), Some("zoe".to_owned())));
        assert_eq!(parts("plan b"), ("b plan".to_owned(), None));
    }

    #[test]
    fn signs_mean_nothing() {
        assert_eq!(search("\"refund\" AND (-order*)"), search("refund and order"));
        assert!(search("?!\0").is_empty());
        assert!(!search("a").is_empty());
    }

    #[test]
    fn blanks_search_for_nothing() {
        assert_eq!(Search::new("q", " \t"), Ok(None));
    }

    #[test]
    fn it_has_at_most_128_characters() {
        assert!(Search::new("q", &"é".repeat(128)).is_ok());
        assert!(Search::new("q", &"é".repeat(129)).is_err());
    }
}
