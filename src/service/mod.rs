//! What the business does: one method, one thing. The only place that opens transactions.

mod announce;
mod auth;
mod conversations;
mod demo;
mod error;
mod history;
mod joins;
mod keys;
mod messages;
mod realtime;
mod receipts;
mod widgets;

pub use announce::{Announce, Announcement, Origin};
pub use auth::{AgentLogin, LogIn};
pub use conversations::{Assigned, ConversationFilter, Page, Resolved, Tagged};
pub use demo::{
    DemoAgent, DemoChatwoot, DemoMunin, DemoMuro, DemoPlatform, DemoPusher, DemoUrls, DemoView,
};
pub use error::{Noun, ServiceError};
pub use history::History;
pub use joins::{JoinView, VisitorProof};
pub use keys::NewKey;
pub use messages::{SendAgentMessage, SendVisitorMessage, Sent};
pub use realtime::SaveRealtimeSession;
pub use widgets::WidgetView;

/// The use-cases. A clone is another handle on the same ones.
#[derive(Clone, Debug)]
pub struct Services;
