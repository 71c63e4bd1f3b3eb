//! One client: a TCP socket, the WebSocket on it, what it speaks inside, and what is not whole yet.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::mem;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, bail};
use mio::net::TcpStream;
use socket2::{Domain, Type};

use crate::protocol::{Heard, Incoming, Protocol};
use crate::websocket;

/// What Linux answers when a connection is not open yet (`errno(3)`).
const EINPROGRESS: i32 = 115;

/// A client.
#[derive(Debug)]
pub(crate) struct Socket<P> {
    stream: TcpStream,
    /// Whether the server has accepted the WebSocket.
    upgraded: bool,
    protocol: P,
    /// The beginning of a frame whose end has not arrived. Mostly empty and then without memory.
    partial: Vec<u8>,
    /// What the kernel would not take yet.
    unsent: Vec<u8>,
}

impl<P: Protocol> Socket<P> {
    /// Begins to connect; a server on this machine sees this source.
    pub(crate) fn connect(address: SocketAddr, source: Ipv4Addr, protocol: P) -> io::Result<Self> {
        let stream = begin(address, source)?;
        stream.set_nodelay(true)?;
        let request = websocket::request(&address.to_string(), &protocol.path());
        Ok(Self {
            stream,
            upgraded: false,
            protocol,
            partial: Vec::new(),
            unsent: request.into_bytes(),
        })
    }

    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Whether it is where its scenario wants it.
    pub(crate) fn is_ready(&self) -> bool {
        self.upgraded && self.protocol.is_ready()
    }

    pub(crate) const fn protocol(&self) -> &P {
        &self.protocol
    }

    /// Sends a text.
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
        if !self.upgraded {
            let Some(end) = websocket::accepted(bytes)? else { return Ok(0) };
            self.upgraded = true;
            taken = end;
        }
        while let Some((frame, length)) = websocket::next(&bytes[taken..])? {
            taken += length;
            match frame.opcode {
                websocket::TEXT => self.text(std::str::from_utf8(frame.payload)?, hear)?,
                websocket::PING => self.push(websocket::PONG, frame.payload)?,
                websocket::CLOSE => {
                    bail!("the server closed the WebSocket: {}", websocket::reason(frame.payload))
                }
                opcode => bail!("an unexpected frame with opcode {opcode}"),
            }
        }
        Ok(taken)
    }

    fn text(
        &mut self,
        text: &str,
        hear: &mut impl FnMut(Incoming<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        match self.protocol.hear(text)? {
            Heard::Incoming(incoming) => hear(incoming),
            Heard::Say(text) => self.send(&text),
            Heard::Noted => Ok(()),
        }
    }

    fn push(&mut self, opcode: u8, payload: &[u8]) -> anyhow::Result<()> {
        websocket::push(&mut self.unsent, opcode, payload);
        self.flush()
    }
}

/// Begins a connection, from this source where the server is on this machine.
fn begin(address: SocketAddr, source: Ipv4Addr) -> io::Result<TcpStream> {
    if !address.ip().is_loopback() || address.is_ipv6() {
        return TcpStream::connect(address);
    }
    let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM.nonblocking(), None)?;
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    match socket.connect(&address.into()) {
        // It goes on in the background, as it should: the poll tells when it is done.
        Err(error) if error.raw_os_error() == Some(EINPROGRESS) => {}
        connected => connected?,
    }
    Ok(TcpStream::from_std(socket.into()))
}

/// Whether it is enough to try again when the poll says so. A socket that is still connecting is
/// not an error either.
fn is_not_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected | ErrorKind::Interrupted)
}
