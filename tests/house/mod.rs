//! The rules of the house that the compiler does not know: who may import whom, where SQL may stand,
//! who opens transactions, and that every setting explains itself.

mod config;
mod imports;
mod source;
mod strings;

use source::Source;

/// Folders of `src/` with the only other modules each may name. `commands`, `server` and the files at
/// the top put everything together and may name all.
const MAY_IMPORT: [(&str, &[&str]); 3] = [
    ("domain", &["clock"]),
    ("store", &["clock", "config", "domain"]),
    ("service", &["clock", "config", "domain", "store"]),
];

/// Folders that must not name these modules: what speaks to the world knows neither the database nor
/// the other tongues.
const MUST_NOT_IMPORT: [(&str, &[&str]); 5] = [
    ("ai", &["api", "realtime", "store", "webhooks"]),
    ("api", &["realtime", "store", "webhooks"]),
    ("jobs", &["api", "realtime", "store", "webhooks"]),
    ("realtime", &["api", "store", "webhooks"]),
    ("webhooks", &["api", "realtime", "store"]),
];

/// Crates that a member of the workspace must not name.
const MUST_NOT_USE: [(&str, &[&str]); 4] = [
    ("protocol/src", &["axum", "hyper", "sqlx", "switchboard", "switchboard_rooms", "tokio"]),
    ("rooms/src", &["axum", "hyper", "serde_json", "sqlx", "switchboard", "switchboard_protocol"]),
    ("sends/src", &["switchboard", "switchboard_protocol", "switchboard_rooms", "tokio"]),
    ("wal/src", &["sqlx", "switchboard", "switchboard_protocol", "switchboard_rooms", "tokio"]),
];

#[test]
fn imports_run_one_way() {
    assert_holds(&source::read("src"), broken_imports);
}

#[test]
fn the_leaves_name_no_runtime_and_no_wire() {
    let mut broken = Vec::new();
    for (folder, crates) in MUST_NOT_USE {
        for source in source::read(folder) {
            broken.extend(broken_crates(&source, crates));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn sql_stands_only_in_the_store() {
    assert_holds(&source::read("src"), broken_sql);
}

#[test]
fn transactions_are_opened_by_services_alone() {
    assert_holds(&source::read("src"), broken_transactions);
}

#[test]
fn every_setting_explains_itself() {
    let text = std::fs::read_to_string(source::root().join("config.default.toml")).unwrap();
    let silent = config::undocumented(&text);
    assert!(silent.is_empty(), "no comment above: {silent:?}");
}

#[test]
fn the_rules_notice_when_they_are_broken() {
    let broken = |path: &str, text: &str, rule: fn(&Source) -> Vec<String>| {
        !rule(&Source::new(path, text)).is_empty()
    };
    assert!(broken("src/domain/event.rs", "use crate::store::Tx;", broken_imports));
    assert!(broken("src/domain/event.rs", "use crate::{clock, service::X};", broken_imports));
    assert!(broken("src/store/rows.rs", "fn f() { crate::service::go() }", broken_imports));
    assert!(broken("src/api/x.rs", "use crate::store::Store;", broken_imports));
    assert!(broken("src/api/chat/mod.rs", "use super::super::realtime::Hub;", broken_imports));
    assert!(broken("src/api/x.rs", "f(\"SELECT id from users\")", broken_sql));
    assert!(broken("src/api/x.rs", "f(r#\"delete from users\"#)", broken_sql));
    assert!(broken("src/api/x.rs", "let tx = pool.begin().await;", broken_transactions));
    assert!(!broken_crates(&Source::new("x.rs", "use tokio::time;"), &["tokio"]).is_empty());
    assert_eq!(config::undocumented("# why\na = 1\nb = 2\nc = 3\n\nd = 4 # what"), ["c"]);
}

#[test]
fn the_rules_leave_good_code_alone() {
    let good = [
        ("src/domain/event.rs", "use super::message::Message;\nuse crate::domain::Room;"),
        ("src/store/rows.rs", "use crate::domain::{Message, Room};"),
        ("src/api/x.rs", "// select the store by crate::store\nuse crate::service::Services;"),
        ("src/store/x.rs", "query(\"select id from users\"); self.pool.begin()"),
        ("src/api/x.rs", "let quote = '\"'; f(\"select an agent\")"),
    ];
    for (path, text) in good {
        let source = Source::new(path, text);
        for rule in [broken_imports, broken_sql, broken_transactions] {
            assert_eq!(rule(&source), Vec::<String>::new());
        }
    }
}

fn assert_holds(sources: &[Source], rule: fn(&Source) -> Vec<String>) {
    assert!(!sources.is_empty(), "there is something to look at");
    let broken: Vec<String> = sources.iter().flat_map(rule).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn broken_imports(source: &Source) -> Vec<String> {
    let Some(folder) = source.folder() else { return Vec::new() };
    let allowed = MAY_IMPORT.iter().find(|(name, _)| *name == folder).map(|(_, names)| *names);
    let banned = MUST_NOT_IMPORT.iter().find(|(name, _)| *name == folder).map(|(_, names)| *names);
    let wrong = |name: &String| {
        name != folder
            && source::is_module(name)
            && (allowed.is_some_and(|names| !names.contains(&name.as_str()))
                || banned.is_some_and(|names| names.contains(&name.as_str())))
    };
    imports::modules(source)
        .into_iter()
        .filter(wrong)
        .map(|name| format!("{}: {folder} must not import {name}", source.path))
        .collect()
}

fn broken_crates(source: &Source, crates: &[&str]) -> Vec<String> {
    crates
        .iter()
        .filter(|name| imports::names_crate(source, name))
        .map(|name| format!("{}: must not use {name}", source.path))
        .collect()
}

fn broken_sql(source: &Source) -> Vec<String> {
    if source.folder() == Some("store") {
        return Vec::new();
    }
    let is_sql = |text: &String| {
        let words: Vec<String> =
            text.split_whitespace().map(str::to_ascii_lowercase).take(400).collect();
        let has = |word: &str| words.iter().any(|other| other == word);
        match words.first().map(String::as_str) {
            Some("select" | "delete") => has("from"),
            Some("insert") => has("into"),
            Some("update") => has("set"),
            Some("create" | "alter" | "drop") => has("table") || has("index"),
            Some("pragma") => true,
            _ => false,
        }
    };
    strings::literals(&source.text)
        .into_iter()
        .filter(is_sql)
        .map(|text| format!("{}: SQL outside the store: {text}", source.path))
        .collect()
}

fn broken_transactions(source: &Source) -> Vec<String> {
    if matches!(source.folder(), Some("store" | "service")) {
        return Vec::new();
    }
    source
        .code_lines()
        .filter(|line| line.contains(".begin(") || line.contains("Store::begin"))
        .map(|line| format!("{}: opens a transaction: {}", source.path, line.trim()))
        .collect()
}
