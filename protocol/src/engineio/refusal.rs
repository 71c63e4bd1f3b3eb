//! The errors of Engine.IO's HTTP requests.

/// Why a request to the Engine.IO path is refused; codes and messages are those of the reference
/// server.
///
/// Sent with status 400 (403 for [`Forbidden`](Self::Forbidden)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Refusal {
    /// `transport` is neither `polling` nor `websocket`.
    UnknownTransport = 0,
    /// `sid` names no session of this server.
    UnknownSession = 1,
    /// A session may only be opened with GET.
    BadHandshakeMethod = 2,
    /// The request does not fit the session: wrong transport, a header that is not allowed, a body
    /// that is no payload.
    BadRequest = 3,
    /// The server does not want this client.
    Forbidden = 4,
    /// `EIO` is not `4`.
    UnsupportedProtocolVersion = 5,
}

impl Refusal {
    /// The number clients branch on.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The text people read.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::UnknownTransport => "Transport unknown",
            Self::UnknownSession => "Session ID unknown",
            Self::BadHandshakeMethod => "Bad handshake method",
            Self::BadRequest => "Bad request",
            Self::Forbidden => "Forbidden",
            Self::UnsupportedProtocolVersion => "Unsupported protocol version",
        }
    }

    /// The JSON body of the response: `{"code":0,"message":"Transport unknown"}`.
    #[must_use]
    pub fn body(self) -> String {
        format!(r#"{{"code":{},"message":"{}"}}"#, self.code(), self.message())
    }
}
