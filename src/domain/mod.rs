//! The nouns and the rules. No IO: nothing here waits, reads or writes.

mod actor;
mod agent;
mod api_key;
mod channel;
mod contact;
mod content;
mod conversation;
mod delivery;
mod email;
mod event;
mod ids;
mod invalid;
mod job;
mod message;
mod metadata;
mod notice;
mod occurrence;
mod organization;
pub mod policy;
mod program;
mod pusher_app;
mod realtime_session;
mod room;
pub mod rules;
mod saved_reply;
mod search;
pub mod secrets;
mod session;
mod summary;
mod tags;
pub mod text;
mod timestamp;
pub mod visitor_id;
mod webhook;
mod webhook_log;
mod website;
mod words;

pub use actor::{Actor, AgentActor, VisitorActor};
pub use agent::{Agent, AgentName};
pub use api_key::{ApiKey, Dialect, KeyKind};
pub use channel::{AllowedOrigins, Channel, ChannelKind, EmbedToken};
pub use contact::{Contact, ContactDetail};
pub use content::{Content, ContentKind, ContentLimits};
pub use conversation::{
    Conversation, ConversationDetail, ConversationState, ConversationStatus, ConversationView,
    LastMessage, Visitor,
};
pub use delivery::{Delivery, DeliveryKind, Endpoint, UnknownDeliveryKind};
pub use email::Email;
pub use event::{Audience, Event, EventKind};
pub use ids::*;
pub use invalid::Invalid;
pub use job::{Job, Task};
pub use message::{Author, ClientMessageId, Message, ReadMessage, Receipt, SenderType, Visibility};
pub use metadata::Metadata;
pub use notice::{News, Notice, NoticeSender};
pub use occurrence::{Occurrence, OccurrenceKind};
pub use organization::Organization;
pub use program::Program;
pub use pusher_app::{
    PusherApp, PusherAppId, PusherLimits, PusherOverrides, PusherSettings, PusherWebhook,
};
pub use realtime_session::RealtimeSession;
pub use room::{Room, UnknownRoom};
pub use saved_reply::{ReplyText, SavedReply, begun_shortcut};
pub use search::Search;
pub use session::{Session, SessionStatus};
pub use summary::Summary;
pub use tags::Tags;
pub use timestamp::Timestamp;
pub use webhook::{SignatureStyle, Webhook, WebhookEvent};
pub use webhook_log::{DeliveryAttempt, DeliveryState, LoggedDelivery, RESPONSE_BYTES_MAX};
pub use website::Website;
pub use words::Words;
