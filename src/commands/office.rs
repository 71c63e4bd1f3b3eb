//! The services without a server: for commands that do one thing and end.

use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::{Config, KeyFileError};
use crate::domain::UserId;
use crate::service::{Announce, Announcement, Services};
use crate::store::Store;

pub(super) struct Office {
    pub(super) services: Services,
    store: Store,
    tasks: TaskTracker,
}

/// Nobody listens to a command. A server that runs beside it reads the same database.
struct Nobody;

impl Announce for Nobody {
    fn announce(&self, _: Vec<Announcement>) {}

    fn logged_out(&self, _: UserId) {}
}

impl Office {
    /// Opens the database and brings it up to date.
    pub(super) async fn open(config: &Config) -> anyhow::Result<Self> {
        let store = Store::open(&config.database_options()).await;
        let store = store.context("database.url: cannot open the database")?;
        store.migrate().await.context("cannot bring the database up to date")?;
        let key = config.sealing_key()?;
        let tasks = TaskTracker::new();
        let services = Services::start(
            store.clone(),
            Clock::System,
            key,
            config.service_limits(),
            config.pusher.apps.clone(),
            Arc::new(Nobody),
            &tasks,
        );
        if !services.has_right_key().await? {
            return Err(KeyFileError::Foreign(config.key_path()).into());
        }
        Ok(Self { services, store, tasks })
    }

    /// Ends once everything is kept.
    pub(super) async fn close(self) {
        self.services.close();
        self.tasks.close();
        self.tasks.wait().await;
        self.store.close().await;
    }
}
