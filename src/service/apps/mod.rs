//! The Pusher applications of this server: those of its configuration and those of its organizations.
//!
//! All that are in use are in memory, because every connection and request names one. What another
//! process changes is seen at the next beat ([`Services::refresh_apps`]); what it made is found at once.

mod admin;
mod directory;
mod make;
mod strangers;
mod unreadable;

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

pub use admin::{AppView, CreateApp};
pub(super) use make::{DraftApp, found_organization, open_secret};

use super::{ServiceError, Services};
use crate::clock::Clock;
use crate::domain::secrets::SealingKey;
use crate::domain::{OrganizationId, PusherApp, PusherAppId, PusherSettings, Timestamp};
use crate::store::{ChangedPusherApp, KeptPusherApp, Store, StoreError};
use directory::Directory;
use strangers::Strangers;
use unreadable::Unreadable;

/// How far back each refresh looks: other processes' clocks and commits are not ours.
const LOOK_BACK_MS: i64 = 60_000;

/// What the configuration says of applications.
#[derive(Clone, Debug, Default)]
pub struct AppsOptions {
    /// How an application is where nothing else is said of it.
    pub defaults: PusherSettings,
    /// The applications of the configuration. They win over those of the database.
    pub fixed: Vec<PusherApp>,
}

/// The applications, by id and by key.
pub struct Apps {
    store: Store,
    clock: Clock,
    sealing_key: SealingKey,
    defaults: PusherSettings,
    directory: Directory,
    /// When the last refresh began that succeeded.
    refreshed_at: Mutex<Option<Timestamp>>,
    strangers: Strangers,
    unreadable: Unreadable,
    /// One at a time asks the database for a name nobody knows: who tries names at random gets one of
    /// its connections and no more.
    asking: Semaphore,
}

/// A name an application can be looked for by.
#[derive(Clone, Copy)]
enum Name<'a> {
    Id(&'a str),
    Key(&'a str),
}

impl Apps {
    pub(super) fn new(
        store: Store,
        clock: Clock,
        sealing_key: SealingKey,
        options: AppsOptions,
    ) -> Self {
        Self {
            store,
            clock,
            sealing_key,
            defaults: options.defaults,
            directory: Directory::new(options.fixed),
            refreshed_at: Mutex::default(),
            strangers: Strangers::default(),
            unreadable: Unreadable::default(),
            asking: Semaphore::new(1),
        }
    }

    /// The application with this key, enabled or not.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn by_key(&self, key: &str) -> Result<Option<Arc<PusherApp>>, ServiceError> {
        Ok(self.find(Name::Key(key)).await?)
    }

    /// The application with this id, enabled or not.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn by_id(&self, id: &str) -> Result<Option<Arc<PusherApp>>, ServiceError> {
        Ok(self.find(Name::Id(id)).await?)
    }

    /// The application as this server knows it at the moment, without asking anybody.
    #[must_use]
    pub fn current(&self, id: &PusherAppId) -> Option<Arc<PusherApp>> {
        self.directory.by_id(id.as_str())
    }

    /// The application an organization's conversations are told on: its first that is enabled.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn of_organization(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<Arc<PusherApp>>, ServiceError> {
        for kept in self.store.list_pusher_apps_of(organization).await? {
            if let Some(app) = self.admit(kept)?.filter(|app| app.enabled) {
                return Ok(Some(app));
            }
        }
        Ok(None)
    }

    /// Looks for what changed in the database. Returns the applications that were known here and are
    /// now different, as they are now. One that cannot be read stays as it was known.
    async fn refresh(&self) -> Result<Vec<Arc<PusherApp>>, StoreError> {
        let began = self.clock.now();
        let before = *self.refreshed_at.lock();
        let since = before.map_or(Timestamp::from_micros(0), |at| at.plus_ms(-LOOK_BACK_MS));
        let mut changed = Vec::new();
        for ChangedPusherApp { id, changed_at, now } in
            self.store.list_pusher_apps_changed_since(since).await?
        {
            match now.and_then(|kept| self.opened(kept)) {
                Ok(app) => {
                    self.unreadable.forget(&id);
                    changed.extend(self.directory.put(app).changed);
                }
                Err(error) => self.unreadable.tell(&id, changed_at, &error),
            }
        }
        *self.refreshed_at.lock() = Some(began);
        Ok(changed)
    }

    async fn find(&self, name: Name<'_>) -> Result<Option<Arc<PusherApp>>, StoreError> {
        if let Some(app) = self.known(name) {
            return Ok(Some(app));
        }
        let _turn = self.asking.acquire().await.expect("the semaphore is never closed");
        // Who had the turn before may have asked for the same.
        if let Some(app) = self.known(name) {
            return Ok(Some(app));
        }
        let now = self.clock.now();
        if !PusherApp::is_name(name.text()) || self.strangers.contains(name, now) {
            return Ok(None);
        }
        let kept = match name {
            Name::Id(id) => self.store.lookup_pusher_app(&id.into()).await?,
            Name::Key(key) => self.store.lookup_pusher_app_by_key(key).await?,
        };
        let Some(kept) = kept else {
            self.strangers.remember(name, now);
            return Ok(None);
        };
        self.admit(kept)
    }

    fn known(&self, name: Name<'_>) -> Option<Arc<PusherApp>> {
        match name {
            Name::Id(id) => self.directory.by_id(id),
            Name::Key(key) => self.directory.by_key(key),
        }
    }

    /// Takes what the database has; `None` when an application of the configuration stands before it.
    fn admit(&self, kept: KeptPusherApp) -> Result<Option<Arc<PusherApp>>, StoreError> {
        Ok(self.directory.put(self.opened(kept)?).current)
    }

    fn opened(&self, kept: KeptPusherApp) -> Result<PusherApp, StoreError> {
        let secret = open_secret(&self.sealing_key, &kept)?;
        Ok(PusherApp {
            settings: kept.overrides.over(&self.defaults),
            id: kept.id,
            name: kept.name,
            key: kept.key,
            secret,
            organization_id: Some(kept.organization_id),
            enabled: kept.enabled,
        })
    }
}

impl Name<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Id(text) | Self::Key(text) => text,
        }
    }
}

impl fmt::Debug for Apps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apps").field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl Services {
    /// The Pusher applications.
    #[must_use]
    pub fn apps(&self) -> &Apps {
        &self.inner.apps
    }

    /// Looks for applications that another process made or changed. Returns those that were known here
    /// and changed, as they are now: connections of one that is not enabled any more are to be closed.
    ///
    /// # Errors
    /// `Internal` alone.
    pub async fn refresh_apps(&self) -> Result<Vec<Arc<PusherApp>>, ServiceError> {
        Ok(self.apps().refresh().await?)
    }
}
