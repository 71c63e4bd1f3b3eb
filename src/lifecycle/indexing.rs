//! Searching: the task that puts conversations into the index of words once they have come to rest.

use std::time::Duration;

use tokio::time::sleep;
use tracing::warn;

use super::Node;
use crate::relay::LOOK;
use crate::service::Services;

/// Between two looks while there is more to do, so that others get to write.
const BREATH: Duration = Duration::from_millis(20);

impl Node {
    /// Keeps the index of words, as long as the node lives. Every node does so, and takes what no other is at.
    pub(super) fn spawn_indexing(&self) {
        let (services, stop) = (self.services.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            loop {
                let wait = index(&services).await;
                tokio::select! {
                    () = sleep(wait) => {}
                    () = stop.cancelled() => return,
                }
            }
        });
    }
}

/// Does what there is to do, as far as it goes at once. Gives how long to wait before the next look.
async fn index(services: &Services) -> Duration {
    match services.index_conversations().await {
        Ok(0) => LOOK,
        Ok(_) => BREATH,
        Err(error) => {
            warn!(%error, "conversations cannot be indexed; it is tried again");
            LOOK
        }
    }
}
