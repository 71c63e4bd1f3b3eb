//! From what happened to what is due.

use super::{Action, Facts, Rule, Trigger};
use crate::domain::RuleId;

/// An action that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The rule that wants it.
    pub rule: RuleId,
    /// What it wants.
    pub action: Action,
}

/// What is due when all of `happened` did. Rules are asked in the order in which they are given, and each
/// sees the tags and the status as those before it leave them.
#[must_use]
pub fn decide(rules: &[Rule], happened: &[Trigger], mut facts: Facts) -> Vec<Due> {
    let mut due = Vec::new();
    for rule in rules {
        let body = &rule.body;
        let applies =
            body.enabled && happened.contains(&body.trigger) && body.conditions.hold(&facts);
        for action in body.actions.as_slice().iter().filter(|_| applies) {
            facts.after(action);
            due.push(Due { rule: rule.id, action: action.clone() });
        }
    }
    due
}
