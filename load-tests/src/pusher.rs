//! Pusher Channels 7, as a subscriber of one channel.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{bail, ensure};
use serde::Deserialize;
use serde_json::json;
use switchboard_protocol::pusher::{PROTOCOL, server_frame};

use crate::app::App;
use crate::protocol::{Heard, Incoming, Protocol};

/// What begins the frames of the server itself; no application may name its events so.
const OWN: &str = r#"{"event":"pusher"#;

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The first frame is awaited.
    Opening,
    /// The subscription is asked for.
    Subscribing,
    /// Events come.
    Ready,
}

/// A client of a Pusher server.
#[derive(Debug, Clone)]
pub(crate) struct Pusher {
    stage: Stage,
    app: Arc<App>,
    channel: Arc<str>,
    activity_timeout: Duration,
}

/// A frame of the server.
#[derive(Deserialize)]
struct Frame<'a> {
    event: &'a str,
    /// JSON, mostly as text.
    data: Option<serde_json::Value>,
}

/// The data of `pusher:connection_established`.
#[derive(Deserialize)]
struct Established {
    socket_id: String,
    activity_timeout: u64,
}

impl Pusher {
    /// Subscribes to this channel, public or private.
    pub(crate) fn subscriber(app: &Arc<App>, channel: &str) -> Self {
        Self {
            stage: Stage::Opening,
            app: Arc::clone(app),
            channel: channel.into(),
            activity_timeout: Duration::ZERO,
        }
    }

    /// Asks for the subscription, with the consent of the application where one is needed.
    fn subscribe(&mut self, data: &str) -> anyhow::Result<String> {
        let Established { socket_id, activity_timeout } = serde_json::from_str(data)?;
        self.activity_timeout = Duration::from_secs(activity_timeout);
        self.stage = Stage::Subscribing;
        let auth = if self.channel.starts_with("private-") {
            self.app.token().channel_auth(&socket_id, &self.channel, None)
        } else {
            String::new()
        };
        let data = json!({"channel": &*self.channel, "auth": auth});
        Ok(json!({"event": "pusher:subscribe", "data": data}).to_string())
    }
}

impl Protocol for Pusher {
    fn path(&self) -> String {
        let key = self.app.token().key();
        format!("/app/{key}?protocol={PROTOCOL}&client=load&version=1.0")
    }

    fn hear<'a>(&mut self, text: &'a str) -> anyhow::Result<Heard<'a>> {
        // Nearly everything is an event, so it is looked at no closer than needed.
        if !text.starts_with(OWN) {
            ensure!(self.is_ready(), "an event before the subscription: {text}");
            return Ok(Heard::Incoming(Incoming::Event(text)));
        }
        let frame: Frame<'_> = serde_json::from_str(text)?;
        let data = frame.data.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default();
        match (frame.event, self.stage) {
            ("pusher:ping", _) => Ok(Heard::Say(server_frame::PONG.to_owned())),
            ("pusher:connection_established", Stage::Opening) => {
                Ok(Heard::Say(self.subscribe(data)?))
            }
            ("pusher_internal:subscription_succeeded", Stage::Subscribing) => {
                self.stage = Stage::Ready;
                Ok(Heard::Noted)
            }
            _ => bail!("the server refused, or an unexpected frame: {text}"),
        }
    }

    fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }

    fn ping_interval(&self) -> Duration {
        self.activity_timeout
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(channel: &str) -> Pusher {
        Pusher::subscriber(&Arc::new("1:key:secret".parse().unwrap()), channel)
    }

    const ESTABLISHED: &str = r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1234.5678\",\"activity_timeout\":25}"}"#;
    const SUBSCRIBED: &str =
        r#"{"event":"pusher_internal:subscription_succeeded","channel":"a","data":"{}"}"#;

    #[test]
    fn a_client_is_ready_when_it_is_subscribed() {
        let mut client = client("a");
        let Heard::Say(asked) = client.hear(ESTABLISHED).unwrap() else { panic!("no question") };
        assert_eq!(asked, r#"{"data":{"auth":"","channel":"a"},"event":"pusher:subscribe"}"#);
        assert_eq!(client.ping_interval(), Duration::from_secs(25));
        assert!(!client.is_ready());
        assert!(matches!(client.hear(SUBSCRIBED).unwrap(), Heard::Noted));
        assert!(client.is_ready());
        let event = r#"{"event":"load","channel":"a","data":"1"}"#;
        let heard = client.hear(event).unwrap();
        assert!(matches!(heard, Heard::Incoming(Incoming::Event(it)) if it == event));
    }

    #[test]
    fn private_channels_are_asked_for_with_a_signature() {
        let mut client = client("private-org-org_1");
        let Heard::Say(asked) = client.hear(ESTABLISHED).unwrap() else { panic!("no question") };
        let expected = "key:9f32d9c5c151340002a0ce9d9042ad53fe2d50938c0ee177330648426b871781";
        assert!(asked.contains(expected), "{asked}");
    }

    #[test]
    fn pings_are_answered_and_refusals_are_errors() {
        let mut client = client("a");
        let ping = r#"{"event":"pusher:ping","data":{}}"#;
        assert!(matches!(client.hear(ping).unwrap(), Heard::Say(said) if said.contains("pong")));
        let refusal = r#"{"event":"pusher:error","data":{"code":4001,"message":"no such app"}}"#;
        assert!(client.hear(refusal).unwrap_err().to_string().contains("no such app"));
    }
}
