//! What travels on a connection, and in which words.

use bytes::Bytes;
use switchboard_protocol::websocket::{self, CloseFrame, Header, Opcode};

/// One whole message, framed for a WebSocket once: everyone it goes to is sent the same bytes as they
/// are. Other transports look inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame(Bytes);

impl Frame {
    /// UTF-8 text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::new(Opcode::Text, text.as_bytes())
    }

    /// Any bytes.
    #[must_use]
    pub fn binary(bytes: &[u8]) -> Self {
        Self::new(Opcode::Binary, bytes)
    }

    /// The answer to a ping of the same payload.
    pub(super) fn pong(payload: &[u8]) -> Self {
        Self::new(Opcode::Pong, payload)
    }

    /// The last frame; the reason is not always known.
    pub(super) fn close(reason: Option<&CloseFrame>) -> Self {
        Self::new(Opcode::Close, &reason.map(CloseFrame::encode).unwrap_or_default())
    }

    fn new(opcode: Opcode, payload: &[u8]) -> Self {
        Self(websocket::encode(opcode, payload).into())
    }

    /// What is sent on a WebSocket.
    pub(super) fn wire(&self) -> &Bytes {
        &self.0
    }

    /// The text, where it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.payload(Opcode::Text).and_then(|text| std::str::from_utf8(text).ok())
    }

    /// The bytes, where they are no text.
    #[must_use]
    pub fn as_binary(&self) -> Option<&[u8]> {
        self.payload(Opcode::Binary)
    }

    fn payload(&self, wanted: Opcode) -> Option<&[u8]> {
        let header = Header::decode(&self.0).ok().flatten()?;
        (header.opcode == wanted).then(|| &self.0[header.size..])
    }
}

impl From<String> for Frame {
    fn from(text: String) -> Self {
        Self::text(&text)
    }
}

impl From<&str> for Frame {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl switchboard_rooms::Frame for Frame {
    fn size(&self) -> usize {
        self.0.len() + size_of::<Self>()
    }
}

/// The words in which a connection wants its events: an event is encoded once for each of these
/// that is present in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The platform dialect's events over Socket.IO, exactly as documented.
    SocketIo,
    /// The same with an offset string as each event's last argument, for clients that know
    /// connection state recovery.
    SocketIoWithOffsets,
    /// Events of Pusher Channels, the muro dialect's among them.
    Pusher,
}

/// A connection's outgoing queue.
pub type Outbound = switchboard_rooms::Outbound<Frame>;
