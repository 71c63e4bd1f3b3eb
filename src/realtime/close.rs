//! Why a connection ended. The loop returns one of these; nobody else closes anything.

use switchboard_protocol::pusher::Code;
use switchboard_protocol::websocket::{CloseFrame, close_code};
use switchboard_rooms::Closing;

/// The reason for which a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// The peer went: it closed the connection, or the network did.
    PeerGone,
    /// The peer said goodbye in the words of its protocol.
    PeerLeft,
    /// The peer sent what its protocol does not allow.
    ParseError,
    /// The peer sent text that is not UTF-8.
    NotText,
    /// A message was larger than `realtime.payload_bytes_max`.
    TooLarge,
    /// The peer did not answer a ping in time.
    PingTimeout,
    /// The peer opened a connection and then never said what for.
    ConnectTimeout,
    /// The peer does not read: its queue was full, or nothing could be written for too long.
    SlowReader,
    /// The session refused its client for good, with a code of its protocol that the client was told.
    Refused(Code),
    /// The server ends it: see [`Closing`].
    Server(Closing),
}

impl Close {
    /// The reason in one word or two, for logs, metrics and disconnect handlers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PeerGone => "transport close",
            Self::PeerLeft => "client disconnect",
            Self::ParseError => "parse error",
            Self::NotText => "not UTF-8",
            Self::TooLarge => "too large",
            Self::PingTimeout => "ping timeout",
            Self::ConnectTimeout => "connect timeout",
            Self::SlowReader | Self::Server(Closing::QueueFull) => "slow reader",
            Self::Refused(_) => "refused",
            Self::Server(Closing::Draining) => "draining",
            Self::Server(Closing::Revoked) => "revoked",
            Self::Server(Closing::Replaced) => "replaced",
            Self::Server(Closing::Ended) => "server disconnect",
        }
    }

    /// The close frame a WebSocket peer gets (RFC 6455 section 7.4.1); `None` where the peer said
    /// goodbye first or cannot be reached.
    #[must_use]
    pub fn frame(self) -> Option<CloseFrame> {
        let code = match self {
            Self::PeerGone | Self::SlowReader | Self::Server(Closing::QueueFull) => return None,
            Self::ParseError => close_code::PROTOCOL,
            Self::NotText => close_code::INVALID,
            Self::TooLarge => close_code::SIZE,
            Self::Refused(code) => code.as_u16(),
            Self::Server(Closing::Draining) => close_code::AWAY,
            Self::Server(Closing::Revoked) => close_code::POLICY,
            _ => close_code::NORMAL,
        };
        Some(CloseFrame { code, reason: self.as_str().into() })
    }
}

impl From<Closing> for Close {
    fn from(closing: Closing) -> Self {
        Self::Server(closing)
    }
}
