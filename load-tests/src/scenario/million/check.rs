//! Whether the server reads what was written behind its back, before it is asked how fast.

use std::collections::HashSet;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::filling::conversation_id;
use crate::past::{CAMPAIGNS, Past, campaign};
use crate::rest::Rest;

/// From all over the lists, the newest first.
pub(super) struct Places {
    pub(super) conversations: Vec<Place>,
    /// Cursors of pages of contacts.
    pub(super) contacts: Vec<String>,
}

/// A conversation at the end of a page of a hundred.
pub(super) struct Place {
    pub(super) id: String,
    /// As the dialect writes it.
    pub(super) created_at: String,
    /// Of the page behind it.
    pub(super) cursor: String,
}

/// Reads every page of the lists, one conversation, and what a search for one campaign finds, and compares them with what
/// was written.
pub(super) fn check(rest: &mut Rest, past: &Past) -> anyhow::Result<Places> {
    let conversations = check_conversations(rest, past)?;
    let contacts = check_contacts(rest, past)?;
    check_messages(rest, past)?;
    check_search(rest, past)?;
    Ok(Places { conversations, contacts })
}

fn check_conversations(rest: &mut Rest, past: &Past) -> anyhow::Result<Vec<Place>> {
    let mut places = Vec::new();
    let mut seen = HashSet::new();
    rest.get_all("/conversations", |page, next| {
        for it in page {
            seen.insert(text(it, "id")?);
        }
        if let (Some(last), Some(next)) = (page.last(), next) {
            let (id, created_at) = (text(last, "id")?, text(last, "created_at")?);
            places.push(Place { id, created_at, cursor: next.to_owned() });
        }
        Ok(())
    })?;
    let written = (0..past.conversations.len()).map(conversation_id).collect();
    ensure!(seen == written, "{} conversations are listed", seen.len());
    ensure!(!places.is_empty(), "all conversations are on one page");
    Ok(places)
}

fn check_contacts(rest: &mut Rest, past: &Past) -> anyhow::Result<Vec<String>> {
    let mut cursors = Vec::new();
    let mut count = 0;
    rest.get_all("/contacts", |page, next| {
        count += page.len();
        cursors.extend(next.map(str::to_owned));
        Ok(())
    })?;
    ensure!(count == past.conversations.len(), "{count} contacts are listed");
    Ok(cursors)
}

fn check_messages(rest: &mut Rest, past: &Past) -> anyhow::Result<()> {
    let conversation = past.conversations.len() / 2;
    let written: Vec<_> =
        past.messages().filter(|it| it.conversation == conversation).map(|it| it.text).collect();
    let mut listed = Vec::new();
    rest.get_all(
        &format!("/conversations/{}/messages", conversation_id(conversation)),
        |page, _| {
            for it in page {
                listed.push(text(it, "content")?);
            }
            Ok(())
        },
    )?;
    ensure!(listed == written, "{} messages are listed instead of {}", listed.len(), written.len());
    Ok(())
}

fn check_search(rest: &mut Rest, past: &Past) -> anyhow::Result<()> {
    let word = campaign(CAMPAIGNS / 2);
    let has_word = |text: &str| text.split(' ').any(|it| it == word);
    let written: HashSet<_> = past
        .messages()
        .filter(|it| has_word(&it.text))
        .map(|it| conversation_id(it.conversation))
        .collect();
    let mut found = HashSet::new();
    rest.get_all(&format!("/conversations?q={word}"), |page, _| {
        for it in page {
            found.insert(text(it, "id")?);
        }
        Ok(())
    })?;
    ensure!(
        found == written,
        "{} conversations are found instead of {}",
        found.len(),
        written.len()
    );
    Ok(())
}

fn text(it: &Value, name: &str) -> anyhow::Result<String> {
    Ok(it[name].as_str().with_context(|| format!("no {name}"))?.to_owned())
}
