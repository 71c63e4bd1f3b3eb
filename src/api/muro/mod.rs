//! The muro dialect over HTTP: REST v1 under Bearer keys. Every path answers `OPTIONS`, and pages of any
//! origin may call: a key is not sent by a browser on its own.

mod body;
mod bulk;
mod contacts;
mod conversations;
mod cors;
mod cursor;
mod error;
mod id;
mod idempotency;
mod key;
mod mcp;
mod messages;
mod openapi;
mod page;
mod query;
mod realtime;
mod routes;
mod rules;
mod saved_replies;
mod summary;
mod typing;
mod webhooks;
mod widget;

use std::sync::Arc;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::{Extension, Router};
use serde_json::Value;

use super::App;

/// The routes of the dialect.
pub(super) fn router(app: &App) -> Router<App> {
    let mut api = openapi::begin();
    let routes = routes::rest().finish_api(&mut api);
    let document = openapi::Document::new(&openapi::finish(api, &app.public_url));
    let routes = routes
        .method_not_allowed_fallback(error::method_not_allowed)
        .fallback(error::not_found)
        .layer(Extension(document))
        .layer(from_fn_with_state(Arc::clone(app), idempotency::once))
        .layer(from_fn_with_state(Arc::clone(app), key::admit))
        .layer(from_fn(cors::open));
    // A service takes the bare prefix too, with and without its slash: what is not there is the dialect's to say.
    Router::new()
        .nest_service("/api/v1", routes.with_state(Arc::clone(app)))
        .merge(mcp::router(app))
        .merge(widget::router())
}

/// REST v1 of a server at `public_url`, described as OpenAPI 3.1.
#[must_use]
pub fn description(public_url: &str) -> Value {
    let mut api = openapi::begin();
    let _ = routes::rest().finish_api(&mut api);
    openapi::finish(api, public_url)
}
