//! `/conversations/bulk`: one action on many conversations.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Body;
use super::conversations::read_assignee;
use super::error::Error;
use super::key::WriteKey;
use super::page::whole_list;
use crate::api::App;
use crate::dialect::muro::ConversationJson;
use crate::domain::{ConversationDetail, ConversationStatus, Invalid};
use crate::service::{ConversationChange, Mark, ServiceError};

/// What is to be done, and with which conversations.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Bulk {
    #[schemars(length(min = 1, max = 100))]
    ids: Vec<String>,
    action: Action,
    /// Who is to have them; with `assign` alone, and needed there.
    #[schemars(regex(pattern = "^usr_[0-9a-f]{32}$"))]
    assigned_user_id: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "BulkAction")]
enum Action {
    Close,
    Open,
    Snooze,
    Read,
    Unread,
    Assign,
}

/// `POST /conversations/bulk`: a result for each id, in their order; 200 also when some of them failed.
pub(super) async fn change(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Body(bulk): Body<Bulk>,
) -> Result<Json<Value>, Error> {
    let change = change_of(bulk.action, bulk.assigned_user_id)?;
    // What is no id is the id of nothing, and says so in its place.
    let ids: Vec<_> = bulk.ids.iter().map(|id| id.parse().ok()).collect();
    let results = app.services.change_conversations(key.program(), &ids, &change).await?;
    Ok(whole_list(bulk.ids.iter().zip(results).map(|(id, result)| shown(id, result))))
}

fn change_of(action: Action, assignee: Option<String>) -> Result<ConversationChange, Invalid> {
    let mut change = ConversationChange::default();
    // What no action asks for is read all the same: a wrong id is a mistake wherever it stands.
    let assignee = assignee.map(|agent| read_assignee(Some(agent))).transpose()?;
    match action {
        Action::Close => change.status = Some(ConversationStatus::Closed),
        Action::Open => change.status = Some(ConversationStatus::Open),
        Action::Snooze => change.status = Some(ConversationStatus::Snoozed),
        Action::Read => change.mark = Some(Mark::Read),
        Action::Unread => change.mark = Some(Mark::Unread),
        Action::Assign => {
            let why = "is required when the action is assign";
            let agent = assignee.ok_or_else(|| Invalid::new("assigned_user_id", why))?;
            change.assignee = Some(agent);
        }
    }
    Ok(change)
}

fn shown(id: &str, result: Result<ConversationDetail, ServiceError>) -> Value {
    match result {
        Ok(conversation) => {
            let shown = ConversationJson::from(&conversation);
            json!({"id": id, "ok": true, "conversation": shown})
        }
        Err(error) => json!({"id": id, "ok": false, "error": Error::from(error).object()}),
    }
}
