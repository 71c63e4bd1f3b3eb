//! WebSocket (RFC 6455), the side of a server: frames, messages made of them, and the handshake's key.
//!
//! No extensions: a client that offers compression is answered without it.

mod close;
mod decoder;
mod handshake;
mod header;
mod violation;

pub use close::{CloseFrame, close_code};
pub use decoder::{Decoder, Message};
pub use handshake::accept_key;
pub use header::{Header, Opcode, encode};
pub use violation::Violation;
