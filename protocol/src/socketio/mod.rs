//! Socket.IO protocol 5: namespaces, events and acknowledgements over Engine.IO messages.
//!
//! Source: `docs/socket.io-protocol/v5-current.md` of the `socketio/socket.io` repository.
//! [`Packet::decode`] reads the text after the Engine.IO message type; the `encode_*` functions
//! append whole Engine.IO text packets, with the leading `4`, since that is what goes on the wire.
//!
//! Arguments stay the JSON text the peer wrote, see [`Args`]. The frames with the bytes of a binary
//! packet follow it; [`Reassembly`] collects them.

mod args;
mod encode;
mod error;
mod header;
mod json;
mod packet;
mod placeholders;
mod reassembly;

pub use args::Args;
pub use encode::{
    encode_ack, encode_ack_raw, encode_binary_ack_raw, encode_binary_event_raw, encode_connect,
    encode_connect_error, encode_disconnect, encode_event, encode_event_raw, event_array,
};
pub use error::DecodeError;
pub use packet::Packet;
pub use reassembly::{Complete, Reassembly};

/// The namespace of a packet that names none.
pub const ROOT: &str = "/";

/// The most binary attachments one packet may announce, as in the reference parser.
pub const ATTACHMENTS_MAX: usize = 10;

/// How deep arrays and objects of a payload may be nested, its outermost array included.
pub const NESTING_MAX: usize = crate::json::NESTING_MAX;

/// Event names that the client and server libraries give a meaning of their own; a peer may not
/// send them.
pub const RESERVED_EVENTS: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
