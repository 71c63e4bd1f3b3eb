//! What travels on a connection, and in which words.

use axum::extract::ws::{Message, Utf8Bytes};
use bytes::Bytes;

/// One whole message of a transport, its bytes shared by everyone it goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// UTF-8 text.
    Text(Utf8Bytes),
    /// Any bytes.
    Binary(Bytes),
}

impl From<String> for Frame {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&'static str> for Frame {
    fn from(text: &'static str) -> Self {
        Self::Text(Utf8Bytes::from_static(text))
    }
}

impl From<Frame> for Message {
    fn from(frame: Frame) -> Self {
        match frame {
            Frame::Text(text) => Self::Text(text),
            Frame::Binary(bytes) => Self::Binary(bytes),
        }
    }
}

impl switchboard_rooms::Frame for Frame {
    fn size(&self) -> usize {
        let payload = match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        };
        payload + size_of::<Self>()
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
