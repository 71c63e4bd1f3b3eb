//! What servers publish to channels, and ask about them. Answers are for all nodes.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use switchboard_protocol::pusher::{ChannelName, SocketId};

use super::app_channels::AppChannels;
use super::channels::Channels;
use crate::domain::PusherApp;
use crate::realtime::company::Company;
use crate::realtime::topic::ChannelKey;
use crate::service::{ChannelState, Publication, PusherHub};

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

    fn occupied<'a>(
        &'a self,
        app: &'a Arc<PusherApp>,
        prefix: &'a str,
        with_users: bool,
    ) -> BoxFuture<'a, Vec<(ChannelName, ChannelState)>> {
        let channels = self.of(app);
        async move {
            match self.shared().hub.company() {
                Some(company) => channels.occupied_anywhere(company, prefix, with_users).await,
                None => channels.occupied(prefix),
            }
        }
        .boxed()
    }

    fn states<'a>(
        &'a self,
        app: &'a Arc<PusherApp>,
        names: &'a [ChannelName],
    ) -> BoxFuture<'a, Vec<ChannelState>> {
        let channels = self.of(app);
        async move {
            let here = names.iter().map(|name| channels.channel_state(name));
            let mut states: Vec<_> = here.collect();
            let Some(company) = self.shared().hub.company() else { return states };
            let texts: Vec<_> = names.iter().map(ChannelName::as_str).collect();
            let (counts, users) = tokio::join!(
                company.subscribers_of(&channels.subscribers, &texts),
                channels.count_users(company, names),
            );
            for (state, (count, users)) in states.iter_mut().zip(counts.into_iter().zip(users)) {
                (state.subscription_count, state.user_count) = (count, users);
            }
            states
        }
        .boxed()
    }

    fn recollect<'a>(
        &'a self,
        app: &'a Arc<PusherApp>,
        channel: &'a ChannelName,
    ) -> BoxFuture<'a, ()> {
        let channels = self.of(app);
        async move { channels.recollect(channel).await }.boxed()
    }

    fn members<'a>(
        &'a self,
        app: &'a Arc<PusherApp>,
        channel: &'a ChannelName,
    ) -> BoxFuture<'a, Vec<String>> {
        let key = ChannelKey { app: app.id.clone(), name: channel.clone() };
        async move {
            let members = match self.shared().hub.company() {
                Some(company) => company.members_of(&[key]).await.into_iter().flatten().collect(),
                None => self.members().members(&key),
            };
            let mut members: Vec<_> = members.iter().map(ToString::to_string).collect();
            members.sort_unstable();
            members
        }
        .boxed()
    }

    fn terminate_user(&self, app: &Arc<PusherApp>, user_id: &str) {
        self.of(app).terminate_user(user_id);
    }

    fn connections(&self, app: &Arc<PusherApp>) -> usize {
        self.of(app).connections()
    }
}

impl AppChannels {
    /// The channels that have subscribers on any node.
    async fn occupied_anywhere(
        &self,
        company: &Company,
        prefix: &str,
        with_users: bool,
    ) -> Vec<(ChannelName, ChannelState)> {
        let occupied = company.occupied(&self.subscribers).await;
        let fitting = occupied.into_iter().filter(|(text, _)| text.starts_with(prefix));
        let mut channels: Vec<_> = fitting
            .filter_map(|(text, subscription_count)| {
                let state = ChannelState { subscription_count, ..ChannelState::default() };
                Some((ChannelName::parse(&text, 0).ok()?, state))
            })
            .collect();
        channels.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        if with_users {
            let names: Vec<_> = channels.iter().map(|(name, _)| name.clone()).collect();
            let users = self.count_users(company, &names).await;
            for ((_, state), count) in channels.iter_mut().zip(users) {
                state.user_count = count;
            }
        }
        channels
    }

    /// How many users are in each of the channels that are presence channels, on all nodes.
    async fn count_users(&self, company: &Company, names: &[ChannelName]) -> Vec<Option<usize>> {
        let presence = names.iter().filter(|name| name.is_presence()).map(|name| self.key(name));
        let members = company.members_of(&presence.collect::<Vec<_>>()).await;
        let mut members = members.into_iter();
        let count = |name: &ChannelName| {
            if name.is_presence() { members.next().map(|ids| ids.len()) } else { None }
        };
        names.iter().map(count).collect()
    }
}
