//! The muro dialect: how its documents write messages, conversations, ids and times, and what its
//! channels and events are called.

mod channels;
mod conversation;
mod message;
mod time;
mod typing;

pub use channels::{CONVERSATION_CHANNEL, EVENTS, channel_name, room_of};
pub use conversation::ConversationUpdateJson;
pub use message::MessageJson;
pub use time::millis;
pub use typing::TypingJson;

/// The event of a new message, notes included.
pub const MESSAGE_NEW: &str = "message.new";
/// The event of a conversation whose status, tags, assignment or unread count changed.
pub const CONVERSATION_UPDATE: &str = "conversation.update";
/// The event of an agent who types or stops.
pub const AGENT_TYPING: &str = "agent.typing";
