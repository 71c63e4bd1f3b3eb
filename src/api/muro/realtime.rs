//! `/realtime`: where and how programs listen to conversations over Pusher.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use switchboard_protocol::pusher::{SocketId, Token};
use url::Url;

use super::body::bytes;
use super::error::Error;
use super::key::ReadKey;
use crate::api::App;
use crate::dialect::muro::{
    AGENT_TYPING, CONVERSATION_CHANNEL, CONVERSATION_UPDATE, MESSAGE_NEW, channel_name, room_of,
};
use crate::domain::{ApiKey, Invalid, PusherApp, Room, policy};
use crate::service::Listening;

/// What pusher-js 8 must be told and never uses where a host is given.
const CLUSTER: &str = "mt1";

/// `GET /realtime`: whether it is live, and if so the options of pusher-js, the names of channels and
/// the shapes of events.
pub(super) async fn show(
    State(app): State<App>,
    ReadKey(key): ReadKey,
) -> Result<Json<Value>, Error> {
    let pusher = app.services.apps().of_organization(key.organization_id).await?;
    let shown = pusher.and_then(|pusher| connection(&app.public_url, &pusher, &key));
    Ok(Json(shown.unwrap_or_else(|| json!({"object": "realtime", "enabled": false}))))
}

fn connection(public_url: &str, pusher: &PusherApp, key: &ApiKey) -> Option<Value> {
    let url = Url::parse(public_url).ok()?;
    Some(json!({
        "object": "realtime",
        "enabled": true,
        "config": {
            "key": pusher.key,
            "host": url.host_str()?,
            "port": url.port_or_known_default()?,
            "forceTLS": url.scheme() == "https",
            "cluster": CLUSTER,
        },
        "auth_endpoint": format!("{}/api/v1/realtime/auth", public_url.trim_end_matches('/')),
        "channels": channels(key),
        "events": events(),
    }))
}

/// The channels that [`authorize`] opens for this key.
fn channels(key: &ApiKey) -> Value {
    let organization = key.organization_id;
    let mut channels = json!({"conversation": CONVERSATION_CHANNEL});
    if policy::key_may_hear_all(key, organization) {
        channels["workspace"] = channel_name(Room::Workspace(organization)).into();
    }
    channels
}

/// The shape of each event, in words that a reader of JSON understands.
fn events() -> Value {
    json!({
        MESSAGE_NEW: {
            "id": "msg_…",
            "conversation_id": "cnv_…",
            "sender_type": "visitor | agent | note | system",
            "sender_id": "vis_… | usr_… | null",
            "content": "string",
            "attachments": [],
            "created_at": "2026-06-07T10:00:00.000Z",
        },
        CONVERSATION_UPDATE: {
            "id": "cnv_…",
            "status": "open | closed | snoozed",
            "tags": ["string"],
            "unread_count": 0,
            "assigned_user_id": "usr_… | null",
            "last_message_at": "2026-06-07T10:00:00.000Z | null",
        },
        AGENT_TYPING: {
            "conversation_id": "cnv_…",
            "user_id": "usr_…",
            "name": "string",
            "typing": true,
        },
    })
}

/// Most characters of a connection's id; this server's own have 21.
const SOCKET_ID_CHARS_MAX: usize = 64;

/// What a Pusher client asks the authorizer; more fields than these are passed over.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Authorization {
    #[schemars(length(max = 64), regex(pattern = r"^[0-9]+\.[0-9]+$"))]
    socket_id: String,
    channel_name: String,
}

/// `POST /realtime/auth`: lets the client's connection listen to a channel of the key's organization.
/// Takes a form, as pusher-js sends, or JSON.
pub(super) async fn authorize(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Error> {
    let Authorization { socket_id, channel_name: channel } = read(&headers, &bytes(body).await?)?;
    if socket_id.len() > SOCKET_ID_CHARS_MAX || !SocketId::is_well_formed(&socket_id) {
        return Err(Invalid::new("socket_id", "must be two numbers with a dot between").into());
    }
    let room = room_of(key.organization_id, &channel);
    let listening = Listening { socket_id: socket_id.clone(), channel: channel.clone(), room };
    let pusher = app.services.allow_listening(&key, listening).await?;
    let token = Token::new(&pusher.key, pusher.secret.expose());
    Ok(Json(json!({"auth": token.channel_auth(&socket_id, &channel, None)})))
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Authorization, Invalid> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        return serde_json::from_slice(body)
            .map_err(|_| Invalid::new("body", "must be JSON with socket_id and channel_name"));
    }
    let field = |name: &str| {
        let value = url::form_urlencoded::parse(body).find(|(key, _)| key == name);
        value.map(|(_, value)| value.into_owned())
    };
    match (field("socket_id"), field("channel_name")) {
        (Some(socket_id), Some(channel_name)) => Ok(Authorization { socket_id, channel_name }),
        (None, _) => Err(Invalid::new("socket_id", "is required")),
        (_, None) => Err(Invalid::new("channel_name", "is required")),
    }
}
