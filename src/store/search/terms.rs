//! How words are kept, and what is asked of them.

use crate::domain::{OrganizationId, Search, Words};
use crate::store::open::Engine;

/// The column `words`: each word as `.word `, in the order of their bytes. The full stop shows where a word begins and
/// the blank where it ends; neither is ever part of one.
pub(in crate::store) fn kept(words: &Words) -> String {
    words.iter().flat_map(|word| [".", word, " "]).collect()
}

/// What `words` must be like to have all the words: they are asked for in the order in which they are kept.
pub(super) fn words_pattern(search: &Search) -> String {
    search.words().iter().map(|word| format!("%.{word} ")).chain(["%".to_owned()]).collect()
}

/// What `words` must be like to have a word that begins so.
pub(super) fn beginning_pattern(search: &Search) -> String {
    search.beginning().map_or_else(|| "%".to_owned(), |beginning| format!("%.{beginning}%"))
}

/// The question to the index, as the engine's language has it: there, each word has its organization in front. Words are
/// letters and digits, so there is nothing in them to escape.
pub(super) fn index_query(engine: Engine, organization: OrganizationId, search: &Search) -> String {
    let (quote, and, beginning_mark) = match engine {
        Engine::Sqlite => ('"', " AND ", "*"),
        Engine::Postgres => ('\'', " & ", ":*"),
    };
    let term = |word: &str| format!("{quote}{organization}.{word}{quote}");
    let words = search.words().iter().map(term);
    let beginning = search.beginning().map(|it| term(it) + beginning_mark);
    words.chain(beginning).collect::<Vec<_>>().join(and)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn search(text: &str) -> Search {
        Search::new("q", text).unwrap().unwrap()
    }

    #[test]
    fn words_are_kept_between_marks_and_in_order() {
        assert_eq!(kept(&Words::of("Hello, World; hello")), ".hello .world ");
        assert_eq!(kept(&Words::default()), "");
    }

    #[test]
    fn patterns_ask_for_words_in_the_order_in_which_they_are_kept() {
        let search = search("where is my ord");
        assert_eq!(words_pattern(&search), "%.is %.my %.where %");
        assert_eq!(beginning_pattern(&search), "%.ord%");
    }

    #[test]
    fn a_search_of_one_word_asks_for_no_more() {
        assert_eq!(
            (words_pattern(&search("hello")), beginning_pattern(&search("a"))),
            ("%".to_owned(), "%".to_owned())
        );
    }

    #[test]
    fn each_engine_is_asked_in_its_own_language() {
        let organization = OrganizationId::from(Uuid::nil());
        let ask = |engine| index_query(engine, organization, &search("my ord"));
        let id = Uuid::nil();
        assert_eq!(ask(Engine::Sqlite), format!("\"{id}.my\" AND \"{id}.ord\"*"));
        assert_eq!(ask(Engine::Postgres), format!("'{id}.my' & '{id}.ord':*"));
    }
}
