//! `/conversations/{id}/messages`: what was said, and saying something.

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
use super::query::Query;
use crate::api::App;
use crate::dialect::muro::{MessageObjectJson, patterns, read_time};
use crate::domain::{ConversationId, Message, Seq, Visibility};
use crate::service::MessagesAsked;

/// Where a page of messages ends.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct After(Seq);

impl Place for After {
    const LIST: &'static str = "messages";
}

/// Which messages are asked for.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Wanted {
    #[schemars(extend("format" = "date-time"))]
    since: Option<String>,
}

/// What is to be said.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewMessage {
    /// At most 32 KB.
    #[schemars(regex(pattern = patterns::TEXT))]
    pub(super) content: String,
    #[serde(default)]
    pub(super) kind: Kind,
}

/// Who is to read it.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// The visitor too.
    #[default]
    Agent,
    /// Nobody but the organization.
    Note,
}

/// `GET /conversations/{id}/messages`: the oldest first, notes included; with `since`, those alone whose
/// `created_at` is later.
pub(super) async fn list(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    Id(id): Id<ConversationId>,
    Query(wanted): Query<Wanted>,
    page: Page<After>,
) -> Result<Json<Value>, Error> {
    let asked = MessagesAsked {
        after: page.after.as_ref().map_or(0, |After(seq)| *seq),
        since: wanted.since.as_deref().map(|text| read_time("since", text)).transpose()?,
        rows: page.rows(),
    };
    let list = app.services.list_messages_for_program(key.program(), id, asked).await?;
    Ok(page.list(&list, |message: &Message| After(message.seq), MessageObjectJson::from))
}

/// `POST /conversations/{id}/messages`: also ends what was shown of the sender's typing.
pub(super) async fn send(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<ConversationId>,
    Body(NewMessage { content, kind }): Body<NewMessage>,
) -> Result<Created, Error> {
    let visibility = match kind {
        Kind::Agent => Visibility::Public,
        Kind::Note => Visibility::Note,
    };
    let services = &app.services;
    let message = services.send_program_message(key.program(), id, content, visibility).await?;
    app.typing.stop(id, key.id);
    Ok(Created(Json(json!(MessageObjectJson::from(&*message)))))
}
