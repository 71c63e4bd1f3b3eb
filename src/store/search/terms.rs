//! How words are kept, and what is asked of them.

use crate::domain::{ChannelId, ConversationStatus, Search, Words};
use crate::store::DetailScope;
use crate::store::open::Engine;

/// The column `words`: each word as `.word `, in the order of their bytes. The full stop shows where a word begins and
/// the blank where it ends; neither is ever part of one.
pub(in crate::store) fn kept(words: &Words) -> String {
    words.iter().flat_map(|word| [".", word, " "]).collect()
}

/// The words of such a column, each still with its full stop.
pub(super) fn read_back(kept: &str) -> impl Iterator<Item = &str> {
    kept.split_terminator(' ')
}

/// The word that stands for a status in documents. Nobody can search for it: words are letters and digits.
pub(super) fn status_mark(status: ConversationStatus) -> String {
    format!("={}", status.as_str())
}

/// The word that stands for a channel in documents.
pub(super) fn channel_mark(channel: ChannelId) -> String {
    format!("#{channel}")
}

/// What the words of a conversation must be like, one pattern for each word that is searched for.
pub(super) fn patterns(search: &Search) -> Vec<String> {
    let words = search.words().iter().map(|word| format!("%.{word} %"));
    let beginning = search.beginning().map(|beginning| format!("%.{beginning}%"));
    words.chain(beginning).collect()
}

/// The question to the index, as the engine's language has it: there, each word has its organization in front. Nothing in it
/// has to be escaped: words are letters and digits, and marks have no quotes.
pub(super) fn index_query(engine: Engine, scope: DetailScope, search: &Search) -> String {
    let (quote, and, beginning_mark) = match engine {
        Engine::Sqlite => ('"', " AND ", "*"),
        Engine::Postgres => ('\'', " & ", ":*"),
    };
    let term = |word: &str| format!("{quote}{}.{word}{quote}", scope.organization_id);
    let words = search.words().iter().map(term);
    let beginning = search.beginning().map(|it| term(it) + beginning_mark);
    let status = scope.status.map(|it| term(&status_mark(it)));
    let channel = scope.channel_id.map(|it| term(&channel_mark(it)));
    words.chain(beginning).chain(status).chain(channel).collect::<Vec<_>>().join(and)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::OrganizationId;

    fn search(text: &str) -> Search {
        Search::new("q", text).unwrap().unwrap()
    }

    #[test]
    fn words_are_kept_between_marks_and_in_order() {
        assert_eq!(kept(&Words::of("Hello, World; hello")), ".hello .world ");
        assert_eq!(kept(&Words::default()), "");
    }

    #[test]
    fn words_that_are_kept_can_be_read_back() {
        assert_eq!(read_back(".hello .world ").collect::<Vec<_>>(), [".hello", ".world"]);
        assert_eq!(read_back("").count(), 0);
    }

    #[test]
    fn each_word_has_a_pattern_and_the_last_one_an_open_end() {
        assert_eq!(patterns(&search("where my ord")), ["%.my %", "%.where %", "%.ord%"]);
        assert_eq!(patterns(&search("a")), ["%.a %"]);
    }

    #[test]
    fn each_engine_is_asked_in_its_own_language() {
        let id = Uuid::nil();
        let everywhere = DetailScope {
            organization_id: OrganizationId::from(id),
            channel_id: None,
            status: None,
        };
        let ask = |engine| index_query(engine, everywhere, &search("my ord"));
        assert_eq!(ask(Engine::Sqlite), format!("\"{id}.my\" AND \"{id}.ord\"*"));
        assert_eq!(ask(Engine::Postgres), format!("'{id}.my' & '{id}.ord':*"));
        let scope = DetailScope {
            channel_id: Some(ChannelId::from(id)),
            status: Some(ConversationStatus::Open),
            ..everywhere
        };
        let asked = index_query(Engine::Sqlite, scope, &search("a"));
        assert_eq!(asked, format!("\"{id}.a\" AND \"{id}.=open\" AND \"{id}.#{id}\""));
    }
}
