//! Why a connection is closed or a frame refused.

/// The protocol's error codes, as a WebSocket close code or in `pusher:error`.
///
/// Clients look at the number first: up to 4099 they give up, up to 4199 they come back after a
/// second, up to 4299 they come back at once. The last two are never close codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Code {
    /// The app takes encrypted connections only; the client comes back with TLS.
    TlsOnly = 4000,
    /// No app has this key.
    UnknownApp = 4001,
    /// The app is switched off.
    AppDisabled = 4003,
    /// The app has as many connections as it may have.
    OverQuota = 4004,
    /// The path is not `/app/{key}`.
    PathNotFound = 4005,
    /// `version` is not a version.
    InvalidVersion = 4006,
    /// `protocol` is none the server speaks.
    UnsupportedProtocol = 4007,
    /// There is no `protocol`.
    NoProtocol = 4008,
    /// The application does not vouch for the connection, or no longer does: a bad sign-in, a
    /// user's connections terminated, nothing signed in time, a foreign origin.
    Unauthorized = 4009,
    /// The server has enough to do; the client comes back after a second.
    OverCapacity = 4100,
    /// The server would rather see the client elsewhere; it comes back at once. Not for draining
    /// a server all at once: thousands would come back in the same moment.
    Reconnect = 4200,
    /// The client did not answer a ping.
    PongMissing = 4201,
    /// Nothing was heard of the client for a day.
    Inactive = 4202,
    /// Client events come too fast, or may not be sent here. The connection stays.
    ClientEventRejected = 4301,
    /// A watchlist names too many users; the first ones are watched. The connection stays.
    WatchlistTooLong = 4302,
}

impl Code {
    /// The number clients branch on.
    #[must_use]
    pub const fn as_u16(self) -> u16 {
        self as u16
    }

    /// The text people read, short enough for the reason of a close frame (123 bytes).
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::TlsOnly => "This app accepts encrypted connections only: connect with wss://",
            Self::UnknownApp => "There is no app with this key",
            Self::AppDisabled => "This app is disabled",
            Self::OverQuota => "This app has reached its limit of connections",
            Self::PathNotFound => "Path not found: connect to /app/KEY",
            Self::InvalidVersion => "The version of the client is not a version: send version=8.0",
            Self::UnsupportedProtocol => "Unsupported protocol version: this server speaks 7",
            Self::NoProtocol => "No protocol version: connect with protocol=7",
            Self::Unauthorized => "The connection is not authorized",
            Self::OverCapacity => "The server is over capacity: come back in a moment",
            Self::Reconnect => "Please reconnect",
            Self::PongMissing => "No pong was received",
            Self::Inactive => "Closed after a long time of inactivity",
            Self::ClientEventRejected => "The client event was rejected",
            Self::WatchlistTooLong => "The watchlist is too long: only its first users are watched",
        }
    }
}
