//! Webhooks: the worker that posts them, and how it is told to.

use std::time::Duration;

use super::Node;
use crate::webhooks::{Backoff, CannotPost, Parts, Schedule, Settings, Worker};

impl Node {
    /// Posts what is due, as long as the node lives.
    pub(super) fn spawn_webhooks(&self) -> Result<(), CannotPost> {
        let parts = Parts {
            services: self.services.clone(),
            node_id: self.id,
            clock: self.clock.clone(),
            settings: self.webhook_settings(),
            stop: self.stop.clone(),
        };
        self.tasks.spawn(Worker::new(parts)?.run());
        Ok(())
    }

    fn webhook_settings(&self) -> Settings {
        let webhooks = &self.config.webhooks;
        let backoff = Backoff {
            first_ms: i64::from(webhooks.retry_first_ms),
            max_ms: i64::from(webhooks.retry_max_ms),
        };
        Settings {
            timeout: Duration::from_millis(webhooks.timeout_ms),
            backoff,
            schedule: Schedule::new(webhooks.schedule.iter().map(|wait| wait.ms())),
            allow_private_addresses: webhooks.allow_private_addresses,
        }
    }
}
