//! What programs ask for.

use std::sync::Arc;

use super::check::{Place, Places};
use crate::corpus::Corpus;
use crate::past::{BYGONE, CAMPAIGNS, campaign};
use crate::readers::Sort;

/// Lists and searches of every sort. Each takes other pages, words and places in turn.
pub(super) fn sorts(places: Places) -> Vec<Sort> {
    [lists(places), searches()].into_iter().flatten().collect()
}

fn sort(name: &'static str, path: impl Fn(usize) -> String + Sync + 'static) -> Sort {
    Sort { name, path: Box::new(path) }
}

/// What takes longest: a word that is in very many messages, and in no new one.
pub(super) fn slowest() -> Sort {
    sort("search: a word out of use, alone", |_| format!("/conversations?q={BYGONE}"))
}

fn lists(Places { conversations, contacts }: Places) -> Vec<Sort> {
    let conversations = Arc::new(conversations);
    let any = |path: fn(&Place) -> String| {
        let places = Arc::clone(&conversations);
        move |n: usize| path(&places[n * 7 % places.len()])
    };
    vec![
        sort("conversations", |_| "/conversations".to_owned()),
        sort("conversations, anywhere", any(|it| format!("/conversations?cursor={}", it.cursor))),
        sort("open conversations", |_| "/conversations?status=open".to_owned()),
        sort(
            "closed conversations, anywhere",
            any(|it| format!("/conversations?status=closed&cursor={}", it.cursor)),
        ),
        sort("one conversation", any(|it| format!("/conversations/{}", it.id))),
        sort("messages", any(|it| format!("/conversations/{}/messages", it.id))),
        sort(
            "messages since",
            any(|it| format!("/conversations/{}/messages?since={}", it.id, it.created_at)),
        ),
        sort("contacts", |_| "/contacts".to_owned()),
        sort("contacts, anywhere", move |n| {
            format!("/contacts?cursor={}", contacts[n * 7 % contacts.len()])
        }),
        sort(
            "search: a frequent word, anywhere",
            any(|it| format!("/conversations?q={}&cursor={}", Corpus::word(100), it.cursor)),
        ),
    ]
}

fn searches() -> Vec<Sort> {
    // The words of so many ranks.
    let words = |from: usize, ranks: usize| {
        move |n: usize| format!("/conversations?q={}", Corpus::word(from + n * 7 % ranks))
    };
    vec![
        sort("search: the 20 most frequent words", words(0, 20)),
        sort("search: frequent words", words(20, 200)),
        sort("search: usual words", words(220, 1_000)),
        sort("search: less usual words", words(1_220, 5_000)),
        sort("search: rare words", words(10_000, 20_000)),
        sort("search: two words", |n| {
            let (one, other) = (Corpus::word(n % 40), Corpus::word(300 + n * 11 % 3_000));
            format!("/conversations?q={one}%20{other}")
        }),
        sort("search: the beginning of a word", |n| {
            let word = Corpus::word(300 + n * 13 % 5_000);
            format!("/conversations?q={}", &word[..word.len() - 1])
        }),
        sort("search: the address of a visitor", |n| {
            let (first, last) = (Corpus::word(n % 977 + 80), Corpus::word(n % 7919 + 80));
            format!("/conversations?q={first}.{last}{n}@example.com")
        }),
        sort("search in open conversations", |n| {
            format!("/conversations?status=open&q={}", Corpus::word(n * 17 % 5_000))
        }),
        sort("search: an old campaign", |n| {
            format!("/conversations?q={}", campaign(n % (CAMPAIGNS - 1)))
        }),
        sort("search: no such word", |n| format!("/conversations?q=q{}", Corpus::word(n * 17))),
    ]
}
