//! The muro dialect: how its documents write messages, conversations, ids and times, and what its
//! channels and events are called.

mod channels;
mod contact;
mod conversation;
mod message;
pub mod patterns;
mod rule;
mod saved_reply;
pub mod schema;
mod site;
mod summary;
mod time;
mod typing;
mod webhook;

pub use channels::{CONVERSATION_CHANNEL, EVENTS, channel_name, room_of};
pub use contact::ContactJson;
pub use conversation::{ConversationJson, ConversationUpdateJson};
pub use message::{MessageJson, MessageObjectJson};
pub use rule::RuleJson;
pub use saved_reply::SavedReplyJson;
pub use site::SiteJson;
pub use summary::SummaryJson;
pub use time::{millis, read_time};
pub use typing::TypingJson;
pub use webhook::{NoticeJson, WebhookDeliveryJson, WebhookJson};

/// The event of a new message, notes included.
pub const MESSAGE_NEW: &str = "message.new";
/// The event of a conversation whose status, tags, assignment or unread count changed.
pub const CONVERSATION_UPDATE: &str = "conversation.update";
/// The event of an agent who types or stops.
pub const AGENT_TYPING: &str = "agent.typing";
