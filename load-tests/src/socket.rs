//! One Socket.IO client: a TCP socket, the stage it has reached, and what is not whole yet.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::mem;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use mio::net::TcpStream;
use serde::Deserialize;
use switchboard_protocol::engineio::{PONG, Packet as EnginePacket};
use switchboard_protocol::socketio::Packet;

use crate::websocket;

/// Where a Socket.IO server takes a WebSocket.
const PATH: &str = "/socket.io/?EIO=4&transport=websocket";

/// What a server says to a client that is connected.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Incoming<'a> {
    /// An event: the JSON array of its name and arguments, unread.
    Event(&'a str),
    /// The answer to the event that was sent under this id: the JSON array of its arguments.
    Ack(u64, &'a str),
}

/// How far a connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The request for a WebSocket is on its way.
    Upgrading,
    /// The Engine.IO handshake is awaited.
    Opening,
    /// The main namespace is asked for.
    Joining,
    /// Events may be sent.
    Ready,
}

/// A client.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    stage: Stage,
    /// The CONNECT packet; empty once sent.
    connect: String,
    /// The beginning of a frame whose end has not arrived. Mostly empty and then without memory.
    partial: Vec<u8>,
    /// What the kernel would not take yet.
    unsent: Vec<u8>,
    ping_interval: Duration,
}

#[derive(Deserialize)]
struct Handshake {
    #[serde(rename = "pingInterval")]
    ping_interval_ms: u64,
}

impl Socket {
    /// Begins to connect, with this JSON object as `auth`.
    pub(crate) fn connect(address: SocketAddr, auth: Option<&str>) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            stage: Stage::Upgrading,
            connect: format!("40{}", auth.unwrap_or_default()),
            partial: Vec::new(),
            unsent: websocket::request(&address.to_string(), PATH).into_bytes(),
            ping_interval: Duration::ZERO,
        })
    }

    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Whether events may be sent.
    pub(crate) fn is_ready(&self) -> bool {
        self.stage == Stage::Ready
    }

    /// The time between two pings, as the server announced it.
    pub(crate) const fn ping_interval(&self) -> Duration {
        self.ping_interval
    }

    /// Sends a packet.
    pub(crate) fn send(&mut self, text: &str) -> anyhow::Result<()> {
        self.push(websocket::TEXT, text.as_bytes())
    }

    /// Writes what is waiting, as far as the kernel takes it.
    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(written) => drop(self.unsent.drain(..written)),
                Err(error) if is_not_now(&error) => return Ok(()),
                Err(error) => return Err(error).context("cannot write"),
            }
        }
        self.unsent = Vec::new();
        Ok(())
    }

    /// Reads all that has arrived, through the caller's buffer.
    pub(crate) fn read(
        &mut self,
        scratch: &mut [u8],
        mut hear: impl FnMut(Incoming<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        loop {
            let count = match self.stream.read(scratch) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(count) => count,
                Err(error) if is_not_now(&error) => return Ok(()),
                Err(error) => return Err(error).context("cannot read"),
            };
            self.take(&scratch[..count], &mut hear)?;
            // There is no more now, and what comes later wakes the poll again.
            if count < scratch.len() {
                return Ok(());
            }
        }
    }

    fn take(
        &mut self,
        bytes: &[u8],
        hear: &mut impl FnMut(Incoming<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        if self.partial.is_empty() {
            let taken = self.parse(bytes, hear)?;
            self.partial.extend_from_slice(&bytes[taken..]);
            return Ok(());
        }
        let mut whole = mem::take(&mut self.partial);
        whole.extend_from_slice(bytes);
        let taken = self.parse(&whole, hear)?;
        self.partial = whole[taken..].to_vec();
        Ok(())
    }

    /// Handles everything that is whole, and says how many bytes that was.
    fn parse(
        &mut self,
        bytes: &[u8],
        hear: &mut impl FnMut(Incoming<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        let mut taken = 0;
        if self.stage == Stage::Upgrading {
            let Some(end) = websocket::accepted(bytes)? else { return Ok(0) };
            self.stage = Stage::Opening;
            taken = end;
        }
        while let Some((frame, length)) = websocket::next(&bytes[taken..])? {
            taken += length;
            match frame.opcode {
                websocket::TEXT => self.packet(std::str::from_utf8(frame.payload)?, hear)?,
                websocket::PING => self.push(websocket::PONG, frame.payload)?,
                websocket::CLOSE => bail!("the server closed the WebSocket"),
                opcode => bail!("an unexpected frame with opcode {opcode}"),
            }
        }
        Ok(taken)
    }

    fn packet(
        &mut self,
        text: &str,
        hear: &mut impl FnMut(Incoming<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        // Nearly everything is this, so it is looked at no closer than needed.
        if let Some(event) = text.strip_prefix("42").filter(|it| it.starts_with('[')) {
            return hear(Incoming::Event(event));
        }
        match EnginePacket::decode(text)? {
            EnginePacket::Ping(_) => self.send(PONG),
            EnginePacket::Open(handshake) if self.stage == Stage::Opening => self.open(handshake),
            EnginePacket::Message(message) if self.stage == Stage::Joining => self.join(message),
            EnginePacket::Message(message) => match Packet::decode(message)? {
                Packet::Ack { id, args, .. } => hear(Incoming::Ack(id, args.raw())),
                other => bail!("an unexpected packet: {other:?}"),
            },
            other => bail!("an unexpected packet: {other:?}"),
        }
    }

    fn open(&mut self, handshake: &str) -> anyhow::Result<()> {
        let handshake: Handshake = serde_json::from_str(handshake)?;
        self.ping_interval = Duration::from_millis(handshake.ping_interval_ms);
        self.stage = Stage::Joining;
        let connect = mem::take(&mut self.connect);
        self.send(&connect)
    }

    fn join(&mut self, answer: &str) -> anyhow::Result<()> {
        if !answer.starts_with('0') {
            bail!("the server refused the connection: {answer}");
        }
        self.stage = Stage::Ready;
        Ok(())
    }

    fn push(&mut self, opcode: u8, payload: &[u8]) -> anyhow::Result<()> {
        websocket::push(&mut self.unsent, opcode, payload);
        self.flush()
    }
}

/// Whether it is enough to try again when the poll says so. A socket that is still connecting is
/// not an error either.
fn is_not_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected | ErrorKind::Interrupted)
}
