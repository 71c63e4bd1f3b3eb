//! What the dialect's sockets stand on.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::past::Pasts;
use crate::clock::Clock;
use crate::domain::NodeId;
use crate::own_origins::OwnOrigins;
use crate::realtime::hub::Hub;
use crate::realtime::logins::Logins;
use crate::realtime::typing::Typing;
use crate::service::Services;

/// How many clients join or come back at once. When all of a node come at the same moment, as after a failure, the
/// database answers some after others anyway; those who wait for it by thousands would wait too long, and in the way of messages.
const ARRIVALS_AT_ONCE: usize = 64;

/// What the platform dialect's sockets stand on.
#[derive(Debug)]
pub struct PlatformParts {
    /// The use-cases.
    pub services: Services,
    /// Rooms and presence.
    pub hub: Arc<Hub>,
    /// The connections that end with a login.
    pub logins: Arc<Logins>,
    /// Signs of typing.
    pub typing: Arc<Typing>,
    /// The time.
    pub clock: Clock,
    /// Where tasks run that outlive a connection.
    pub tasks: TaskTracker,
    /// The node stops.
    pub stop: CancellationToken,
    /// This node.
    pub node_id: NodeId,
    /// How long after its connection was lost a session can be taken up.
    pub recovery: Duration,
    /// How many events a client may have missed at most.
    pub recovery_events_max: i64,
    /// How long an agent may be away before the others are told.
    pub presence_grace: Duration,
    /// The pages that may act with an agent's cookie.
    pub own_origins: OwnOrigins,
}

/// The platform dialect over Socket.IO.
#[derive(Debug)]
pub struct Platform {
    pub(super) parts: PlatformParts,
    arrivals: Semaphore,
    pub(super) pasts: Pasts,
}

impl Platform {
    /// The dialect on these parts.
    #[must_use]
    pub fn new(parts: PlatformParts) -> Self {
        Self { parts, arrivals: Semaphore::new(ARRIVALS_AT_ONCE), pasts: Pasts::default() }
    }

    /// Waits for its turn to ask the database on behalf of a client that joins or comes back: first come, first served.
    pub(super) async fn arrival(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.arrivals.acquire().await.ok()
    }
}
