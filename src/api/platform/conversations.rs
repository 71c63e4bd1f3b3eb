//! `/api/conversations/…`: what agents read and do.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::agent::AgentRequest;
use super::error::{Error, bad_body, bad_query};
use crate::api::App;
use crate::dialect::platform::{ConversationJson, MessageJson, seconds};
use crate::domain::{ConversationId, Invalid, Tags};
use crate::service::{Noun, Page, ServiceError};

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");
const LIST_LIMIT: u32 = 200;
const HISTORY_LIMIT: u32 = 50;

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    filter: Option<String>,
    limit: Option<u32>,
    offset: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PageQuery {
    limit: Option<u32>,
    offset: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
struct TagsBody {
    #[serde(default)]
    tags: Vec<String>,
}

/// `GET /api/conversations/?filter=unassigned|mine|all`
pub(super) async fn list(
    State(app): State<App>,
    AgentRequest(agent): AgentRequest,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Value>, Error> {
    let Query(query) = query.map_err(|rejection| bad_query(&rejection))?;
    let filter = query.filter.as_deref().unwrap_or("unassigned");
    let filter = filter.parse().map_err(ServiceError::Invalid)?;
    let page =
        Page { limit: query.limit.unwrap_or(LIST_LIMIT), offset: query.offset.unwrap_or_default() };
    let found = app.services.list_conversations(agent, filter, page).await?;
    let shown: Vec<_> = found.iter().map(ConversationJson::from).collect();
    Ok(Json(json!(shown)))
}

/// `GET /api/conversations/{id}`
pub(super) async fn show(
    State(app): State<App>,
    AgentRequest(agent): AgentRequest,
    Path(id): Path<String>,
) -> Result<Json<Value>, Error> {
    let found = app.services.get_conversation(agent, read_id(&id)?).await?;
    Ok(Json(json!(ConversationJson::from(&found))))
}

/// `GET /api/conversations/{id}/history?limit=50&offset=0`, oldest first; how many there are in all is
/// in `X-Total-Count`.
pub(super) async fn history(
    State(app): State<App>,
    AgentRequest(agent): AgentRequest,
    Path(id): Path<String>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Response, Error> {
    let Query(query) = query.map_err(|rejection| bad_query(&rejection))?;
    let page = Page {
        limit: query.limit.unwrap_or(HISTORY_LIMIT),
        offset: query.offset.unwrap_or_default(),
    };
    let history = app.services.history(agent, read_id(&id)?, page).await?;
    let shown: Vec<_> = history.messages.iter().map(MessageJson::for_agents).collect();
    Ok(([(TOTAL, history.total.to_string())], Json(json!(shown))).into_response())
}

/// `POST /api/conversations/{id}/assign`
pub(super) async fn assign(
    State(app): State<App>,
    AgentRequest(agent): AgentRequest,
    Path(id): Path<String>,
) -> Result<Json<Value>, Error> {
    let assigned = app.services.assign_conversation(agent, read_id(&id)?, None).await?;
    Ok(Json(json!({
        "id": assigned.conversation_id,
        "assigned_agent_id": assigned.agent_id,
        "assigned_at": seconds(assigned.assigned_at),
    })))
}

/// `POST /api/conversations/{id}/resolve {"tags":[]}`
pub(super) async fn resolve(
    State(app): State<App>,
    AgentRequest(agent): AgentRequest,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Error> {
    let tags = read_tags(&body)?;
    let resolved = app.services.resolve_conversation(agent, read_id(&id)?, tags).await?;
    Ok(Json(json!({
        "id": resolved.conversation_id,
        "session_id": resolved.session_id,
        "status": "resolved",
        "tags": resolved.tags,
        "resolved_at": seconds(resolved.resolved_at),
    })))
}

/// `POST /api/conversations/{id}/tag {"tags":[]}`
pub(super) async fn tag(
    State(app): State<App>,
    AgentRequest(agent): AgentRequest,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Error> {
    let tags = read_tags(&body)?;
    let tagged = app.services.tag_conversation(agent, read_id(&id)?, tags).await?;
    Ok(Json(json!({
        "id": tagged.conversation_id,
        "session_id": tagged.session_id,
        "tags": tagged.tags,
    })))
}

/// An id that cannot be one is the id of nothing.
fn read_id(text: &str) -> Result<ConversationId, Error> {
    text.parse().map_err(|_| ServiceError::NotFound(Noun::Conversation).into())
}

/// The documents leave the body out where there are no tags, whatever its content type.
fn read_tags(body: &Bytes) -> Result<Tags, Error> {
    if body.is_empty() {
        return Ok(Tags::default());
    }
    // Read as fields in their order, an array would pass for an object.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(ServiceError::Invalid(Invalid::new("body", "must be a JSON object")).into());
    }
    let read: Result<Json<TagsBody>, JsonRejection> = Json::from_bytes(body);
    let Json(body) = read.map_err(|rejection| bad_body(&rejection))?;
    Ok(Tags::new(body.tags).map_err(ServiceError::Invalid)?)
}
