//! Client events: what a client says to the others on its channel (Pusher Channels, "Client events").

use serde_json::value::RawValue;
use switchboard_protocol::pusher::{ChannelName, Code, server_frame};

use super::bridge;
use super::session::PusherSession;
use crate::domain::{OccurrenceKind, PusherApp};
use crate::realtime::throttle::Throttle;

/// How many client events a connection has sent. It costs a pointer until the first.
#[derive(Debug, Default)]
pub(super) struct ClientEvents(Option<Box<Throttle>>);

impl ClientEvents {
    fn pass(&mut self, per_second: u32) -> bool {
        self.0.get_or_insert_with(|| Box::new(Throttle::new(per_second, per_second))).try_take()
    }
}

impl PusherSession {
    /// Hands an event on to the other subscribers, or tells the sender why not.
    pub(super) fn client_event(&mut self, event: &str, channel: &str, data: &RawValue) {
        let app = self.app();
        let name = match self.check(&app, event, channel, data) {
            Ok(name) => name,
            Err(why) => {
                return self
                    .line
                    .send(server_frame::error(Some(Code::ClientEventRejected.as_u16()), &why));
            }
        };
        if !self.client_events.pass(app.settings.limits.client_events_per_second) {
            let why = format!(
                "{event} was not sent: a connection may send {} client events a second",
                app.settings.limits.client_events_per_second
            );
            return self
                .line
                .send(server_frame::error(Some(Code::ClientEventRejected.as_u16()), &why));
        }
        let user_id = self.channels.user_of(self.id, &name);
        let frame = server_frame::client_event(event, channel, data.get(), user_id.as_deref());
        self.channels.relay(&name, frame, self.id);
        let kind = OccurrenceKind::ClientEvent {
            event: event.to_owned(),
            data: text_of(data),
            socket_id: self.socket_id.to_string(),
            user_id: user_id.as_deref().map(str::to_owned),
        };
        self.channels.record(&name, kind);
    }

    fn check(
        &self,
        app: &PusherApp,
        event: &str,
        channel: &str,
        data: &RawValue,
    ) -> Result<ChannelName, String> {
        let limits = &app.settings.limits;
        if !app.settings.client_events {
            return Err("client events are switched off for this app".to_owned());
        }
        let name = ChannelName::parse(channel, 0).map_err(|bad| bad.to_string())?;
        if !name.takes_client_events() {
            return Err(format!(
                "{channel} takes no client events: only private and presence channels do"
            ));
        }
        if bridge::room_of(app, &name).is_some() {
            return Err(format!("{channel} is the server's own: clients listen on it"));
        }
        if !self.channels.is_subscribed(self.id, &name) {
            return Err(format!("{channel} is not subscribed to by this connection"));
        }
        let over = |length: usize, max: usize| max > 0 && length > max;
        if over(event.chars().count(), limits.event_name_chars_max) {
            return Err(format!(
                "an event's name may have {} characters",
                limits.event_name_chars_max
            ));
        }
        if over(data.get().len(), limits.event_bytes_max) {
            return Err(format!("an event's data may have {} bytes", limits.event_bytes_max));
        }
        Ok(name)
    }
}

/// The data as webhooks have it: a string's text, and any other JSON as it is.
fn text_of(data: &RawValue) -> String {
    serde_json::from_str(data.get()).unwrap_or_else(|_| data.get().to_owned())
}
