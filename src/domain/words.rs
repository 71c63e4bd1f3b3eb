//! The words of a text, as search compares them.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation as _;

/// Most characters of a word; the rest of a longer one is not looked at. Postgres keeps no word of more
/// than 2,046 bytes.
const CHARS_MAX: usize = 64;

/// The words of a text: each once, in the order of their bytes, made of letters and digits alone.
///
/// Case and marks on letters do not count (`Café` and `CAFE` are one word, `ﬁ` is `fi`). Everything that is neither letter
/// nor digit parts words, so that `ann@example.com` is three of them. Scripts that put no blanks between words are
/// taken apart as Unicode's rules for words have it (UAX #29), which is a character at a time for most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(BTreeSet<String>);

impl Words {
    /// The words of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(in_order(text).collect())
    }

    /// The words, in the order of their bytes.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<S: Into<String>> FromIterator<S> for Words {
    fn from_iter<I: IntoIterator<Item = S>>(words: I) -> Self {
        Self(words.into_iter().map(Into::into).collect())
    }
}

/// The words of a text, in the text's order.
pub(super) fn in_order(text: &str) -> impl Iterator<Item = String> {
    let words: Vec<String> = if text.is_ascii() { ascii(text) } else { folded(text) };
    words.into_iter()
}

fn folded(text: &str) -> Vec<String> {
    fold(text)
        .split(|character: char| !character.is_alphanumeric())
        .flat_map(|run| run.unicode_words())
        .map(|word| word.chars().take(CHARS_MAX).collect())
        .collect()
}

/// The same for plain text, which has neither marks nor letters that belong together: without Unicode's tables, in the
/// way of every message.
fn ascii(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word[..word.len().min(CHARS_MAX)].to_ascii_lowercase())
        .collect()
}

/// Letters without their marks and case. Upper case first, because two letters that differ may have one capital (`σ`
/// and `ς`), and one letter two (`ß`).
fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        in_order(text).collect()
    }

    #[test]
    fn case_and_marks_do_not_count() {
        assert_eq!(words("Café CAFE café cafe\u{301}"), ["cafe"; 4]);
        assert_eq!(words("Straße STRASSE"), ["strasse"; 2]);
        assert_eq!(words("ΟΔΟΣ οδός"), ["οδοσ"; 2]);
        assert_eq!(words("ﬁn İstanbul Ⅷ"), ["fin", "istanbul", "viii"]);
        assert_eq!(words("Ёлка Й"), ["елка", "и"]);
    }

    #[test]
    fn what_is_neither_letter_nor_digit_parts_words() {
        assert_eq!(words(" ann.lee@example.com, #42!"), ["ann", "lee", "example", "com", "42"]);
        assert_eq!(
            words("don't_stop\n\u{200b}it's 3.14"),
            ["don", "t", "stop", "it", "s", "3", "14"]
        );
        assert_eq!(words("?! \u{1f600} … %_'\"*"), Vec::<String>::new());
    }

    #[test]
    fn scripts_without_blanks_are_taken_apart() {
        assert_eq!(words("你好,abc"), ["你", "好", "abc"]);
        assert_eq!(words("カタカナ"), ["カタカナ"]);
    }

    #[test]
    fn a_text_has_each_of_its_words_once() {
        let words = Words::of("b a B c a");
        assert_eq!(words.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert!(Words::of("…").is_empty());
    }

    #[test]
    fn of_a_long_word_the_beginning_counts() {
        assert_eq!(words(&"é".repeat(500)), ["e".repeat(CHARS_MAX)]);
    }

    proptest! {
        #[test]
        fn a_plain_text_has_the_words_it_has_by_the_rules_for_all(text in "[ -~\n]{0,200}") {
            prop_assert_eq!(ascii(&text), folded(&text));
        }

        #[test]
        fn words_are_their_own_words(text in any::<String>()) {
            for word in words(&text) {
                prop_assert!(!word.is_empty() && word.chars().all(char::is_alphanumeric), "{word:?}");
                prop_assert!(words(&word).concat() == word, "{word:?}");
            }
        }
    }
}
