//! HTTP: one folder for each dialect, and what every server has.
//!
//! A dialect is a translation: a handler reads the request, asks one service, and shows the answer.

pub mod muro;
pub mod operation;
pub mod platform;
pub mod pusher;
mod redirect;
mod request_id;
mod security;

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use switchboard_rooms::Bus;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ai::Summarizer;
use crate::clock::Clock;
use crate::own_origins::OwnOrigins;
use crate::service::{PusherHub, Services, TypingSigns};
use crate::web::Assets;

/// What the handlers share.
pub struct Parts {
    /// The use-cases.
    pub services: Services,
    /// Who writes summaries.
    pub summarizer: Summarizer,
    /// The time.
    pub clock: Clock,
    /// The channels of Pusher's applications.
    pub channels: Arc<dyn PusherHub>,
    /// Who types.
    pub typing: Arc<dyn TypingSigns>,
    /// What Pusher's HTTP API has received.
    pub replays: pusher::Replays,
    /// The pages.
    pub assets: Assets,
    /// Where browsers find this server: its scheme decides whether cookies are `Secure`.
    pub public_url: String,
    /// The pages that may use an agent's cookie.
    pub own_origins: OwnOrigins,
    /// The figures; `None` when they are switched off.
    pub metrics: Option<PrometheusHandle>,
    /// What is finished before the node ends, also when no client waits for it.
    pub tasks: TaskTracker,
    /// The node lets its clients go: it is not ready for new ones.
    pub draining: CancellationToken,
    /// What joins the nodes; `None` where this is the only one.
    pub bus: Option<Bus>,
}

/// Shared state of all handlers.
pub type App = Arc<Parts>;

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

impl Parts {
    /// Whether browsers reach the server over TLS.
    fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Every route but those of the sockets, which `sockets` brings.
pub fn router(app: App, sockets: Router) -> Router {
    let sockets = sockets.layer(from_fn_with_state(Arc::clone(&app), security::cross_origin));
    let router = Router::new()
        .route("/", get(async || redirect::found("/inbox")))
        .merge(operation::router())
        .merge(muro::router(&app))
        .merge(platform::router())
        .merge(pusher::router())
        .fallback(not_found)
        .with_state(app)
        .merge(sockets);
    with_request_ids(router)
}

/// Gives every request an id, and counts it.
pub fn with_request_ids(router: Router) -> Router {
    router.layer(from_fn(request_id::request_id))
}

async fn not_found() -> Response {
    platform::error(StatusCode::NOT_FOUND, "there is nothing at this path").into_response()
}
