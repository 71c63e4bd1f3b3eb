//! The platform dialect over HTTP: agents' REST, login, the widget and the pages.

mod agent;
mod conversations;
mod error;
mod login;
mod pages;
mod saved_replies;
mod widget;

use axum::Router;
use axum::routing::{get, post};

use super::App;

pub(super) use error::error;
pub(super) use widget::page_origin;

/// The routes of the dialect.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/conversations", get(conversations::list))
        .route("/api/conversations/", get(conversations::list))
        .route("/api/conversations/{id}", get(conversations::show))
        .route("/api/conversations/{id}/history", get(conversations::history))
        .route("/api/conversations/{id}/messages", get(conversations::history))
        .route("/api/conversations/{id}/assign", post(conversations::assign))
        .route("/api/conversations/{id}/resolve", post(conversations::resolve))
        .route("/api/conversations/{id}/tag", post(conversations::tag))
        .route("/api/saved-replies", get(saved_replies::offer))
        .route("/auth/login", get(login::form).post(login::log_in))
        .route("/auth/logout", post(login::log_out))
        .route("/inbox", get(pages::inbox))
        .route("/demo", get(pages::demo))
        .route("/assets/{file}", get(pages::asset))
        .route("/chat-widget", get(widget::page))
        .route("/chat-widget/embed.js", get(widget::loader))
        .route("/chat-widget/history/{id}", get(widget::history))
        .method_not_allowed_fallback(error::method_not_allowed)
}
