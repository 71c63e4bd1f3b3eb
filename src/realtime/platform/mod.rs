//! The platform dialect over Socket.IO.
//!
//! - [`events`](self::events): what clients may send, and reading it;
//! - [`encode`](self::encode()): what they hear;
//! - [`identity`](self::identity): who is at the other end;
//! - [`application`](self::application): admission, and the way to the handlers;
//! - [`handlers`](self::handlers): what each event does;
//! - [`socket`](self::socket): what is remembered of one client;
//! - [`recovery`](self::recovery): taking up a session after the connection was lost.

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
