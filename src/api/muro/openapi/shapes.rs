//! Answers that are put together where they are given, as their readers know them.

#![expect(dead_code, reason = "these shapes are described and never made")]

use std::collections::BTreeMap;

use aide::generate::GenContext;
use aide::openapi::{Operation, RequestBody};
use aide::operation::{OperationInput, set_body};
use schemars::JsonSchema;
use serde_json::Value;

use super::super::realtime::Authorization;
use super::inputs::media_type;
use crate::dialect::muro::{ConversationJson, WebhookJson};

/// The answer to a request for a list.
#[derive(JsonSchema)]
#[schemars(rename = "ListOf{T}")]
pub(in crate::api::muro) struct List<T> {
    #[schemars(extend("const" = "list"))]
    object: String,
    data: Vec<T>,
    /// Whether there are more than these.
    has_more: bool,
    /// What to send as `cursor` for the next ones; `null` when these are the last.
    next_cursor: Option<String>,
}

/// What became of one id of a bulk action: `conversation` when it is well, otherwise `error`.
#[derive(JsonSchema)]
pub(in crate::api::muro) struct BulkResult {
    /// As it was sent.
    id: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<ConversationJson<'static>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
}

/// Why something was refused.
#[derive(JsonSchema)]
pub(in crate::api::muro) struct Refusal {
    #[serde(rename = "type")]
    kind: String,
    message: String,
}

/// It is done, and there is nothing more to say.
#[derive(JsonSchema)]
pub(in crate::api::muro) struct Done {
    ok: bool,
}

/// What was deleted.
#[derive(JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the field is called so on the wire")]
pub(in crate::api::muro) struct Deleted {
    object: String,
    id: String,
    deleted: bool,
}

/// A webhook and its secret, which is shown this once.
#[derive(JsonSchema)]
pub(in crate::api::muro) struct WebhookWithSecret {
    #[serde(flatten)]
    webhook: WebhookJson<'static>,
    /// `whsec_…`: what requests are signed with.
    secret: String,
}

/// Where and how to listen over Pusher; nothing but `enabled` where that is switched off.
#[derive(JsonSchema)]
pub(in crate::api::muro) struct Realtime {
    #[schemars(extend("const" = "realtime"))]
    object: String,
    enabled: bool,
    /// Options for `new Pusher(key, options)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<PusherConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_endpoint: Option<String>,
    /// The names of channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<BTreeMap<String, String>>,
    /// The shape of each event's data.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<BTreeMap<String, Value>>,
}

/// Options of a Pusher client.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PusherConfig {
    key: String,
    host: String,
    port: u16,
    #[serde(rename = "forceTLS")]
    force_tls: bool,
    cluster: String,
}

/// What lets a connection listen to a channel, for a Pusher client.
#[derive(JsonSchema)]
pub(in crate::api::muro) struct ListeningToken {
    /// `<key>:<signature>`
    auth: String,
}

/// What a Pusher client asks, as a form or as JSON.
pub(in crate::api::muro) struct FormOrJson;

impl OperationInput for FormOrJson {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let kinds = ["application/json", "application/x-www-form-urlencoded"];
        let content = kinds
            .into_iter()
            .map(|kind| (kind.to_owned(), media_type::<Authorization>(ctx)))
            .collect();
        let body = RequestBody { content, required: true, ..RequestBody::default() };
        set_body(ctx, operation, body);
    }
}
