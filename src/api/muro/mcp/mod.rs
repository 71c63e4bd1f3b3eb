//! `POST /api/mcp`: the Model Context Protocol, for agents that read conversations and act on them.
//!
//! The transport is Streamable HTTP without sessions and without streams: each request stands for itself,
//! and is answered in JSON. A key is shown and counted as in REST v1.

mod arguments;
mod server;
mod sites;
mod tool;
mod tools;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ACCEPT, AUTHORIZATION};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use rmcp::model::ClientJsonRpcMessage;
use rmcp::transport::StreamableHttpServerConfig;
use rmcp::transport::streamable_http_server::StreamableHttpService;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use serde_json::{Value, json};

use self::server::Server;
use super::error::Error;
use super::{body, cors, error, key};
use crate::api::App;

/// What requests are handed to.
type Transport = StreamableHttpService<Server, NeverSessionManager>;

/// The route of the protocol.
pub(super) fn router(app: &App) -> Router<App> {
    Router::new()
        .route("/api/mcp", post(receive))
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(Extension(Arc::new(transport(app))))
        .layer(from_fn_with_state(Arc::clone(app), key::admit))
        .layer(from_fn(cors::open))
}

fn transport(app: &App) -> Transport {
    let server = Server::new(Arc::clone(app));
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        // Which host and origin a request names is of no concern: browsers do not send keys on their own.
        .disable_allowed_hosts();
    Transport::new(move || Ok(server.clone()), Arc::default(), config)
}

/// `POST /api/mcp`
async fn receive(
    Extension(transport): Extension<Arc<Transport>>,
    request: Request,
) -> Result<Response, Error> {
    let (mut parts, sent) = request.into_parts();
    key::presented(&parts)?;
    let is_json = body::is_json(&parts.headers);
    let bytes = body::bytes(sent).await?;
    if !is_json {
        return Err(body::not_json());
    }
    if let Some(refusal) = refusal(&bytes) {
        return Ok((StatusCode::BAD_REQUEST, Json(refusal)).into_response());
    }
    // The specification has clients accept streams too; programs that ask once, by hand, do not say so.
    let accepted = HeaderValue::from_static("application/json, text/event-stream");
    parts.headers.insert(ACCEPT, accepted);
    // It has been seen to, and the headers go where others may write them down.
    parts.headers.remove(AUTHORIZATION);
    let answer = transport.handle(Request::from_parts(parts, Body::from(bytes))).await;
    Ok(answer.map(Body::new))
}

/// What is said to a body that is no message of the protocol: errors of JSON-RPC 2.0, section 5.1.
fn refusal(bytes: &[u8]) -> Option<Value> {
    if serde_json::from_slice::<ClientJsonRpcMessage>(bytes).is_ok() {
        return None;
    }
    let Ok(message) = serde_json::from_slice::<Value>(bytes) else {
        return Some(json_rpc_error(-32_700, "Parse error", &Value::Null));
    };
    let id = message.get("id").filter(|id| id.is_string() || id.is_number());
    Some(json_rpc_error(-32_600, "Invalid Request", id.unwrap_or(&Value::Null)))
}

fn json_rpc_error(code: i32, message: &str, id: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}
