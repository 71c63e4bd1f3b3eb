//! Webhooks on their way: claim, post, settle.
//!
//! ```text
//! service::webhooks ──bell──> worker ──> round (one per endpoint) ──> client ──> the receiver
//!   outbox in the database      │           claim · batch · settle       timeouts, addresses
//!                               └── ends occupancies, notices dead nodes
//! ```
//!
//! The [`worker`] looks what is due and starts a [`round`] for each endpoint; a slow receiver keeps
//! nobody waiting but itself. A round claims deliveries, asks the [`kind`] of webhook how they are
//! wrapped, signed and retried, and lets the [`client`] post them. Every kind of webhook goes this way;
//! [`pusher`] is one, [`muro`] another.

mod addresses;
mod client;
mod kind;
mod muro;
mod pusher;
mod round;
mod schedule;
mod worker;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::domain::NodeId;
use crate::service::Services;

pub use crate::backoff::Backoff;
pub use client::CannotPost;
pub use schedule::Schedule;
pub use worker::Worker;

/// What the worker works with.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The outbox.
    pub services: Services,
    /// This node.
    pub node_id: NodeId,
    /// The time.
    pub clock: Clock,
    /// How it posts.
    pub settings: Settings,
    /// Nothing more is begun; what was claimed and not posted is put back.
    pub stop: CancellationToken,
}

/// How webhooks are posted.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a receiver may take to answer.
    pub timeout: Duration,
    /// The waits between attempts at webhooks of Pusher applications, and of any receiver that is away.
    pub backoff: Backoff,
    /// The waits between attempts at webhooks of organizations.
    pub schedule: Schedule,
    /// Whether organizations' webhooks may reach addresses that are not public.
    pub allow_private_addresses: bool,
}
