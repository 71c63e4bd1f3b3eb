//! The muro dialect over HTTP: REST v1 under Bearer keys. Every path answers `OPTIONS`, and pages of any
//! origin may call: a key is not sent by a browser on its own.

mod body;
mod cors;
mod cursor;
mod error;
mod key;
mod page;
mod query;
mod realtime;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::{get, post};

use super::App;

/// The routes of the dialect.
pub(super) fn router() -> Router<App> {
    let routes = Router::new()
        .route("/realtime", get(realtime::show))
        .route("/realtime/auth", post(realtime::authorize))
        .method_not_allowed_fallback(error::method_not_allowed)
        .fallback(error::not_found)
        .layer(DefaultBodyLimit::max(body::BYTES_MAX))
        .layer(from_fn(cors::open));
    Router::new().nest("/api/v1", routes)
}
