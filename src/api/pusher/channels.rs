//! Asking about channels: which are occupied, and by how many.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use switchboard_protocol::pusher::ChannelName;

use super::attributes::{Attributes, AttributesJson};
use super::auth::Signed;
use super::error::Error;
use crate::api::{App, Parts};
use crate::service::ChannelState;

const PRESENCE: &str = "presence-";

#[derive(Debug, Serialize)]
pub(super) struct ChannelsJson {
    channels: BTreeMap<String, AttributesJson>,
}

#[derive(Debug, Serialize)]
pub(super) struct ChannelJson {
    occupied: bool,
    #[serde(flatten)]
    attributes: AttributesJson,
}

#[derive(Debug, Serialize)]
pub(super) struct StatsJson {
    occupied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_count: Option<usize>,
    connection_count: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct UsersJson {
    users: Vec<UserJson>,
}

#[derive(Debug, Serialize)]
struct UserJson {
    id: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ConnectionsJson {
    connections: usize,
}

/// `GET /apps/{id}/channels?filter_by_prefix=…&info=…`: the channels somebody is subscribed to.
pub(super) async fn list(
    State(state): State<App>,
    signed: Signed,
) -> Result<Json<ChannelsJson>, Error> {
    let prefix = signed.query.get("filter_by_prefix")?.unwrap_or_default();
    let attributes = Attributes::parse(signed.query.get("info")?)?.without_cache()?;
    if attributes.user_count && !prefix.starts_with(PRESENCE) {
        let text = format!("info: for user_count, filter_by_prefix must begin with {PRESENCE}");
        return Err(Error::bad_request(text));
    }
    let occupied = state.channels.occupied(&signed.app, prefix, attributes.user_count).await;
    let shown = occupied.into_iter().map(|(name, it)| (name.to_string(), attributes.show(it)));
    Ok(Json(ChannelsJson { channels: shown.collect() }))
}

/// `GET /apps/{id}/channels/{channel}?info=…`
pub(super) async fn show(
    State(state): State<App>,
    signed: Signed,
) -> Result<Json<ChannelJson>, Error> {
    let channel = signed.channel()?;
    let asked = Attributes::parse(signed.query.get("info")?)?.of(&channel)?;
    if asked.cache {
        state.channels.recollect(&signed.app, &channel).await;
    }
    let found = state_of(&state, &signed, channel).await;
    let occupied = found.subscription_count > 0;
    // Nobody counts nobody; but what was published can be remembered with nobody there.
    let asked = if occupied { asked } else { asked.of_the_empty() };
    Ok(Json(ChannelJson { occupied, attributes: asked.show(found) }))
}

/// `GET /apps/{id}/channels/{channel}/users`: who is on a presence channel.
pub(super) async fn users(
    State(state): State<App>,
    signed: Signed,
) -> Result<Json<UsersJson>, Error> {
    let channel = presence(signed.channel()?)?;
    let members = state.channels.members(&signed.app, &channel).await;
    Ok(Json(UsersJson { users: members.into_iter().map(|id| UserJson { id }).collect() }))
}

/// `GET /apps/{id}/channels/{channel}/stats`: deprecated by Pusher.
pub(super) async fn stats(
    State(state): State<App>,
    signed: Signed,
) -> Result<Json<StatsJson>, Error> {
    let channel = signed.channel()?;
    let found = state_of(&state, &signed, channel).await;
    let connection_count = found.subscription_count;
    let (occupied, user_count) = (connection_count > 0, found.user_count);
    Ok(Json(StatsJson { occupied, user_count, connection_count }))
}

/// `GET /apps/{id}/connections`: how many there are; hosted Pusher does not have it.
pub(super) async fn connections(State(state): State<App>, signed: Signed) -> Json<ConnectionsJson> {
    Json(ConnectionsJson { connections: state.channels.connections(&signed.app) })
}

async fn state_of(state: &Parts, signed: &Signed, channel: ChannelName) -> ChannelState {
    let mut states = state.channels.states(&signed.app, &[channel]).await;
    states.pop().unwrap_or_default()
}

fn presence(channel: ChannelName) -> Result<ChannelName, Error> {
    if !channel.is_presence() {
        let text = format!("{channel} has no users; presence channels alone do");
        return Err(Error::bad_request(text));
    }
    Ok(channel)
}
