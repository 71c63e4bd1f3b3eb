//! The channels of every application on this node: what servers publish to, and ask about.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;
use switchboard_protocol::pusher::{ChannelName, SocketId};
use switchboard_rooms::{Closing, Presence};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::app_channels::AppChannels;
use super::recorder::Recorder;
use crate::domain::{ApiKeyId, PusherApp, PusherAppId};
use crate::realtime::bulletin::SharedFrame;
use crate::realtime::feed::Feed;
use crate::realtime::hub::Hub;
use crate::realtime::topic::{ChannelKey, Topic, UserKey};
use crate::service::{ChannelState, Publication, PusherHub};

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
    pub(super) members: Presence<ChannelKey, Arc<str>, Option<Arc<str>>>,
    /// The users of applications who are signed in.
    pub(super) users: Presence<PusherAppId, UserKey>,
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
    /// `recorder`.
    #[must_use]
    pub fn new(
        hub: Arc<Hub>,
        recorder: Recorder,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let (members, users) = (Presence::default(), Presence::default());
        let shared = Arc::new(Shared { hub, recorder, members, users, tasks, stop });
        Arc::new(Self { shared, apps: RwLock::default() })
    }

    /// The channels of one application.
    pub(super) fn of(&self, app: &Arc<PusherApp>) -> Arc<AppChannels> {
        if let Some(channels) = self.find(app) {
            return channels;
        }
        let mut apps = self.apps.write();
        let made = || Arc::new(AppChannels::new(Arc::clone(&self.shared), Arc::clone(app)));
        Arc::clone(apps.entry(app.id.clone()).or_insert_with(made))
    }

    fn find(&self, app: &PusherApp) -> Option<Arc<AppChannels>> {
        self.apps.read().get(&app.id).cloned()
    }

    /// Applications were changed: from now on they are as given. Connections of one that was disabled
    /// are closed.
    pub fn apps_changed(&self, apps: &[Arc<PusherApp>]) {
        for app in apps {
            if let Some(channels) = self.find(app) {
                channels.app_changed(app);
            }
        }
    }

    /// Another node published on a feed.
    pub(in crate::realtime) fn heard(&self, feed: &Feed, frame: &SharedFrame) {
        let app = match feed {
            Feed::Channel(key) => &key.app,
            Feed::User(key) | Feed::Watched(key) => &key.app,
            _ => return,
        };
        let channels = self.apps.read().get(app).cloned();
        if let Some(channels) = channels {
            channels.heard(feed, frame);
        }
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

impl PusherHub for Channels {
    fn publish(
        &self,
        app: &Arc<PusherApp>,
        channel: &ChannelName,
        publication: Publication<'_>,
        skip: Option<SocketId>,
    ) {
        if let Some(user_id) = channel.server_to_user() {
            return self.of(app).publish_to_user(user_id, channel, publication);
        }
        self.of(app).publish(channel, publication, skip);
    }

    fn occupied(&self, app: &PusherApp, prefix: &str) -> Vec<(ChannelName, ChannelState)> {
        self.find(app).map(|channels| channels.occupied(prefix)).unwrap_or_default()
    }

    fn state(&self, app: &PusherApp, channel: &ChannelName) -> ChannelState {
        self.find(app).map(|channels| channels.channel_state(channel)).unwrap_or_default()
    }

    fn members(&self, app: &PusherApp, channel: &ChannelName) -> Vec<String> {
        let key = ChannelKey { app: app.id.clone(), name: channel.clone() };
        let members = self.shared.members.members(&key);
        let mut members: Vec<_> = members.iter().map(ToString::to_string).collect();
        members.sort_unstable();
        members
    }

    fn terminate_user(&self, app: &PusherApp, user_id: &str) -> usize {
        self.find(app).map_or(0, |channels| channels.terminate_user(user_id))
    }

    fn connections(&self, app: &PusherApp) -> usize {
        self.find(app).map_or(0, |channels| channels.connections())
    }
}
