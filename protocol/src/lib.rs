//! Wire codecs: bytes to values and back.
//!
//! Everything here is pure. There is no runtime, no IO and no clock; a codec is a function of its
//! input, so every rule of a protocol can be checked with a table of examples. Three promises hold
//! for each module:
//!
//! - **Every input gives a value or an error that names the bad part.** Nothing panics, whatever a
//!   peer sends.
//! - **Decoding borrows.** A decoded packet points into the frame it came from; application JSON
//!   stays raw text until the code that knows its meaning reads it.
//! - **Encoding makes whole frames.** An encoder writes one frame into one `String`, reserved at its
//!   full length, so that one room's frame is made once and shared by everybody who listens.
//!
//! One module per protocol, each with its own errors:
//!
//! - [`engineio`]: Engine.IO 4, the transport of Socket.IO (handshake, heartbeat, long-polling
//!   payloads).
//! - [`socketio`]: Socket.IO 5, namespaces, events and acknowledgements over Engine.IO messages.
//! - [`pusher`]: Pusher Channels 7, its frames, its signatures and its HTTP fallbacks.
//! - [`websocket`]: WebSocket, below both: frames, messages and the handshake's key.
#![warn(missing_docs)]

pub mod engineio;
mod json;
pub mod pusher;
pub mod socketio;
pub mod websocket;
