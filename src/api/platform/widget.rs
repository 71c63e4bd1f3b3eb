//! The widget: its loader, its page, and the history it shows.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN, REFERER};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::error::{Error, bad_query};
use crate::api::App;
use crate::dialect::platform::MessageJson;
use crate::service::{Noun, ServiceError, VisitorProof};
use crate::web::Page;

const TITLE: &str = "Chat with us";
const TITLE_CHARS_MAX: usize = 100;

#[derive(Debug, Deserialize)]
pub(super) struct WidgetQuery {
    embed_token: Option<String>,
    /// The visitor's `external_id`.
    session_id: Option<String>,
    external_id_hash: Option<String>,
    title: Option<String>,
    customer_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct HistoryQuery {
    external_id: Option<String>,
    external_id_hash: Option<String>,
}

/// `GET /chat-widget?embed_token=&session_id=&title=&customer_name=`: the page in the iframe.
///
/// Opening it makes nothing yet: the conversation begins with the visitor's first message.
pub(super) async fn page(
    State(app): State<App>,
    headers: HeaderMap,
    query: Result<Query<WidgetQuery>, QueryRejection>,
) -> Result<Response, Error> {
    let Query(query) = query.map_err(|rejection| bad_query(&rejection))?;
    let token = query.embed_token.ok_or(ServiceError::Forbidden("embed_token is required"))?;
    let given = query.session_id.filter(|id| !id.is_empty());
    let external_id = given.unwrap_or_else(|| Uuid::new_v4().to_string());
    let origin = page_origin(&headers);
    let proof = VisitorProof { external_id, external_id_hash: query.external_id_hash };
    let view = app.services.open_widget(&token, origin.as_deref(), &proof).await?;
    let title = query.title.filter(|title| !title.trim().is_empty());
    let title: String = title.as_deref().unwrap_or(TITLE).chars().take(TITLE_CHARS_MAX).collect();
    let bootstrap = json!({
        "conversation_id": view.conversation.map(|(id, _)| id),
        "seq": view.conversation.map_or(0, |(_, seq)| seq),
        "embed_token": token,
        "external_id": proof.external_id,
        "external_id_hash": proof.external_id_hash,
        "title": title,
        "customer_name": query.customer_name,
    });
    let page = Page::new("widget.html").bootstrap(&bootstrap);
    Ok(page.framed_by(view.allowed_origins.as_slice()).render(&app.assets))
}

/// The origin of the page that shows the widget: a frame's request names it in `Referer`.
pub(in crate::api) fn page_origin(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|it: &HeaderValue| it.to_str().ok());
    let origin = text(ORIGIN).filter(|origin| *origin != "null");
    origin.or_else(|| text(REFERER)).map(str::to_owned)
}

/// `GET /chat-widget/embed.js`
pub(super) async fn loader(State(app): State<App>, headers: HeaderMap) -> Response {
    let mut response = app.assets.serve("embed.js", &headers);
    let any = HeaderValue::from_static("*");
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, any);
    response
}

/// `GET /chat-widget/history/{conversation_id}?external_id=`: the last 100 messages, oldest first.
pub(super) async fn history(
    State(app): State<App>,
    Path(id): Path<String>,
    query: Result<Query<HistoryQuery>, QueryRejection>,
) -> Result<Response, Error> {
    let Query(query) = query.map_err(|rejection| bad_query(&rejection))?;
    let external_id = query.external_id.filter(|id| !id.is_empty());
    let external_id = external_id.ok_or_else(|| {
        ServiceError::Invalid(crate::domain::Invalid::new("external_id", "is required"))
    })?;
    let id = id.parse().map_err(|_| ServiceError::NotFound(Noun::Conversation))?;
    let proof = VisitorProof { external_id, external_id_hash: query.external_id_hash };
    let messages = app.services.widget_history(id, &proof).await?;
    let show = |message| MessageJson::for_visitor(message, &proof.external_id);
    let shown: Vec<_> = messages.iter().map(show).collect();
    Ok(([(ACCESS_CONTROL_ALLOW_ORIGIN, "*")], Json(json!(shown))).into_response())
}
