//! Users who signed in: what is for one of them alone, ending their connections, and watching whether
//! others are there (Pusher Channels, "User authentication", "Watchlist events").

use std::sync::Arc;

use switchboard_protocol::pusher::{ChannelName, server_frame};
use switchboard_rooms::{Closing, ConnectionId};

use super::app_channels::AppChannels;
use crate::realtime::bulletin::{Bulletin, Notice, Terms};
use crate::realtime::feed::Feed;
use crate::realtime::topic::{Topic, UserKey};
use crate::service::Publication;

impl AppChannels {
    pub(super) fn user(&self, id: &str) -> UserKey {
        UserKey { app: self.app().id.clone(), id: id.into() }
    }

    /// A connection signed in as a user: it gets what is for that user, and hears of those it watches,
    /// beginning with how they are now. `answer` goes before all of that.
    pub(super) async fn sign_in(
        &self,
        id: ConnectionId,
        user_id: &str,
        watchlist: &[String],
        answer: String,
    ) {
        let attended = self.attend_user(user_id, watchlist).await;
        self.seat(id, user_id, watchlist, answer);
        drop(attended);
    }

    fn seat(&self, id: ConnectionId, user_id: &str, watchlist: &[String], answer: String) {
        let user = self.user(user_id);
        // Held so that of two users who come at the same time and watch each other, both hear it.
        let _order = self.state.lock();
        let (rooms, users) = (&self.shared.hub.rooms, &self.shared.users);
        rooms.join_after(answer.into(), id, &Topic::User(user.clone()));
        let (mut online, mut offline) = (Vec::new(), Vec::new());
        for watched in watchlist {
            let watched_user = self.user(watched);
            let is_there = users.contains(&watched_user, &());
            if is_there { &mut online } else { &mut offline }.push(watched.as_str());
            let topic = Topic::Watched(watched_user.clone());
            if !rooms.contains(id, &topic) {
                rooms.join(id, &topic);
                users.watch(&watched_user);
            }
        }
        if !watchlist.is_empty() {
            self.send(id, server_frame::watchlist_events(online, offline).into());
        }
        if users.enter(&user, &(), ()) {
            let online = || server_frame::watchlist_events([user_id], []).into();
            self.hand_out(&Topic::Watched(user), Some(id), online);
        }
    }

    /// A connection of a signed-in user went.
    pub(super) fn sign_out(self: &Arc<Self>, user_id: &str) {
        let user = self.user(user_id);
        let _order = self.state.lock();
        let Some(leaving) = self.shared.users.leave(&user, &()) else { return };
        self.when_settled(move |this| {
            if this.shared.users.confirm(&user, &(), leaving) {
                let offline = || server_frame::watchlist_events([], [&*user.id]).into();
                this.hand_out(&Topic::Watched(user.clone()), None, offline);
            }
        });
    }

    /// Hands an event to every connection of a user.
    pub(super) fn publish_to_user(
        &self,
        user_id: &str,
        channel: &ChannelName,
        publication: Publication<'_>,
    ) {
        let Publication { name, data, .. } = publication;
        let frame = || server_frame::event(name, channel.as_str(), data, None).into();
        let user = self.user(user_id);
        let feed = Feed::User(user.clone());
        self.spread(&feed, &Topic::User(user), None, Terms::default(), frame);
    }

    /// Closes every connection of a user, for good, on every node.
    pub(super) fn terminate_user(&self, user_id: &str) {
        let user = self.user(user_id);
        for outbound in self.shared.hub.rooms.outbounds_in(&Topic::User(user.clone())) {
            outbound.close(Closing::Revoked);
        }
        self.shared.hub.publish(&Feed::User(user), &Bulletin::Notice(Notice::Terminated));
    }
}
