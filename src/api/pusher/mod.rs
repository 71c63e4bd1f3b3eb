//! The HTTP API of Pusher Channels: what servers publish and ask, signed with an application's secret.
//!
//! In reading order:
//!
//! - [`auth`], with [`query`], [`body`] and [`replays`]: who is asking;
//! - [`events`], with [`event`]: publishing;
//! - [`channels`], [`users`], with [`attributes`]: asking, and letting users go;
//! - [`error`]: the refusals.

mod attributes;
mod auth;
mod body;
mod channels;
mod error;
mod event;
mod events;
mod query;
mod replays;
mod users;

use axum::Router;
use axum::routing::{any, get, post};

use super::App;

pub use replays::Replays;

/// The routes of the API.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/apps/{app_id}/events", post(events::trigger))
        .route("/apps/{app_id}/batch_events", post(events::batch))
        .route("/apps/{app_id}/channels", get(channels::list))
        .route("/apps/{app_id}/channels/{channel}", get(channels::show))
        .route("/apps/{app_id}/channels/{channel}/users", get(channels::users))
        .route("/apps/{app_id}/channels/{channel}/stats", get(channels::stats))
        .route("/apps/{app_id}/channels/{channel}/events", post(events::trigger_on_channel))
        .route("/apps/{app_id}/connections", get(channels::connections))
        .route("/apps/{app_id}/users/{user_id}/terminate_connections", post(users::terminate))
        // The SDK for Python leaves the application out of this path; its key tells which it is.
        .route("/users/{user_id}/terminate_connections", post(users::terminate))
        .route("/apps/{app_id}", any(error::nothing_here))
        .route("/apps/{app_id}/{*rest}", any(error::nothing_here))
        .method_not_allowed_fallback(error::method_not_allowed)
}
