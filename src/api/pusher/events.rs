//! Publishing: `/events`, `/batch_events`, and the old `/channels/{name}/events`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

use super::attributes::AttributesJson;
use super::auth::Signed;
use super::error::Error;
use super::event::{Event, EventBody, is_over};
use crate::api::{App, Parts};
use crate::domain::PusherApp;

#[derive(Debug, Deserialize)]
struct BatchBody<'a> {
    #[serde(borrow)]
    batch: Vec<EventBody<'a>>,
}

/// `{}`, or what was asked for of the channels. SDKs' own tests insist on the `{}`.
#[derive(Debug, Default, Serialize)]
pub(super) struct Published {
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<BTreeMap<String, AttributesJson>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<Vec<AttributesJson>>,
}

/// `POST /apps/{id}/events`: one event on up to a hundred channels.
pub(super) async fn trigger(
    State(state): State<App>,
    signed: Signed,
) -> Result<Json<Published>, Error> {
    let event = read::<EventBody>(&signed.body)?.check(&signed.app)?;
    event.publish(&*state.channels, &signed.app);
    let mut channels = None;
    if !event.attributes.is_empty() {
        channels = Some(attributes(&state, &signed.app, &event).await.collect());
    }
    Ok(Json(Published { channels, ..Published::default() }))
}

/// `POST /apps/{id}/batch_events`: up to ten events, all of them or none.
pub(super) async fn batch(
    State(state): State<App>,
    signed: Signed,
) -> Result<Json<Published>, Error> {
    let BatchBody { batch } = read(&signed.body)?;
    let max = signed.app.settings.limits.events_per_batch_max;
    if is_over(batch.len(), max) {
        return Err(Error::bad_request(format!("batch: holds {max} events at most")));
    }
    let mut events = Vec::with_capacity(batch.len());
    for (index, event) in batch.into_iter().enumerate() {
        let checked = event.check(&signed.app).and_then(for_one_channel);
        events.push(checked.map_err(|error| error.of_event(index))?);
    }
    for event in &events {
        event.publish(&*state.channels, &signed.app);
    }
    let is_asked = events.iter().any(|event| !event.attributes.is_empty());
    let mut batch = None;
    if is_asked {
        // Each has its one channel, so what is told stands at the index of its event.
        let told = join_all(events.iter().map(|it| attributes(&state, &signed.app, it))).await;
        batch = Some(told.into_iter().flatten().map(|(_, shown)| shown).collect());
    }
    Ok(Json(Published { batch, ..Published::default() }))
}

/// `POST /apps/{id}/channels/{channel}/events?name=…&socket_id=…`: the body is the data. Deprecated
/// by Pusher; it answers 202.
pub(super) async fn trigger_on_channel(
    State(state): State<App>,
    signed: Signed,
) -> Result<(StatusCode, Json<Published>), Error> {
    let data = std::str::from_utf8(&signed.body)
        .map_err(|_| Error::bad_request("the body is the event's data and must be UTF-8"))?;
    let name = signed.query.get("name")?.unwrap_or_default();
    let socket_id = signed.query.get("socket_id")?;
    let event = Event::plain(name, data, signed.channel()?, socket_id, &signed.app)?;
    event.publish(&*state.channels, &signed.app);
    Ok((StatusCode::ACCEPTED, Json(Published::default())))
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(body)
        .map_err(|error| Error::bad_request(format!("the body is not as expected: {error}")))
}

fn for_one_channel(event: Event) -> Result<Event, Error> {
    if event.channels.len() > 1 {
        let text = "channels: an event of a batch goes to one channel; give it as channel";
        return Err(Error::bad_request(text));
    }
    Ok(event)
}

/// What an event asks for, of each of its channels.
async fn attributes(
    state: &Parts,
    app: &Arc<PusherApp>,
    event: &Event,
) -> impl Iterator<Item = (String, AttributesJson)> {
    let states = state.channels.states(app, &event.channels).await;
    let names = event.channels.iter().map(ToString::to_string);
    names.zip(states.into_iter().map(|it| event.attributes.show(it)))
}
