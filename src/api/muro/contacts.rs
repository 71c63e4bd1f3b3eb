//! `/contacts`: the people who came to an organization's websites.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::body::{Body, present};
use super::cursor::Place;
use super::error::Error;
use super::id::Id;
use super::key::{ReadKey, WriteKey};
use super::page::Page;
use super::query::Query;
use crate::api::App;
use crate::dialect::muro::{ContactJson, patterns};
use crate::domain::{ChannelId, ContactDetail, ContactId, Email, Invalid, Timestamp};
use crate::service::{Before, ContactChange};

/// Where a page of contacts ends.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct After(Timestamp, ContactId);

impl Place for After {
    const LIST: &'static str = "contacts";
}

/// Which contacts are asked for.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Wanted {
    #[schemars(regex(pattern = "^web_[0-9a-f]{32}$"))]
    pub(super) website_id: Option<String>,
}

/// What is known otherwise of a contact, any part of it.
#[expect(clippy::option_option, reason = "null takes away, what is missing stays")]
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ChangedContact {
    #[serde(default, deserialize_with = "present")]
    /// At most 200 characters.
    name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(length(max = 254), regex(pattern = patterns::EMAIL))]
    email: Option<Option<String>>,
    /// Keys are set, and dropped where they are `null`; 16 KB in all.
    metadata: Option<Map<String, Value>>,
}

/// `GET /contacts`: those who were seen last first.
pub(super) async fn list(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    Query(wanted): Query<Wanted>,
    page: Page<After>,
) -> Result<Json<Value>, Error> {
    let website = wanted.website_id.as_deref().map(read_website).transpose()?;
    let before = page.after.as_ref().map(|After(at, id)| Before { at: *at, id: *id });
    let list = app.services.list_contacts(key.program(), website, before, page.rows()).await?;
    Ok(page.list(&list, |it: &ContactDetail| After(it.last_seen_at, it.id), ContactJson::from))
}

/// `GET /contacts/{id}`
pub(super) async fn show(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    Id(id): Id<ContactId>,
) -> Result<Json<Value>, Error> {
    Ok(shown(&app.services.get_contact(key.program(), id).await?))
}

/// `PATCH /contacts/{id}`
pub(super) async fn change(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<ContactId>,
    Body(ChangedContact { name, email, metadata }): Body<ChangedContact>,
) -> Result<Json<Value>, Error> {
    let email = email.map(read_email).transpose()?;
    let change = ContactChange { name, email, metadata };
    Ok(shown(&app.services.change_contact(key.program(), id, change).await?))
}

fn shown(contact: &ContactDetail) -> Json<Value> {
    Json(json!(ContactJson::from(contact)))
}

fn read_website(id: &str) -> Result<ChannelId, Invalid> {
    id.parse().map_err(|_| Invalid::new("website_id", "is no id"))
}

/// An address; `None` is none.
fn read_email(text: Option<String>) -> Result<Option<Email>, Invalid> {
    text.map(|text| text.parse()).transpose()
}
