//! `/conversations/{id}/typing`: that somebody is about to answer.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::OptionalBody;
use super::error::Error;
use super::id::Id;
use super::key::WriteKey;
use crate::api::App;
use crate::domain::ConversationId;

/// Whether they type.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct TypingSign {
    typing: bool,
}

impl Default for TypingSign {
    fn default() -> Self {
        Self { typing: true }
    }
}

/// `POST /conversations/{id}/typing`: everyone in the conversation is told. It ends ten seconds later, unless
/// it is said again.
pub(super) async fn show(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<ConversationId>,
    OptionalBody(TypingSign { typing }): OptionalBody<TypingSign>,
) -> Result<Json<Value>, Error> {
    let typist = app.services.program_typist(key.program(), id).await?;
    if typing {
        app.typing.start(id, typist, key.id);
    } else {
        app.typing.stop(id, key.id);
    }
    Ok(Json(json!({"ok": true})))
}
