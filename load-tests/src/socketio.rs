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
}

#[derive(Deserialize)]
struct Handshake {
    #[serde(rename = "pingInterval")]
    ping_interval_ms: u64,
}

impl SocketIo {
    /// A visitor, who needs no login.
    pub(crate) const fn visitor() -> Self {
        Self { stage: Stage::Opening, auth: String::new(), ping_interval: Duration::ZERO }
    }

    /// An agent's program.
    pub(crate) fn agent(key: &str) -> Self {
        Self { auth: serde_json::json!({"token": key}).to_string(), ..Self::visitor() }
    }

    fn open(&mut self, handshake: &str) -> anyhow::Result<String> {
        let handshake: Handshake = serde_json::from_str(handshake)?;
        self.ping_interval = Duration::from_millis(handshake.ping_interval_ms);
        self.stage = Stage::Joining;
        Ok(format!("40{}", self.auth))
    }

    fn join(&mut self, answer: &str) -> anyhow::Result<()> {
        if !answer.starts_with('0') {
            bail!("the server refused the connection: {answer}");
        }
        self.stage = Stage::Ready;
        Ok(())
    }
}

impl Protocol for SocketIo {
    fn path(&self) -> String {
        "/socket.io/?EIO=4&transport=websocket".to_owned()
    }

    fn hear<'a>(&mut self, text: &'a str) -> anyhow::Result<Heard<'a>> {
        // Nearly everything is this, so it is looked at no closer than needed.
        if let Some(event) = text.strip_prefix("42").filter(|it| it.starts_with('[')) {
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
