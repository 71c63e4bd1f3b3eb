//! Pusher Channels, protocol 7: any channel of any application, for any of Pusher's clients.
//!
//! In reading order:
//!
//! - [`endpoint`], [`hello`]: where clients connect, and who is let in;
//! - [`session`]: what one client says, and what it is answered;
//! - [`fallback`]: the same session for clients without a WebSocket;
//! - [`admission`], [`client_event`]: the two things that need a decision;
//! - [`channels`], [`app_channels`]: the channels of all applications, and of one;
//! - [`subscriptions`], [`publishing`]: coming and going, and reaching those who are there;
//! - [`users`], [`counts`], [`cache`]: signed-in users, subscription counts, cache channels;
//! - [`questions`]: what servers publish, and ask about channels;
//! - [`attending`], [`audience`], [`memory`]: what other nodes have to do with all this;
//! - [`bridge`]: the events of conversations, in the words of the muro dialect;
//! - [`recorder`]: what webhooks are to hear of.

mod admission;
mod app_channels;
mod attending;
mod audience;
pub mod bridge;
mod cache;
pub mod channels;
mod client_event;
mod counts;
pub mod endpoint;
pub mod fallback;
pub mod hello;
mod memory;
mod publishing;
mod questions;
pub mod recorder;
mod refusal;
mod session;
mod subscriptions;
mod users;

pub(in crate::realtime) use audience::Listeners;
pub use channels::Channels;
pub use endpoint::{PusherEndpoint, PusherSettings};
pub use fallback::Fallback;
pub use recorder::Recorder;
