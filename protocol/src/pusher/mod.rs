//! Pusher Channels protocol 7: what its clients and its server say to each other, and what an
//! application signs.
//!
//! Sources: Pusher's documents "Pusher Channels Protocol", "Generating the authentication string",
//! "HTTP API reference" and "Webhooks"; where they are silent, what `pusher-js` does. In reading
//! order:
//!
//! - [`ChannelName`]: a name says what a channel is, [`ChannelKind`], and who may join it.
//! - [`SocketId`]: the name of a connection, and the nonce of everything signed for it.
//! - [`ClientFrame`]: what a client says. One frame is one JSON object in one text message.
//! - [`server_frame`]: what the server says; one function for each frame.
//! - [`Code`]: why a connection is closed or a frame refused, as clients branch on it.
//! - [`PresenceUser`], [`presence`]: who a member of a presence channel is, and what the others
//!   hear of it.
//! - [`SignedInUser`]: whom a whole connection belongs to.
//! - [`Token`]: an app's key and secret; signs and verifies subscriptions, users and webhooks.
//! - [`SignedRequest`]: the signature of a request to the HTTP API.
//! - [`fallback`]: the lines in which frames travel where a WebSocket does not get through.
//!
//! Two habits of the protocol to know: `data` of most of the server's frames is JSON *in a JSON
//! string*, and whatever is signed (`channel_data`, `user_data`) is text that must be kept exactly
//! as it came.

mod channel_name;
mod client_frame;
mod code;
pub mod fallback;
pub mod presence;
mod request;
pub mod server_frame;
mod signed_in_user;
mod socket_id;
mod token;
mod user;

pub use channel_name::{BadChannelName, ChannelKind, ChannelName, SERVER_TO_USER};
pub use client_frame::{BadFrame, CLIENT_EVENT, ClientFrame};
pub use code::Code;
pub use presence::PresenceUser;
pub use request::{BadRequestAuth, SignedRequest, TIMESTAMP_TOLERANCE_S, body_md5};
pub use signed_in_user::SignedInUser;
pub use socket_id::{BadSocketId, SocketId};
pub use token::{BadAuth, Token};
pub use user::BadUser;

/// The value of the `protocol` query parameter this codec speaks.
pub const PROTOCOL: &str = "7";

/// How deep arrays and objects of a frame, or of a user's data, may be nested, the outermost one
/// included.
pub const NESTING_MAX: usize = crate::json::NESTING_MAX;
