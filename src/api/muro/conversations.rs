//! `/conversations`: what is talked about, and where it stands.

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
use super::openapi::Created;
use super::page::Page;
use super::query::Query;
use crate::api::App;
use crate::dialect::muro::{ConversationJson, patterns, read_time};
use crate::domain::{
    ContactId, ConversationDetail, ConversationId, ConversationStatus, Invalid, Search, Tags,
    Timestamp, UserId,
};
use crate::service::{Before, ConversationChange, Mark, Noun, ServiceError};

/// Where a page of conversations ends.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct After(Timestamp, ConversationId);

impl Place for After {
    const LIST: &'static str = "conversations";
}

/// Which conversations are asked for.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Wanted {
    #[schemars(extend("enum" = ["open", "closed", "snoozed"]))]
    pub(super) status: Option<String>,
    /// Words that the conversation has, anywhere in its messages, its notes, and the visitor's name and e-mail address; the last may be the beginning of one.
    #[schemars(length(max = 128))]
    pub(super) q: Option<String>,
}

/// A conversation to begin.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewConversation {
    #[schemars(regex(pattern = "^vis_[0-9a-f]{32}$"))]
    visitor_id: String,
    /// At most 32 KB.
    #[schemars(regex(pattern = patterns::TEXT))]
    content: Option<String>,
}

/// What is to be otherwise of a conversation, any part of it.
#[expect(clippy::option_option, reason = "null takes away, what is missing stays")]
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct ChangedConversation {
    #[schemars(extend("enum" = ["open", "closed", "snoozed", null]))]
    pub(super) status: Option<String>,
    /// With `snoozed` alone, and in the future.
    #[schemars(extend("format" = "date-time"))]
    pub(super) snoozed_until: Option<String>,
    #[schemars(length(max = 50), inner(regex(pattern = patterns::TAG)))]
    pub(super) tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(regex(pattern = "^usr_[0-9a-f]{32}$"))]
    pub(super) assigned_user_id: Option<Option<String>>,
    #[serde(default)]
    pub(super) mark_read: bool,
    /// Excludes `mark_read`.
    #[serde(default)]
    pub(super) mark_unread: bool,
    /// Keys are set, and dropped where they are `null`; 16 KB in all.
    pub(super) metadata: Option<Map<String, Value>>,
}

/// `GET /conversations`: the newest activity first.
pub(super) async fn list(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    Query(wanted): Query<Wanted>,
    page: Page<After>,
) -> Result<Json<Value>, Error> {
    let status = wanted.status.as_deref().map(str::parse).transpose()?;
    let before = page.after.as_ref().map(|After(at, id)| Before { at: *at, id: *id });
    let (services, program) = (&app.services, key.program());
    let search = wanted.q.as_deref().map(|q| Search::new("q", q)).transpose()?.flatten();
    let rows = page.rows();
    let list = match search {
        Some(search) => {
            services.search_conversations(program, &search, status, before, rows).await?
        }
        None => services.list_conversations_for_program(program, status, before, rows).await?,
    };
    let place = |it: &ConversationDetail| After(it.updated_at, it.state.id);
    Ok(page.list(&list, place, ConversationJson::from))
}

/// `POST /conversations`
pub(super) async fn open(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Body(NewConversation { visitor_id, content }): Body<NewConversation>,
) -> Result<Created, Error> {
    // What is no id is the id of nobody.
    let visitor: ContactId =
        visitor_id.parse().map_err(|_| ServiceError::NotFound(Noun::Contact))?;
    let conversation = app.services.open_conversation(key.program(), visitor, content).await?;
    Ok(Created(shown(&conversation)))
}

/// `GET /conversations/{id}`
pub(super) async fn show(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    Id(id): Id<ConversationId>,
) -> Result<Json<Value>, Error> {
    Ok(shown(&app.services.get_conversation_for_program(key.program(), id).await?))
}

/// `PATCH /conversations/{id}`
pub(super) async fn change(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<ConversationId>,
    Body(changed): Body<ChangedConversation>,
) -> Result<Json<Value>, Error> {
    let change = changed.try_into()?;
    Ok(shown(&app.services.change_conversation(key.program(), id, change).await?))
}

fn shown(conversation: &ConversationDetail) -> Json<Value> {
    Json(json!(ConversationJson::from(conversation)))
}

impl TryFrom<ChangedConversation> for ConversationChange {
    type Error = Invalid;

    fn try_from(changed: ChangedConversation) -> Result<Self, Invalid> {
        let mark = match (changed.mark_read, changed.mark_unread) {
            (true, true) => return Err(Invalid::new("mark_unread", "excludes mark_read")),
            (true, false) => Some(Mark::Read),
            (false, true) => Some(Mark::Unread),
            (false, false) => None,
        };
        let until = changed.snoozed_until.as_deref();
        Ok(Self {
            status: changed.status.as_deref().map(str::parse::<ConversationStatus>).transpose()?,
            snoozed_until: until.map(|text| read_time("snoozed_until", text)).transpose()?,
            tags: changed.tags.map(Tags::new).transpose()?,
            assignee: changed.assigned_user_id.map(read_assignee).transpose()?,
            mark,
            metadata: changed.metadata,
        })
    }
}

/// The agent who is to have a conversation; `None` is nobody.
pub(super) fn read_assignee(id: Option<String>) -> Result<Option<UserId>, Invalid> {
    let read = |id: String| id.parse().map_err(|_| Invalid::new("assigned_user_id", "is no id"));
    id.map(read).transpose()
}
