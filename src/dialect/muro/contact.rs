//! A contact as the muro dialect shows it.

use schemars::JsonSchema;
use serde::Serialize;

use super::millis;
use super::schema::MetadataSchema;
use crate::domain::{ContactDetail, Email, Metadata};

/// A contact, who is a visitor of a website.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Contact")]
pub struct ContactJson<'a> {
    #[schemars(extend("const" = "contact"))]
    object: &'static str,
    id: String,
    name: Option<&'a str>,
    email: Option<&'a str>,
    website_id: String,
    #[schemars(with = "MetadataSchema")]
    metadata: &'a Metadata,
    conversation_count: i64,
    #[schemars(extend("format" = "date-time"))]
    last_seen_at: String,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
}

impl<'a> From<&'a ContactDetail> for ContactJson<'a> {
    fn from(contact: &'a ContactDetail) -> Self {
        Self {
            object: "contact",
            id: contact.id.prefixed("vis_"),
            name: contact.name.as_deref(),
            email: contact.email.as_ref().map(Email::as_str),
            website_id: contact.channel_id.prefixed("web_"),
            metadata: &contact.metadata,
            conversation_count: contact.conversation_count,
            last_seen_at: millis(contact.last_seen_at),
            created_at: millis(contact.created_at),
        }
    }
}
