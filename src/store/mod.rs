//! The only place with SQL: hand-written for SQLite and Postgres alike, behind sqlx's `Any` driver.
//!
//! Reads are on [`Store`], one file per noun. Writes are on [`Tx`], and a [`Tx`] comes from
//! [`Store::begin`] alone; [`GroupCommit`] lets many callers share one.

mod api_keys;
mod channel_grants;
mod channels;
mod circumstances;
mod contacts;
mod conversations;
mod deliveries;
mod embed_tokens;
mod error;
mod events;
mod flush;
mod fold;
mod given;
mod group_commit;
mod held_logs;
mod idempotency;
mod jobs;
mod keyset;
mod known;
mod lines;
mod log_tail;
mod logins;
mod messages;
mod migrate;
mod nodes;
mod occupancies;
mod open;
mod organizations;
mod pusher_apps;
mod realtime_sessions;
mod receipts;
mod row;
mod rules;
mod saved_replies;
mod script;
mod search;
mod sessions;
mod sights;
mod snoozes;
mod standings;
mod summaries;
mod tx;
mod users;
mod webhooks;
mod websites;
mod written;

pub use channels::{ChannelSecret, NewChannel};
pub use circumstances::Circumstances;
pub use contacts::NewContact;
pub use conversations::{
    Changed, ConversationScope, DetailScope, Mark, NewConversation, Standing, Tip, Unchanged,
    Unread, Wakes,
};
pub use deliveries::NewDelivery;
pub use embed_tokens::NewEmbedToken;
pub use error::StoreError;
pub use group_commit::{
    Coming, Done, GroupCommit, GroupCommitLimits, JointResults, JointWork, Submitted,
};
pub use idempotency::{Attempted, NewAttempt};
pub use keyset::Before;
pub use known::Known;
pub use logins::Login;
pub use occupancies::{Living, Occupancy};
pub use open::{DatabaseOptions, Store};
pub use pusher_apps::{ChangedPusherApp, KeptPusherApp};
pub use realtime_sessions::KeptRealtimeSession;
pub use search::IndexLimits;
pub use standings::Standings;
pub use tx::Tx;
pub use users::NewUser;
pub use webhooks::{KeptWebhook, Redelivery, WebhookScope};
pub use written::Written;
