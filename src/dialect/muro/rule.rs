//! An automation rule as the muro dialect shows it.

use serde::Serialize;

use super::millis;
use crate::domain::rules::{Actions, Conditions, Rule, Trigger};

/// An automation rule. Its conditions and actions are kept as the dialect writes them.
#[derive(Debug, Serialize)]
pub struct RuleJson<'a> {
    object: &'static str,
    id: String,
    name: &'a str,
    enabled: bool,
    trigger: Trigger,
    conditions: &'a Conditions,
    actions: &'a Actions,
    created_at: String,
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
