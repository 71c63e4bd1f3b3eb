//! `/api/saved-replies`: what the inbox offers an agent who types `/`.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::agent::AgentRequest;
use super::error::{Error, bad_query};
use crate::api::App;
use crate::dialect::platform::SavedReplyJson;

#[derive(Debug, Deserialize)]
pub(super) struct OfferQuery {
    #[serde(default)]
    shortcut: String,
}

/// `GET /api/saved-replies?shortcut=re`: those whose shortcut begins so, the shortest first.
pub(super) async fn offer(
    State(app): State<App>,
    AgentRequest(agent): AgentRequest,
    query: Result<Query<OfferQuery>, QueryRejection>,
) -> Result<Json<Value>, Error> {
    let Query(OfferQuery { shortcut }) = query.map_err(|rejection| bad_query(&rejection))?;
    let offered = app.services.offer_saved_replies(agent, &shortcut).await?;
    let shown: Vec<_> = offered.iter().map(SavedReplyJson::from).collect();
    Ok(Json(json!(shown)))
}
