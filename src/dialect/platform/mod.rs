//! The platform dialect: how its documents write messages, conversations and times.

mod conversation;
mod message;
mod saved_reply;
mod time;

pub use conversation::{ConversationJson, SessionJson};
pub use message::MessageJson;
pub use saved_reply::SavedReplyJson;
pub use time::{micros, seconds};

/// The cookie that a login sets, and that says which agent a browser belongs to.
pub const SESSION_COOKIE: &str = "session";
