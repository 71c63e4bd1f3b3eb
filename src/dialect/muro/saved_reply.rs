//! A saved reply as the muro dialect shows it.

use schemars::JsonSchema;
use serde::Serialize;

use super::millis;
use crate::domain::SavedReply;

/// A saved reply.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SavedReply")]
pub struct SavedReplyJson<'a> {
    #[schemars(extend("const" = "saved_reply"))]
    object: &'static str,
    id: String,
    shortcut: &'a str,
    title: &'a str,
    body: &'a str,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[schemars(extend("format" = "date-time"))]
    updated_at: String,
}

impl<'a> From<&'a SavedReply> for SavedReplyJson<'a> {
    fn from(reply: &'a SavedReply) -> Self {
        Self {
            object: "saved_reply",
            id: reply.id.prefixed("srp_"),
            shortcut: &reply.text.shortcut,
            title: &reply.text.title,
            body: &reply.text.body,
            created_at: millis(reply.created_at),
            updated_at: millis(reply.updated_at),
        }
    }
}
