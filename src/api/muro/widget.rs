//! The `muro()` widget on the pages of a website: its loader, and what a page says of its visitor. The widget itself is
//! the platform's.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Body;
use super::cors;
use super::error::{Error, method_not_allowed};
use crate::api::App;
use crate::api::platform::page_origin;
use crate::service::{IdentifyVisitor, VisitorProof};

/// The routes of the widget. They lie outside of REST v1: visitors' browsers have no key.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/widget.js", get(loader))
        .route("/widget/identify", post(identify))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(cors::open))
}

/// `GET /widget.js`
async fn loader(State(app): State<App>, headers: HeaderMap) -> Response {
    app.assets.serve("muro.js", &headers)
}

/// What the loader tells of `muro('identify', …)`.
#[derive(Debug, Deserialize)]
struct Identify {
    widget_id: String,
    /// The visitor's id up to now.
    external_id: String,
    external_id_hash: Option<String>,
    email: String,
    name: Option<String>,
    user_hash: Option<String>,
}

/// `POST /widget/identify`: answers the id by which the visitor goes from now on, and what proves it.
async fn identify(
    State(app): State<App>,
    headers: HeaderMap,
    Body(asked): Body<Identify>,
) -> Result<Json<Value>, Error> {
    let Identify { external_id, external_id_hash, .. } = asked;
    let request = IdentifyVisitor {
        widget: asked.widget_id,
        page_origin: page_origin(&headers),
        proof: VisitorProof { external_id, external_id_hash },
        email: asked.email,
        user_hash: asked.user_hash,
        name: asked.name,
    };
    let VisitorProof { external_id, external_id_hash } =
        app.services.identify_visitor(request).await?;
    Ok(Json(json!({"external_id": external_id, "external_id_hash": external_id_hash})))
}
