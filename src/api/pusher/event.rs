//! An event that a server publishes: read, checked, and handed on.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use switchboard_protocol::pusher::{BadSocketId, ChannelName, SocketId};

use super::attributes::Attributes;
use super::error::Error;
use crate::dialect::muro;
use crate::domain::PusherApp;
use crate::service::{Publication, PusherHub};

/// An event as requests have it.
#[derive(Debug, Deserialize)]
pub(super) struct EventBody<'a> {
    name: String,
    #[serde(borrow)]
    data: &'a RawValue,
    channel: Option<String>,
    channels: Option<Vec<String>>,
    socket_id: Option<String>,
    info: Option<String>,
}

/// An event that may be published.
#[derive(Debug)]
pub(super) struct Event {
    name: String,
    data: String,
    /// Where to; each once.
    pub(super) channels: Vec<ChannelName>,
    skip: Option<SocketId>,
    /// What the answer is to tell of the channels.
    pub(super) attributes: Attributes,
}

impl EventBody<'_> {
    /// Holds the event to the application's limits, and to the rules of channels.
    pub(super) fn check(self, app: &PusherApp) -> Result<Event, Error> {
        let data = text_of(self.data)?;
        let named = self.channels.unwrap_or_default().into_iter().chain(self.channel);
        let event = Event {
            channels: read_channels(named, app)?,
            attributes: Attributes::parse(self.info.as_deref())?.without_cache()?,
            skip: self.socket_id.as_deref().map(read_socket_id).transpose()?.flatten(),
            name: self.name,
            data: data.into_owned(),
        };
        check_name(&event.name, app)?;
        check_data(&event.data, app)?;
        event.check_channels(app)?;
        Ok(event)
    }
}

impl Event {
    /// An event for one channel, from parts that are not JSON.
    pub(super) fn plain(
        name: &str,
        data: &str,
        channel: ChannelName,
        socket_id: Option<&str>,
        app: &PusherApp,
    ) -> Result<Self, Error> {
        check_name(name, app)?;
        check_data(data, app)?;
        let event = Self {
            name: name.to_owned(),
            data: data.to_owned(),
            channels: vec![channel],
            skip: socket_id.map(read_socket_id).transpose()?.flatten(),
            attributes: Attributes::default(),
        };
        event.check_channels(app)?;
        Ok(event)
    }

    fn check_channels(&self, app: &PusherApp) -> Result<(), Error> {
        let max = app.settings.limits.channels_per_event_max;
        if self.channels.is_empty() {
            return Err(Error::bad_request("channels: name at least one channel"));
        }
        if is_over(self.channels.len(), max) {
            return Err(Error::bad_request(format!("channels: an event goes to {max} at most")));
        }
        if self.channels.len() > 1 && self.channels.iter().any(ChannelName::is_encrypted) {
            let text = "channels: an encrypted channel needs an event of its own; each has its key";
            return Err(Error::bad_request(text));
        }
        match self.channels.iter().find(|channel| is_ours(app, channel, &self.name)) {
            Some(channel) => Err(Error::forbidden(format!(
                "name: on {channel} only the server itself says {}; use another name",
                self.name
            ))),
            None => Ok(()),
        }
    }

    /// Hands the event to the subscribers of its channels.
    pub(super) fn publish(&self, hub: &dyn PusherHub, app: &Arc<PusherApp>) {
        for channel in &self.channels {
            let publication = Publication { name: &self.name, data: &self.data, user_id: None };
            hub.publish(app, channel, publication, self.skip);
        }
    }
}

/// Whether this is an event by which the server tells of the organization's conversations.
fn is_ours(app: &PusherApp, channel: &ChannelName, event: &str) -> bool {
    let room = app.organization_id.and_then(|id| muro::room_of(id, channel.as_str()));
    room.is_some() && muro::EVENTS.contains(&event)
}

/// Data is a text; other JSON is handed on as the text it is written in.
fn text_of(data: &RawValue) -> Result<Cow<'_, str>, Error> {
    if data.get().starts_with('"') {
        let text = serde_json::from_str(data.get()).map(Cow::Owned);
        return text.map_err(|error| Error::bad_request(format!("data: {error}")));
    }
    Ok(Cow::Borrowed(data.get()))
}

fn read_channels(
    named: impl Iterator<Item = String>,
    app: &PusherApp,
) -> Result<Vec<ChannelName>, Error> {
    let chars_max = app.settings.limits.channel_name_chars_max;
    let mut channels = Vec::new();
    for name in named {
        let channel = ChannelName::parse(&name, chars_max)
            .map_err(|error| Error::bad_request(format!("{error} ({:?})", clipped(&name))))?;
        if !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    Ok(channels)
}

/// `None` for an id that is never given out here: nobody is skipped then.
fn read_socket_id(text: &str) -> Result<Option<SocketId>, Error> {
    if !SocketId::is_well_formed(text) {
        return Err(Error::bad_request(BadSocketId.to_string()));
    }
    Ok(text.parse().ok())
}

fn check_name(name: &str, app: &PusherApp) -> Result<(), Error> {
    let max = app.settings.limits.event_name_chars_max;
    if name.is_empty() {
        return Err(Error::bad_request("name: must not be empty"));
    }
    if is_over(name.chars().count(), max) {
        return Err(Error::bad_request(format!("name: has more than {max} characters")));
    }
    Ok(())
}

fn check_data(data: &str, app: &PusherApp) -> Result<(), Error> {
    let max = app.settings.limits.event_bytes_max;
    if is_over(data.len(), max) {
        let bytes = data.len();
        let text = format!("data: has {bytes} bytes, {max} are allowed; send a link to the rest");
        return Err(Error::too_large(text));
    }
    Ok(())
}

/// Enough of a name to find it by.
fn clipped(name: &str) -> String {
    name.chars().take(40).collect()
}

/// 0 is no limit.
pub(super) fn is_over(count: usize, max: usize) -> bool {
    max != 0 && count > max
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::secrets::Secret;
    use crate::domain::{ConversationId, OrganizationId, PusherSettings, Room};

    fn app() -> PusherApp {
        PusherApp {
            id: "1".into(),
            name: "test".to_owned(),
            key: "key".to_owned(),
            secret: Secret::new("secret"),
            organization_id: None,
            enabled: true,
            settings: PusherSettings::default(),
        }
    }

    fn check(body: &Value, app: &PusherApp) -> Result<Event, u16> {
        let text = body.to_string();
        let body: EventBody = serde_json::from_str(&text).unwrap();
        body.check(app).map_err(|error| error.status())
    }

    /// The status of an event with this field changed; 200 when it may be published.
    fn status(field: &str, value: &Value) -> u16 {
        let mut body = json!({"name": "news", "channel": "a", "data": "{}"});
        body[field] = value.clone();
        check(&body, &app()).map_or_else(|status| status, |_| 200)
    }

    #[test]
    fn data_is_text_and_other_json_becomes_text() {
        for (data, text) in [
            (json!("{\"a\":1}"), "{\"a\":1}"),
            (json!("\u{1F600}\n"), "\u{1F600}\n"),
            (json!(""), ""),
            (json!({"a": [1]}), "{\"a\":[1]}"),
            (json!(5), "5"),
            (json!(null), "null"),
        ] {
            let event = check(&json!({"name": "x", "channel": "a", "data": data}), &app());
            assert_eq!(event.unwrap().data, text);
        }
    }

    #[test]
    fn limits_hold_at_the_edge() {
        let many = |count: usize| json!((0..count).map(|at| format!("c{at}")).collect::<Vec<_>>());
        for (field, fits, is_over, refusal) in [
            ("data", json!("é".repeat(5_120)), json!("é".repeat(5_120) + "x"), 413),
            ("name", json!("é".repeat(200)), json!("é".repeat(201)), 400),
            ("channel", json!("c".repeat(200)), json!("c".repeat(201)), 400),
            // With the one in `channel`.
            ("channels", many(99), many(100), 400),
        ] {
            assert_eq!(status(field, &fits), 200, "{field}");
            assert_eq!(status(field, &is_over), refusal, "{field}");
        }
    }

    #[test]
    fn what_cannot_be_published_is_refused() {
        for (field, value) in [
            ("name", json!("")),
            ("channel", json!("")),
            ("channel", json!("a b")),
            ("channel", json!("#private")),
            ("channel", json!("#server-to-user-")),
            ("socket_id", json!("")),
            ("socket_id", json!("undefined")),
            ("socket_id", json!("1.2.3")),
            ("socket_id", json!("1234.5678\n")),
            ("info", json!("everything")),
            ("info", json!("cache")),
            ("channels", json!(["private-encrypted-a", "b"])),
        ] {
            assert_eq!(status(field, &value), 400, "{field} {value}");
        }
        let nowhere = json!({"name": "x", "data": "", "channels": []});
        assert_eq!(check(&nowhere, &app()).unwrap_err(), 400);
        for (field, value) in [
            ("channel", json!("#server-to-user-42")),
            ("channel", json!("private-encrypted-a")),
            ("channel", json!("a-Z_0=@,.;")),
            ("socket_id", json!(null)),
            ("socket_id", json!("1234.5678")),
            ("info", json!("user_count,subscription_count")),
        ] {
            assert_eq!(status(field, &value), 200, "{field} {value}");
        }
    }

    #[test]
    fn a_channel_named_twice_hears_an_event_once() {
        let body = json!({"name": "x", "data": "", "channels": ["a", "b", "a"], "channel": "b"});
        let channels = check(&body, &app()).unwrap().channels;
        assert_eq!(channels.iter().map(ChannelName::as_str).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn nobody_speaks_for_the_server_on_the_channels_of_conversations() {
        let id = OrganizationId::generate();
        let of_organization = PusherApp { organization_id: Some(id), ..app() };
        let rooms = [Room::Workspace(id), Room::Thread(ConversationId::generate())];
        let status = |name: &str, channel: &str, app: &PusherApp| {
            let body = json!({"name": name, "channel": channel, "data": ""});
            check(&body, app).map_or_else(|status| status, |_| 200)
        };
        for channel in rooms.map(|room| muro::channel_name(room).unwrap()) {
            for name in ["message.new", "conversation.update", "agent.typing"] {
                assert_eq!(status(name, &channel, &of_organization), 403, "{name} {channel}");
                assert_eq!(status(name, &channel, &app()), 200, "{name} {channel}");
                assert_eq!(status(name, "private-mine", &of_organization), 200, "{name}");
            }
            assert_eq!(status("deploy.done", &channel, &of_organization), 200, "{channel}");
        }
    }
}
