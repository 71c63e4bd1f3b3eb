//! The platform dialect over Socket.IO.
//!
//! - [`events`]: what clients may send, and reading it;
//! - [`encode`](self::encode()): what they hear;
//! - [`identity`]: who is at the other end;
//! - [`application`]: admission, and the way to the handlers;
//! - [`handlers`]: what each event does;
//! - [`socket`]: what is remembered of one client;
//! - [`recovery`]: taking up a session after the connection was lost.

mod application;
mod encode;
mod events;
mod handlers;
mod identity;
mod offset;
mod recovery;
mod socket;

pub use self::application::{Platform, PlatformParts};
pub(super) use self::encode::encode;
pub use self::offset::Offset;
