//! How the dialect describes what it keeps as its documents write it: for those who generate clients, and
//! never made.

#![expect(dead_code, reason = "these types are described and never made")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::patterns;

/// What programs note of a conversation or a contact: at most 16 KB.
pub type MetadataSchema = BTreeMap<String, Value>;

/// When a rule runs.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "RuleTrigger")]
pub enum TriggerSchema {
    /// A conversation begins.
    #[serde(rename = "conversation.created")]
    ConversationCreated,
    /// A visitor writes.
    #[serde(rename = "message.created")]
    MessageCreated,
}

/// What a webhook may hear of.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "WebhookEvent")]
pub enum WebhookEventSchema {
    /// A visitor wrote, or was answered.
    #[serde(rename = "message.created")]
    MessageCreated,
    /// A conversation began.
    #[serde(rename = "conversation.opened")]
    ConversationOpened,
    /// A conversation was closed.
    #[serde(rename = "conversation.closed")]
    ConversationClosed,
    /// A visitor's e-mail became known.
    #[serde(rename = "visitor.identified")]
    VisitorIdentified,
}

/// How a receiver knows that a request is ours.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "SignatureStyle")]
#[serde(rename_all = "kebab-case")]
pub enum SignatureStyleSchema {
    /// `x-muro-signature`
    Muro,
    /// `webhook-signature`
    StandardWebhooks,
}

/// The conditions of a rule. Where there is none, the rule always applies.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "RuleConditions")]
pub struct ConditionsSchema {
    /// How many have to hold: `all` or `any`.
    #[serde(rename = "match", default = "all", skip_serializing_if = "String::is_empty")]
    #[schemars(extend("enum" = ["all", "any"]))]
    how: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    items: Vec<ConditionSchema>,
}

fn all() -> String {
    "all".to_owned()
}

/// One condition.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "RuleCondition")]
pub struct ConditionSchema {
    #[schemars(extend("enum" = [
        "content", "status", "tags", "website_id", "visitor.email", "visitor.name", "url", "language",
    ]))]
    field: String,
    /// `matches` takes a regular expression in RE2's syntax.
    #[schemars(extend("enum" = [
        "contains", "not_contains", "equals", "not_equals", "starts_with", "ends_with", "is_empty",
        "is_not_empty", "matches",
    ]))]
    op: String,
    /// Left out for `is_empty` and `is_not_empty`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    value: Option<String>,
}

/// What a rule does, one after the other.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "RuleActions")]
pub struct ActionsSchema(#[schemars(length(min = 1, max = 10))] Vec<ActionSchema>);

/// One action.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(rename = "RuleAction")]
pub enum ActionSchema {
    /// The conversation gets a tag.
    AddTag {
        /// The tag.
        #[schemars(regex(pattern = patterns::TAG))]
        value: String,
    },
    /// The conversation is given to an agent.
    Assign {
        /// An agent.
        #[schemars(regex(pattern = "^usr_[0-9a-f]{32}$"))]
        user_id: String,
    },
    /// The conversation is opened, closed or snoozed.
    SetStatus {
        /// The status; also read from `status`.
        #[schemars(extend("enum" = ["open", "closed", "snoozed"]))]
        value: String,
    },
    /// The visitor gets an answer.
    Reply {
        /// The answer: at most 32 KB.
        #[schemars(regex(pattern = patterns::TEXT))]
        text: String,
    },
}
