//! What a node does now and then, as long as it lives.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};

use super::Node;
use crate::clock::Clock;
use crate::domain::NodeId;
use crate::realtime::Healer;
use crate::realtime::hub::Hub;
use crate::realtime::logins::Logins;
use crate::realtime::pusher::Channels;
use crate::service::{ServiceError, Services};

/// How often a node says that it is alive.
const NODE_BEAT: Duration = Duration::from_secs(5);
/// How far back each beat looks for keys that were revoked.
const REVOCATIONS_BACK_MS: i64 = 60_000;
/// How often what is out of date is deleted.
const SWEEP: Duration = Duration::from_mins(1);

/// What upkeep looks after.
struct Upkeep {
    services: Services,
    hub: Arc<Hub>,
    channels: Arc<Channels>,
    logins: Arc<Logins>,
    clock: Clock,
    node_id: NodeId,
}

impl Node {
    /// Sees to it that everything that is committed is heard.
    pub(super) fn spawn_healer(&self) {
        let (hub, services) = (Arc::clone(&self.hub), self.services.clone());
        let healer = Healer { hub, services };
        self.tasks.spawn(healer.run(self.stop.clone()));
    }

    /// Says now and then that the node is alive, notices what other processes have changed, and
    /// deletes what is out of date.
    pub(super) fn spawn_upkeep(&self) {
        let upkeep = Upkeep {
            services: self.services.clone(),
            hub: Arc::clone(&self.hub),
            channels: Arc::clone(&self.channels),
            logins: Arc::clone(&self.logins),
            clock: self.clock.clone(),
            node_id: self.id,
        };
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let (mut beats, mut sweeps) = (interval(NODE_BEAT), interval(SWEEP));
            beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
            sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let done = tokio::select! {
                    _ = beats.tick() => upkeep.beat().await,
                    _ = sweeps.tick() => upkeep.services.sweep().await,
                    () = stop.cancelled() => return,
                };
                if let Err(error) = done {
                    warn!(%error, "upkeep failed; it is tried again");
                }
            }
        });
    }
}

impl Upkeep {
    async fn beat(&self) -> Result<(), ServiceError> {
        self.services.touch_node(self.node_id).await?;
        self.end_keys().await?;
        self.end_logins().await?;
        self.refresh_apps().await
    }

    /// Whoever came in with a key that ended since loses what it opened.
    async fn end_keys(&self) -> Result<(), ServiceError> {
        // Looks back over several beats: other processes' clocks and commits are not ours.
        let since = self.clock.now().plus_ms(-REVOCATIONS_BACK_MS);
        for key in self.services.keys_ended_since(since).await? {
            self.hub.key_revoked(key);
            self.channels.key_revoked(key);
        }
        Ok(())
    }

    /// Whoever is connected by a login that ended since goes. On other nodes agents log out too, and logins
    /// end by themselves.
    async fn end_logins(&self) -> Result<(), ServiceError> {
        for login in self.services.ended_logins(self.logins.in_use()).await? {
            self.logins.ended(&login);
        }
        Ok(())
    }

    async fn refresh_apps(&self) -> Result<(), ServiceError> {
        let changed = self.services.refresh_apps().await?;
        for app in &changed {
            info!(app.id = %app.id, app.enabled, "a Pusher application was changed");
        }
        self.channels.apps_changed(&changed);
        Ok(())
    }
}
