//! What a client waits for before it is told that it hears something: that this node hears it from the
//! others, and knows whom they have. A node that is alone waits for nothing.

use std::hash::Hash;
use std::sync::Arc;

use switchboard_protocol::pusher::ChannelName;
use switchboard_rooms::Presence;

use super::app_channels::AppChannels;
use crate::realtime::feed::Feed;
use crate::realtime::interests::Attention;
use crate::realtime::topic::{ChannelKey, UserKey};

/// Groups of whose members this node is told for as long as this is kept.
pub(super) struct Watching<G, M, D>
where
    G: Clone + Eq + Hash,
    M: Clone + Eq + Hash,
    D: Clone,
{
    presence: Arc<Presence<G, M, D>>,
    groups: Vec<G>,
}

impl<G, M, D> Watching<G, M, D>
where
    G: Clone + Eq + Hash,
    M: Clone + Eq + Hash,
    D: Clone,
{
    fn new(presence: &Arc<Presence<G, M, D>>, groups: Vec<G>) -> Self {
        for group in &groups {
            presence.watch(group);
        }
        Self { presence: Arc::clone(presence), groups }
    }
}

impl<G, M, D> Drop for Watching<G, M, D>
where
    G: Clone + Eq + Hash,
    M: Clone + Eq + Hash,
    D: Clone,
{
    fn drop(&mut self) {
        for group in &self.groups {
            self.presence.unwatch(group);
        }
    }
}

/// A channel that is heard as on every other node, for as long as this is kept.
pub(super) struct Attended<'c> {
    _heard: Option<Attention<'c>>,
    _members: Option<Watching<ChannelKey, Arc<str>, Option<Arc<str>>>>,
}

/// A user, and those it watches, who are heard as on every other node.
pub(super) struct AttendedUser<'c> {
    _heard: Option<Attention<'c>>,
    _watched: Watching<UserKey, (), ()>,
}

impl AppChannels {
    /// Waits a moment until a channel is heard as on every other node. It stays so from a subscription on.
    pub(super) async fn attend(&self, name: &ChannelName) -> Option<Attended<'_>> {
        let company = self.shared.hub.company()?;
        let key = self.key(name);
        let watching = || Watching::new(&self.shared.members, vec![key.clone()]);
        let members = name.is_presence().then(watching);
        let known = async {
            if name.is_presence() {
                company.members_known(&key).await;
            }
        };
        let (heard, ()) = tokio::join!(self.shared.hub.attend(Feed::Channel(key.clone())), known);
        if name.is_cache() {
            self.recollect(name).await;
        }
        Some(Attended { _heard: heard, _members: members })
    }

    /// Waits a moment until a user, and those it watches, are heard as on every other node.
    pub(super) async fn attend_user(
        &self,
        user_id: &str,
        watchlist: &[String],
    ) -> Option<AttendedUser<'_>> {
        let company = self.shared.hub.company()?;
        let user = self.user(user_id);
        let users: Vec<_> =
            watchlist.iter().map(|id| self.user(id)).chain([user.clone()]).collect();
        let watched = Watching::new(&self.shared.users, users);
        let known = company.users_known(&watched.groups);
        let (heard, ()) = tokio::join!(self.shared.hub.attend(Feed::User(user)), known);
        Some(AttendedUser { _heard: heard, _watched: watched })
    }
}
