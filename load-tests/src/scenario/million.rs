//! A database with a million messages: how fast are its pages?

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::corpus::Corpus;
use crate::filling::{self, Size};
use crate::latency::Latency;
use crate::meter::Meter;
use crate::options::Options;
use crate::progress::say;
use crate::report::{Table, number};
use crate::rest::Rest;
use crate::target::Target;

/// How many messages a conversation has.
const MESSAGES_EACH: u32 = 20;
/// How many pages of each sort are asked for.
const REQUESTS: u32 = 200;
/// Asked for before anything is measured.
const FIRST: usize = 5;

/// A sort of page, and the path of the page of each number.
type Sort = (&'static str, Box<dyn FnMut(usize) -> String>);

pub(super) fn run(options: &Options) -> anyhow::Result<Table> {
    let size = Size { messages: options.messages, conversations: options.messages / MESSAGES_EACH };
    let mut made_in = 0.0;
    let target = Target::provide_filled(options, |url| {
        let began = std::time::Instant::now();
        filling::fill(url, size)?;
        made_in = began.elapsed().as_secs_f64();
        Ok(())
    })?;
    let mut rest = Rest::connect(target.address, &target.demo()?.muro.key)?;
    let note = format!(
        "{} messages of 5 to 35 words in {} conversations, written over SQL in {} s and made searchable by the \
         server when it started, in {} s. {REQUESTS} pages of each sort, 25 entries a page, asked for one after the \
         other with a key of the muro dialect.",
        number(size.messages.into()),
        number(size.conversations.into()),
        number(made_in),
        number(target.started_in.as_secs_f64())
    );
    let columns =
        ["page", "entries", "p50 ms", "p99 ms", "slowest ms", "server CPU ms per request"];
    let mut table = Table::new("A million messages", &note, &columns);
    let ids = conversations(&mut rest)?;
    for (name, mut path) in sorts(ids) {
        say(&format!("million: {name}"));
        for n in 0..FIRST {
            rest.get(&path(n))?;
        }
        let (mut latency, mut entries) = (Latency::default(), 0_u32);
        let meter = Meter::start(target.process)?;
        for n in (FIRST..).take(usize::try_from(REQUESTS)?) {
            let (answer, took) = rest.get(&path(n))?;
            latency.note(took);
            entries += u32::try_from(list(&answer)?.len())?;
        }
        let cost = meter.stop()?;
        table.push(vec![
            name.to_owned(),
            number(f64::from(entries) / f64::from(REQUESTS)),
            number(latency.percentile_ms(50)),
            number(latency.percentile_ms(99)),
            number(latency.percentile_ms(100)),
            number(cost.cpu_us_each(REQUESTS) / 1e3),
        ]);
    }
    Ok(table)
}

/// Ids of conversations from all over the list.
fn conversations(rest: &mut Rest) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    for _ in 0..10 {
        let (page, _) = rest.get(&format!("/conversations?limit=100{cursor}"))?;
        for it in list(&page)? {
            ids.push(it["id"].as_str().context("no id")?.to_owned());
        }
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    ensure!(!ids.is_empty(), "the list is empty");
    Ok(ids)
}

fn list(answer: &Value) -> anyhow::Result<&Vec<Value>> {
    answer["data"].as_array().context("no list")
}

fn sorts(ids: Vec<String>) -> Vec<Sort> {
    let search = |from: usize, ranks: usize| {
        move |n: usize| format!("/conversations?q={}", Corpus::word(from + n * 7 % ranks))
    };
    let same = |path: &'static str| move |_: usize| path.to_owned();
    vec![
        ("conversations", Box::new(same("/conversations"))),
        ("open conversations", Box::new(same("/conversations?status=open"))),
        ("contacts", Box::new(same("/contacts"))),
        ("messages", Box::new(move |n| format!("/conversations/{}/messages", ids[n % ids.len()]))),
        ("search: the 20 most frequent words", Box::new(search(0, 20))),
        ("search: frequent words", Box::new(search(20, 200))),
        ("search: usual words", Box::new(search(220, 1_000))),
        ("search: less usual words", Box::new(search(1_220, 5_000))),
        ("search: rare words", Box::new(search(10_000, 20_000))),
        (
            "search: two words",
            Box::new(|n| {
                let (one, other) = (Corpus::word(n % 40), Corpus::word(300 + n * 11 % 3_000));
                format!("/conversations?q={one}%20{other}")
            }),
        ),
        ("search: two letters", Box::new(|n| format!("/conversations?q={}", Corpus::word(n % 80)))),
        (
            "search: the beginning of a word",
            Box::new(|n| {
                let word = Corpus::word(300 + n * 13 % 5_000);
                format!("/conversations?q={}", &word[..word.len() - 1])
            }),
        ),
        (
            "search: the name of a visitor",
            Box::new(|n| {
                let (first, last) = (Corpus::word(n % 977 + 80), Corpus::word(n % 7919 + 80));
                format!("/conversations?q={first}.{last}{n}@example.com")
            }),
        ),
        (
            "search in open conversations",
            Box::new(|n| format!("/conversations?status=open&q={}", Corpus::word(n * 17 % 5_000))),
        ),
        (
            "search: no such word",
            Box::new(|n| format!("/conversations?q=x{}", Corpus::word(n * 17))),
        ),
    ]
}
