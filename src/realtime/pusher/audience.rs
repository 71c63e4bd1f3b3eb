//! Who comes and goes on other nodes, as the clients of this one are told. Webhooks hear of it from the node
//! where it happens.

use std::sync::{Arc, Weak};
use std::time::Duration;

use switchboard_protocol::pusher::server_frame;
use switchboard_rooms::presence::{Audience, Changes};
use tokio::time::sleep;

use super::app_channels::AppChannels;
use super::channels::Channels;
use crate::domain::PusherAppId;
use crate::realtime::topic::{ChannelKey, Topic, UserKey};

/// How long after its last connection a member is said to be gone. A client that moves to another node is
/// there by then.
const HANDOVER: Duration = Duration::from_millis(300);

/// A member of a presence channel, and what is told of it, as JSON.
type MemberChanges = Changes<Arc<str>, Option<Arc<str>>>;

/// The clients of this node. They do not keep the channels alive, which know those who tell them.
pub(in crate::realtime) struct Listeners(Weak<Channels>);

impl Listeners {
    /// Whoever is on these channels.
    pub(in crate::realtime) fn new(channels: &Arc<Channels>) -> Arc<Self> {
        Arc::new(Self(Arc::downgrade(channels)))
    }

    fn of(&self, app: &PusherAppId) -> Option<Arc<AppChannels>> {
        self.0.upgrade()?.find(app)
    }
}

impl Audience<ChannelKey, Arc<str>, Option<Arc<str>>> for Listeners {
    fn change(&self, key: &ChannelKey, apply: &mut dyn FnMut() -> MemberChanges) {
        match self.of(&key.app) {
            Some(channels) => channels.members_change(key, apply),
            None => drop(apply()),
        }
    }
}

impl Audience<UserKey, (), ()> for Listeners {
    fn change(&self, user: &UserKey, apply: &mut dyn FnMut() -> Changes<(), ()>) {
        match self.of(&user.app) {
            Some(channels) => channels.user_changes(user, apply),
            None => drop(apply()),
        }
    }
}

impl AppChannels {
    /// Tells of a departure, under the lock that is held now: at once on a node that is alone, or else when it
    /// would have heard that whoever left has come to another.
    pub(super) fn when_settled(self: &Arc<Self>, tell: impl FnOnce(&Self) + Send + 'static) {
        if self.shared.hub.company().is_none() {
            return tell(self);
        }
        let (this, stop) = (Arc::clone(self), self.shared.stop.clone());
        self.shared.tasks.spawn(async move {
            // A node that stops says at once who left with it.
            let _ = stop.run_until_cancelled(sleep(HANDOVER)).await;
            let _order = this.state.lock();
            tell(&this);
        });
    }

    fn members_change(&self, key: &ChannelKey, apply: &mut dyn FnMut() -> MemberChanges) {
        let name = key.name.as_str();
        let _order = self.state.lock();
        let Changes { came, went } = apply();
        for (user_id, info) in came {
            self.tell(key, None, || server_frame::member_added(name, &user_id, info.as_deref()));
        }
        for user_id in went {
            self.tell(key, None, || server_frame::member_removed(name, &user_id));
        }
    }

    fn user_changes(&self, user: &UserKey, apply: &mut dyn FnMut() -> Changes<(), ()>) {
        let _order = self.state.lock();
        let Changes { came, went } = apply();
        let topic = Topic::Watched(user.clone());
        if !came.is_empty() {
            let online = || server_frame::watchlist_events([&*user.id], []).into();
            self.hand_out(&topic, None, online);
        }
        if !went.is_empty() {
            let offline = || server_frame::watchlist_events([], [&*user.id]).into();
            self.hand_out(&topic, None, offline);
        }
    }
}
