//! `/conversations/{id}/summary`: what a model makes of a conversation.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::OptionalBody;
use super::error::Error;
use super::id::Id;
use super::key::{ReadKey, WriteKey};
use crate::ai::SummaryError;
use crate::api::App;
use crate::dialect::muro::SummaryJson;
use crate::domain::{ConversationId, Summary};

/// Nothing needs to be said; what is said is passed over.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Nothing {}

/// `GET /conversations/{id}/summary`: the one that was written last.
pub(super) async fn show(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    Id(id): Id<ConversationId>,
) -> Result<Json<Value>, Error> {
    Ok(shown(&app.services.summary(key.program(), id).await?))
}

/// `POST /conversations/{id}/summary`: a new one, in the place of one that is there.
pub(super) async fn write(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<ConversationId>,
    OptionalBody(Nothing {}): OptionalBody<Nothing>,
) -> Result<Json<Value>, Error> {
    Ok(shown(&app.summarizer.summarize(key.program(), id).await?))
}

fn shown(summary: &Summary) -> Json<Value> {
    Json(json!(SummaryJson::from(summary)))
}

impl From<SummaryError> for Error {
    fn from(error: SummaryError) -> Self {
        let message = error.to_string();
        match error {
            SummaryError::Off | SummaryError::Stopping => Self::unavailable(message, None),
            SummaryError::Away { retry_after, .. } => Self::unavailable(message, retry_after),
            SummaryError::Useless(_) => Self::bad_gateway(message),
            SummaryError::Service(error) => error.into(),
        }
    }
}
