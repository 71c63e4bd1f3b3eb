//! What operators and load balancers ask.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::time::timeout;

use super::App;

/// How long the database may take to answer before the node is called not ready.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
}

/// The process lives.
async fn healthz() -> &'static str {
    "ok\n"
}

/// New clients are welcome: the database answers, and the node is not about to stop.
async fn readyz(State(app): State<App>) -> Response {
    if app.draining.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    let answered = timeout(PATIENCE, app.services.ping()).await;
    match answered
        .map_err(|_| "no answer in time".to_owned())
        .and_then(|pinged| pinged.map_err(|error| error.to_string()))
    {
        Ok(()) => ready(&app).into_response(),
        Err(error) => {
            let why = format!("the database does not answer: {error}\n");
            (StatusCode::SERVICE_UNAVAILABLE, why).into_response()
        }
    }
}

/// A node that does not hear the others goes on: it reads from the database what they write. Were it not
/// ready, an outage of Redis would take all nodes out of service at once.
fn ready(app: &App) -> &'static str {
    match &app.bus {
        Some(bus) if !bus.is_up() => {
            "ready, but Redis is away: other nodes are heard with a delay\n"
        }
        _ => "ready\n",
    }
}

/// Figures in the Prometheus text format.
async fn metrics(State(app): State<App>) -> Response {
    match &app.metrics {
        Some(handle) => {
            let form = "text/plain; version=0.0.4; charset=utf-8";
            ([(CONTENT_TYPE, form)], handle.render()).into_response()
        }
        None => (StatusCode::NOT_FOUND, "metrics are off, see metrics.enabled\n").into_response(),
    }
}
