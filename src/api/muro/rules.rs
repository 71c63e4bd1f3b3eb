//! `/automation-rules`: what is done by itself when a conversation begins or a visitor writes.

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
use crate::dialect::muro::schema::{ActionsSchema, ConditionsSchema, TriggerSchema};
use crate::dialect::muro::{RuleJson, patterns};
use crate::domain::RuleId;
use crate::domain::rules::{Actions, Conditions, Rule, RuleBody, Trigger};
use crate::service::RuleChange;

/// Where a page of rules ends.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct After(RuleId);

impl Place for After {
    const LIST: &'static str = "automation_rules";
}

/// What a new rule says. It runs at once, unless it is told not to.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct NewRule {
    #[schemars(regex(pattern = patterns::NAME))]
    name: String,
    enabled: Option<bool>,
    #[schemars(with = "TriggerSchema")]
    trigger: Trigger,
    #[serde(default)]
    #[schemars(with = "ConditionsSchema")]
    conditions: Conditions,
    #[schemars(with = "ActionsSchema")]
    actions: Actions,
}

/// What a rule is to say, any part of it. Conditions and actions are replaced as a whole.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ChangedRule {
    #[schemars(regex(pattern = patterns::NAME))]
    name: Option<String>,
    enabled: Option<bool>,
    #[schemars(with = "Option<TriggerSchema>")]
    trigger: Option<Trigger>,
    #[schemars(with = "Option<ConditionsSchema>")]
    conditions: Option<Conditions>,
    #[schemars(with = "Option<ActionsSchema>")]
    actions: Option<Actions>,
}

/// `GET /automation-rules`: in the order in which they run.
pub(super) async fn list(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    page: Page<After>,
) -> Result<Json<Value>, Error> {
    let after = page.after.as_ref().map(|After(id)| *id);
    let rules = app.services.list_rules(key.program(), after, page.rows()).await?;
    Ok(page.list(&rules, |rule| After(rule.id), RuleJson::from))
}

/// `POST /automation-rules`
pub(super) async fn create(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Body(NewRule { name, enabled, trigger, conditions, actions }): Body<NewRule>,
) -> Result<Created, Error> {
    let enabled = enabled.unwrap_or(true);
    let body = RuleBody { name, enabled, trigger, conditions, actions };
    let rule = app.services.create_rule(key.program(), body).await?;
    Ok(Created(shown(&rule)))
}

/// `GET /automation-rules/{id}`
pub(super) async fn show(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    Id(id): Id<RuleId>,
) -> Result<Json<Value>, Error> {
    Ok(shown(&app.services.get_rule(key.program(), id).await?))
}

/// `PATCH /automation-rules/{id}`
pub(super) async fn change(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<RuleId>,
    Body(ChangedRule { name, enabled, trigger, conditions, actions }): Body<ChangedRule>,
) -> Result<Json<Value>, Error> {
    let change = RuleChange { name, enabled, trigger, conditions, actions };
    Ok(shown(&app.services.change_rule(key.program(), id, change).await?))
}

/// `DELETE /automation-rules/{id}`
pub(super) async fn delete(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<RuleId>,
) -> Result<Json<Value>, Error> {
    app.services.delete_rule(key.program(), id).await?;
    let id = id.prefixed("aur_");
    Ok(Json(json!({"object": "automation_rule", "id": id, "deleted": true})))
}

fn shown(rule: &Rule) -> Json<Value> {
    Json(json!(RuleJson::from(rule)))
}
