//! The channels of every application on this node.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;
use switchboard_rooms::{Bus, Closing, Presence};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::app_channels::AppChannels;
use super::memory::Memory;
use super::recorder::Recorder;
use crate::domain::{ApiKeyId, PusherApp, PusherAppId};
use crate::realtime::bulletin::SharedFrame;
use crate::realtime::feed::Feed;
use crate::realtime::hub::Hub;
use crate::realtime::membership::Membership;
use crate::realtime::topic::{ChannelKey, Topic, UserKey};

/// The members of presence channels, each with its `user_info` as JSON.
pub(in crate::realtime) type Members = Presence<ChannelKey, Arc<str>, Option<Arc<str>>>;
/// Signed-in users.
pub(in crate::realtime) type Users = Presence<UserKey, ()>;

/// The channels of all applications on this node.
pub struct Channels {
    shared: Arc<Shared>,
    apps: RwLock<HashMap<PusherAppId, Arc<AppChannels>>>,
}

/// What the channels of all applications stand on.
pub(super) struct Shared {
    pub(super) hub: Arc<Hub>,
    pub(super) recorder: Recorder,
    /// Who is in a presence channel, each with its `user_info` as JSON.
    pub(super) members: Arc<Members>,
    /// Users of applications who are signed in: each a group of its own, with itself in it.
    pub(super) users: Arc<Users>,
    /// What cache channels remember, for other nodes.
    pub(super) memory: Memory,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channels").field("apps", &self.apps.read().len()).finish_non_exhaustive()
    }
}

impl Channels {
    /// Channels whose subscribers sit in the rooms of `hub`; what webhooks are to hear of goes to
    /// `recorder`. Members and users are there on this node alone, or on all.
    #[must_use]
    pub fn new(
        hub: Arc<Hub>,
        recorder: Recorder,
        membership: Option<Membership>,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let members = Membership::presence(membership);
        let users = Membership::presence(membership);
        let memory = Memory::default();
        let shared = Arc::new(Shared { hub, recorder, members, users, memory, tasks, stop });
        Arc::new(Self { shared, apps: RwLock::default() })
    }

    /// The channels of one application.
    pub(super) fn of(&self, app: &Arc<PusherApp>) -> Arc<AppChannels> {
        if let Some(channels) = self.find(&app.id) {
            return channels;
        }
        let mut apps = self.apps.write();
        let made = || Arc::new(AppChannels::new(Arc::clone(&self.shared), Arc::clone(app)));
        Arc::clone(apps.entry(app.id.clone()).or_insert_with(made))
    }

    /// The channels of an application that has had connections here.
    pub(super) fn find(&self, app: &PusherAppId) -> Option<Arc<AppChannels>> {
        self.apps.read().get(app).cloned()
    }

    /// Applications were changed: from now on they are as given. Connections of one that was disabled
    /// are closed.
    pub fn apps_changed(&self, apps: &[Arc<PusherApp>]) {
        for app in apps {
            if let Some(channels) = self.find(&app.id) {
                channels.app_changed(app);
            }
        }
    }

    /// Another node published on a feed.
    pub(in crate::realtime) fn heard(&self, feed: &Feed, frame: &SharedFrame) {
        let app = match feed {
            Feed::Channel(key) => &key.app,
            Feed::User(key) => &key.app,
            _ => return,
        };
        if let Some(channels) = self.find(app) {
            channels.heard(feed, frame);
        }
    }

    /// From now on whoever leaves is told to come back at another node.
    pub fn drain(&self) {
        self.shared.members.drain();
        self.shared.users.drain();
    }

    /// Writes down for other nodes what cache channels remember, until `stop`.
    pub async fn run_memory(&self, bus: &Bus, stop: CancellationToken) {
        stop.run_until_cancelled(self.shared.memory.run(bus)).await;
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Who is in presence channels.
    pub(in crate::realtime) fn members(&self) -> &Arc<Members> {
        &self.shared.members
    }

    /// Who is signed in.
    pub(in crate::realtime) fn users(&self) -> &Arc<Users> {
        &self.shared.users
    }

    /// Closes every connection of a user on this node, for good.
    pub(in crate::realtime) fn terminate_here(&self, user: &UserKey) {
        for outbound in self.shared.hub.rooms.outbounds_in(&Topic::User(user.clone())) {
            outbound.close(Closing::Revoked);
        }
    }

    /// A key was revoked: whoever subscribed with it loses those subscriptions.
    pub fn key_revoked(&self, key: ApiKeyId) {
        let apps: Vec<_> = self.apps.read().values().cloned().collect();
        for channels in apps {
            channels.key_revoked(key);
        }
    }
}
