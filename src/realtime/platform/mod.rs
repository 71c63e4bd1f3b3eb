//! The platform dialect over Socket.IO.
//!
//! - [`events`]: what clients may send, and reading it;
//! - [`encode`](self::encode()): what they hear;
//! - [`identity`]: who is at the other end;
//! - [`application`]: admission, and the way to the handlers;
//! - [`handlers`], [`joining`]: what each event does;
//! - [`ack`]: what its sender is told;
//! - [`socket`]: what is remembered of one client;
//! - [`recovery`]: taking up a session after the connection was lost;
//! - [`past`]: what was missed, read once for all who come back.

mod ack;
mod application;
mod claims;
mod encode;
mod events;
mod failure;
mod handlers;
mod identity;
mod joining;
mod offset;
mod parts;
mod past;
mod recovery;
mod socket;

pub(super) use self::encode::encode;
pub use self::offset::Offset;
pub use self::parts::{Platform, PlatformParts};
