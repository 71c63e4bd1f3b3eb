//! An automation rule as the muro dialect shows it.

use schemars::JsonSchema;
use serde::Serialize;

use super::millis;
use super::schema::{ActionsSchema, ConditionsSchema, TriggerSchema};
use crate::domain::rules::{Actions, Conditions, Rule, Trigger};

/// An automation rule. Its conditions and actions are kept as the dialect writes them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Rule")]
pub struct RuleJson<'a> {
    #[schemars(extend("const" = "automation_rule"))]
    object: &'static str,
    id: String,
    name: &'a str,
    enabled: bool,
    #[schemars(with = "TriggerSchema")]
    trigger: Trigger,
    #[schemars(with = "ConditionsSchema")]
    conditions: &'a Conditions,
    #[schemars(with = "ActionsSchema")]
    actions: &'a Actions,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[schemars(extend("format" = "date-time"))]
    updated_at: String,
}

impl<'a> From<&'a Rule> for RuleJson<'a> {
    fn from(rule: &'a Rule) -> Self {
        Self {
            object: "automation_rule",
            id: rule.id.prefixed("aur_"),
            name: &rule.body.name,
            enabled: rule.body.enabled,
            trigger: rule.body.trigger,
            conditions: &rule.body.conditions,
            actions: &rule.body.actions,
            created_at: millis(rule.created_at),
            updated_at: millis(rule.updated_at),
        }
    }
}
