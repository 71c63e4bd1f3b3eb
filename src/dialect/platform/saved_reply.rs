//! A saved reply as the inbox reads it.

use serde::Serialize;

use crate::domain::{SavedReply, SavedReplyId};

/// A saved reply.
#[derive(Debug, Serialize)]
pub struct SavedReplyJson<'a> {
    id: SavedReplyId,
    shortcut: &'a str,
    title: &'a str,
    body: &'a str,
}

impl<'a> From<&'a SavedReply> for SavedReplyJson<'a> {
    fn from(reply: &'a SavedReply) -> Self {
        let text = &reply.text;
        Self { id: reply.id, shortcut: &text.shortcut, title: &text.title, body: &text.body }
    }
}
