//! `/openapi.json`: REST v1 as OpenAPI 3.1, for those who generate clients.
//!
//! Nothing is said twice. Extractors tell which parameters and bodies they read (`inputs`), the shapes of
//! bodies and answers are those of the types that are read and written, and the table of routes says what
//! each route answers. What holds everywhere, such as refusals and headers, is added here by rule.

mod everywhere;
mod examples;
mod inputs;
mod shapes;

use std::sync::Arc;

use aide::openapi::{Info, OpenApi, Server};
use aide::transform::TransformOperation;
use axum::Extension;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use schemars::JsonSchema;
use serde_json::Value;

pub(super) use inputs::Created;
pub(super) use shapes::{
    BulkResult, Deleted, Done, FormOrJson, List, ListeningToken, Realtime, WebhookWithSecret,
};

/// REST v1 in OpenAPI's words, as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Document(Bytes);

/// What a route answers when all is well.
pub(super) fn answers<const STATUS: u16, T: JsonSchema>(
    summary: &'static str,
    description: &'static str,
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| {
        let id = summary.to_lowercase().replace([' ', '-'], "_");
        let operation = operation.id(&id).summary(summary).description(description);
        operation
            .response_with::<STATUS, inputs::Answer<T>, _>(|answer| answer.description(summary))
    }
}

/// How routes are described before any is.
pub(super) fn begin() -> OpenApi {
    // What a handler returns is JSON of any shape; the table of routes knows better.
    aide::generate::infer_responses(false);
    aide::generate::extract_schemas(true);
    OpenApi::default()
}

/// The description of a server at `public_url`, whose routes are in `api`.
pub(super) fn finish(mut api: OpenApi, public_url: &str) -> Value {
    api.info = Info {
        title: "Switchboard REST v1".to_owned(),
        description: Some(INTRODUCTION.to_owned()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Info::default()
    };
    let url = format!("{}/api/v1", public_url.trim_end_matches('/'));
    api.servers = vec![Server { url, ..Server::default() }];
    let mut document = serde_json::to_value(&api).expect("a description is plain data");
    everywhere::complete(&mut document);
    examples::add(&mut document);
    document
}

const INTRODUCTION: &str = "Conversations, messages and contacts of one organization, for its own programs. \
    Send an API key as `Authorization: Bearer mr_live_…`. Bodies are JSON in both directions, times are \
    UTC with milliseconds, and lists are read on with `next_cursor`.";

impl Document {
    /// Takes a description as it is sent from now on.
    pub(super) fn new(document: &Value) -> Arc<Self> {
        Arc::new(Self(document.to_string().into()))
    }
}

/// `GET /openapi.json`: needs no key.
pub(super) async fn show(Extension(document): Extension<Arc<Document>>) -> Response {
    ([(CONTENT_TYPE, "application/json")], document.0.clone()).into_response()
}
