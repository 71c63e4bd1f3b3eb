//! Socket.IO 5 over Engine.IO 4, as a client of the main namespace.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use switchboard_protocol::engineio::{PONG, Packet as EnginePacket};
use switchboard_protocol::socketio::{Packet, ROOT, encode_event};

use crate::protocol::{Heard, Incoming, Protocol};
use crate::swarm::{Member, Swarm};

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The Engine.IO handshake is awaited.
    Opening,
    /// The main namespace is asked for.
    Joining,
    /// Events may be sent.
    Ready,
}

/// A client of a Socket.IO server.
#[derive(Debug, Clone)]
pub(crate) struct SocketIo {
    stage: Stage,
    /// The JSON object by which the server knows who this is; empty when it need not.
    auth: String,
    ping_interval: Duration,
    /// What it needs to take up where it was, if it cares to.
    session: Option<Box<Session>>,
}

/// What a client must know to take up where it was when its connection is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Session {
    /// The secret id that the server gave.
    pid: String,
    /// Behind the last event that came; empty before the first.
    offset: String,
    /// Whether the server knew it again.
    recovered: bool,
}

/// The answer to the wish to join a namespace.
#[derive(Deserialize)]
struct Joined {
    #[serde(default)]
    pid: String,
}

#[derive(Deserialize)]
struct Handshake {
    #[serde(rename = "pingInterval")]
    ping_interval_ms: u64,
}

impl SocketIo {
    /// A visitor, who needs no login.
    pub(crate) const fn visitor() -> Self {
        Self {
            stage: Stage::Opening,
            auth: String::new(),
            ping_interval: Duration::ZERO,
            session: None,
        }
    }

    /// An agent's program.
    pub(crate) fn agent(key: &str) -> Self {
        Self { auth: serde_json::json!({"token": key}).to_string(), ..Self::visitor() }
    }

    fn open(&mut self, handshake: &str) -> anyhow::Result<String> {
        let handshake: Handshake = serde_json::from_str(handshake)?;
        self.ping_interval = Duration::from_millis(handshake.ping_interval_ms);
        self.stage = Stage::Joining;
        Ok(format!("40{}", self.auth()?))
    }

    /// Who this is and, if it is back, where it was.
    fn auth(&self) -> anyhow::Result<String> {
        let Some(session) = self.session.as_ref().filter(|it| !it.pid.is_empty()) else {
            return Ok(self.auth.clone());
        };
        let mut auth: serde_json::Value = serde_json::from_str(&self.auth)?;
        auth["pid"] = session.pid.as_str().into();
        auth["offset"] = session.offset.as_str().into();
        Ok(auth.to_string())
    }

    /// Remembers from now on what it needs to take up where it was.
    pub(crate) fn remembering(self) -> Self {
        Self { session: Some(Box::default()), ..self }
    }

    /// The same client, as it comes back on a new connection.
    pub(crate) fn back(&self) -> Self {
        Self { stage: Stage::Opening, ..self.clone() }
    }

    /// Whether the server let it take up where it was.
    pub(crate) fn is_recovered(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.recovered)
    }

    fn join(&mut self, answer: &str) -> anyhow::Result<()> {
        if !answer.starts_with('0') {
            bail!("the server refused the connection: {answer}");
        }
        if let Some(session) = &mut self.session {
            let joined: Joined = serde_json::from_str(&answer[1..])?;
            session.recovered = !joined.pid.is_empty() && joined.pid == session.pid;
            session.pid = joined.pid;
        }
        self.stage = Stage::Ready;
        Ok(())
    }
}

impl Session {
    /// The last argument of every event that can be missed is its offset.
    fn note(&mut self, event: &str) {
        let offset = event.strip_suffix("\"]").and_then(|rest| rest.rsplit_once(",\""));
        if let Some((_, offset)) = offset {
            offset.clone_into(&mut self.offset);
        }
    }
}

impl Protocol for SocketIo {
    fn path(&self) -> String {
        "/socket.io/?EIO=4&transport=websocket".to_owned()
    }

    fn hear<'a>(&mut self, text: &'a str) -> anyhow::Result<Heard<'a>> {
        // Nearly everything is this, so it is looked at no closer than needed.
        if let Some(event) = text.strip_prefix("42").filter(|it| it.starts_with('[')) {
            if let Some(session) = &mut self.session {
                session.note(event);
            }
            return Ok(Heard::Incoming(Incoming::Event(event)));
        }
        match (EnginePacket::decode(text)?, self.stage) {
            (EnginePacket::Ping(_), _) => Ok(Heard::Say(PONG.to_owned())),
            (EnginePacket::Open(handshake), Stage::Opening) => {
                Ok(Heard::Say(self.open(handshake)?))
            }
            (EnginePacket::Message(answer), Stage::Joining) => {
                self.join(answer)?;
                Ok(Heard::Noted)
            }
            (EnginePacket::Message(message), Stage::Ready) => match Packet::decode(message)? {
                Packet::Ack { id, args, .. } => Ok(Heard::Incoming(Incoming::Ack(id, args.raw()))),
                other => bail!("an unexpected packet: {other:?}"),
            },
            (other, _) => bail!("an unexpected packet: {other:?}"),
        }
    }

    fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }

    fn ping_interval(&self) -> Duration {
        self.ping_interval
    }
}

impl Swarm<SocketIo> {
    /// Sends an event, and asks for an answer under `id` if there is one.
    pub(crate) fn emit(
        &mut self,
        member: Member,
        name: &str,
        payload: &str,
        id: Option<u64>,
    ) -> anyhow::Result<()> {
        let mut text = String::new();
        encode_event(&mut text, ROOT, id, name, &[payload], None);
        self.send(member, &text).with_context(|| format!("client {member}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(heard: anyhow::Result<Heard<'_>>) -> String {
        let Heard::Say(text) = heard.unwrap() else { panic!("nothing was said") };
        text
    }

    #[test]
    fn a_client_that_is_back_names_its_session_and_the_last_offset() {
        let open = r#"0{"pingInterval":25000}"#;
        let mut client = SocketIo::agent("key").remembering();
        assert_eq!(said(client.hear(open)), r#"40{"token":"key"}"#);
        client.hear(r#"40{"sid":"a","pid":"p"}"#).unwrap();
        assert!(client.is_ready() && !client.is_recovered());
        client.hear(r#"42["message_received",{"a":"b"},"17.0"]"#).unwrap();
        let mut back = client.back();
        assert!(!back.is_ready());
        let asked = said(back.hear(open));
        assert_eq!(asked, r#"40{"offset":"17.0","pid":"p","token":"key"}"#);
        back.hear(r#"40{"sid":"a","pid":"p"}"#).unwrap();
        assert!(back.is_recovered());
        let mut stranger = client.back();
        stranger.hear(open).unwrap();
        stranger.hear(r#"40{"sid":"b","pid":"q"}"#).unwrap();
        assert!(!stranger.is_recovered());
    }
}
