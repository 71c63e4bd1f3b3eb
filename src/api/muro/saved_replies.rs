//! `/saved-replies`: answers that agents keep ready and type as `/shortcut`.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::Body;
use super::cursor::Place;
use super::error::Error;
use super::id::Id;
use super::key::{ReadKey, WriteKey};
use super::openapi::Created;
use super::page::Page;
use crate::api::App;
use crate::dialect::muro::{SavedReplyJson, patterns};
use crate::domain::{ReplyText, SavedReply, SavedReplyId};
use crate::service::SavedReplyChange;

/// Where a page of saved replies ends.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct After(SavedReplyId);

impl Place for After {
    const LIST: &'static str = "saved_replies";
}

/// What a new saved reply says.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewSavedReply {
    /// One word, with or without a slash before it.
    #[schemars(regex(pattern = patterns::SHORTCUT))]
    shortcut: String,
    #[schemars(regex(pattern = patterns::NAME))]
    title: String,
    /// At most 32 KB.
    #[schemars(regex(pattern = patterns::TEXT))]
    body: String,
}

/// What a saved reply is to say, any part of it.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ChangedSavedReply {
    /// One word, with or without a slash before it.
    #[schemars(regex(pattern = patterns::SHORTCUT))]
    shortcut: Option<String>,
    #[schemars(regex(pattern = patterns::NAME))]
    title: Option<String>,
    /// At most 32 KB.
    #[schemars(regex(pattern = patterns::TEXT))]
    body: Option<String>,
}

/// `GET /saved-replies`: the oldest first.
pub(super) async fn list(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    page: Page<After>,
) -> Result<Json<Value>, Error> {
    let after = page.after.as_ref().map(|After(id)| *id);
    let replies = app.services.list_saved_replies(key.program(), after, page.rows()).await?;
    Ok(page.list(&replies, |reply| After(reply.id), SavedReplyJson::from))
}

/// `POST /saved-replies`
pub(super) async fn create(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Body(NewSavedReply { shortcut, title, body }): Body<NewSavedReply>,
) -> Result<Created, Error> {
    let text = ReplyText { shortcut, title, body };
    let reply = app.services.create_saved_reply(key.program(), text).await?;
    Ok(Created(shown(&reply)))
}

/// `GET /saved-replies/{id}`
pub(super) async fn show(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    Id(id): Id<SavedReplyId>,
) -> Result<Json<Value>, Error> {
    Ok(shown(&app.services.get_saved_reply(key.program(), id).await?))
}

/// `PATCH /saved-replies/{id}`
pub(super) async fn change(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<SavedReplyId>,
    Body(ChangedSavedReply { shortcut, title, body }): Body<ChangedSavedReply>,
) -> Result<Json<Value>, Error> {
    let change = SavedReplyChange { shortcut, title, body };
    Ok(shown(&app.services.change_saved_reply(key.program(), id, change).await?))
}

/// `DELETE /saved-replies/{id}`
pub(super) async fn delete(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<SavedReplyId>,
) -> Result<Json<Value>, Error> {
    app.services.delete_saved_reply(key.program(), id).await?;
    let id = id.prefixed("srp_");
    Ok(Json(json!({"object": "saved_reply", "id": id, "deleted": true})))
}

fn shown(reply: &SavedReply) -> Json<Value> {
    Json(json!(SavedReplyJson::from(reply)))
}
