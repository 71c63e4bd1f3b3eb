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
mod messages;
mod page;
mod query;
mod realtime;
mod rules;
mod saved_replies;
mod summary;
mod webhooks;
mod widget;
mod typing;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use super::App;

/// The routes of the dialect.
pub(super) fn router(app: &App) -> Router<App> {
    let routes = Router::new()
        .route("/realtime", get(realtime::show))
        .route("/realtime/auth", post(realtime::authorize))
        .route("/conversations", get(conversations::list).post(conversations::open))
        .route("/conversations/bulk", post(bulk::change))
        .route("/conversations/{id}", get(conversations::show).patch(conversations::change))
        .route("/conversations/{id}/messages", get(messages::list).post(messages::send))
        .route("/conversations/{id}/typing", post(typing::show))
        .route("/conversations/{id}/summary", get(summary::show).post(summary::write))
        .route("/contacts", get(contacts::list))
        .route("/contacts/{id}", get(contacts::show).patch(contacts::change))
        .route("/saved-replies", get(saved_replies::list).post(saved_replies::create))
        .route(
            "/saved-replies/{id}",
            get(saved_replies::show).patch(saved_replies::change).delete(saved_replies::delete),
        )
        .route("/automation-rules", get(rules::list).post(rules::create))
        .route(
            "/automation-rules/{id}",
            get(rules::show).patch(rules::change).delete(rules::delete),
        )
        .route("/webhooks", get(webhooks::list).post(webhooks::create))
        .route(
            "/webhooks/{id}",
            get(webhooks::show).patch(webhooks::change).delete(webhooks::delete),
        )
        .route("/webhooks/{id}/rotate", post(webhooks::rotate))
        .route("/webhooks/{id}/deliveries", get(webhooks::deliveries))
        .route("/webhooks/{id}/deliveries/{delivery_id}/redeliver", post(webhooks::redeliver))
        .method_not_allowed_fallback(error::method_not_allowed)
        .fallback(error::not_found)
        .layer(from_fn_with_state(Arc::clone(app), idempotency::once))
        .layer(from_fn_with_state(Arc::clone(app), key::admit))
        .layer(from_fn(cors::open));
    Router::new().nest("/api/v1", routes).merge(widget::router())
}
