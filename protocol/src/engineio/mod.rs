//! Engine.IO protocol 4: the packets, long-polling payloads and handshake that carry Socket.IO.
//!
//! Source: `docs/engine.io-protocol/v4-current.md` of the `socketio/socket.io` repository. Over
//! WebSocket a text frame is one packet and a binary frame is one binary message without a type;
//! over long-polling a body is a [payload] of several packets.
//!
//! [payload]: decode_payload

mod error;
mod handshake;
mod packet;
mod payload;
mod refusal;

pub use error::DecodeError;
pub use handshake::Handshake;
pub use packet::Packet;
pub use payload::{PayloadWriter, decode_payload};
pub use refusal::Refusal;

/// The value of the `EIO` query parameter this codec speaks.
pub const PROTOCOL: &str = "4";

/// The character between two packets of a long-polling payload (ASCII record separator).
pub const SEPARATOR: char = '\x1e';

/// Ends the transport; sent by either side.
pub const CLOSE: &str = "1";

/// The server's heartbeat.
pub const PING: &str = "2";

/// The client's answer to [`PING`].
pub const PONG: &str = "3";

/// The client's first packet on a WebSocket it wants to upgrade to.
pub const PROBE_PING: &str = "2probe";

/// The server's answer to [`PROBE_PING`].
pub const PROBE_PONG: &str = "3probe";

/// The client's last packet of an upgrade: from here on the WebSocket is the transport.
pub const UPGRADE: &str = "5";

/// Means nothing; releases a pending poll while the transport is being upgraded.
pub const NOOP: &str = "6";
