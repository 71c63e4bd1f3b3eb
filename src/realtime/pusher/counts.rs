//! `subscription_count`: how many are subscribed to a channel, told to all of them.
//!
//! Small channels hear of every change. Above a hundred subscribers, where each arrival would cost a
//! frame for everyone, they hear the newest number every five seconds (Pusher Channels, "Subscription
//! count events").

use std::sync::Arc;
use std::time::Duration;

use switchboard_protocol::pusher::{ChannelName, server_frame};
use tokio::time::{Instant, sleep_until};

use super::app_channels::{AppChannels, State};
use super::channels::Channels;
use crate::domain::{OccurrenceKind, PusherAppId};

/// Above this many subscribers the number is told at most once in [`PAUSE`].
const MANY: usize = 100;
const PAUSE: Duration = Duration::from_secs(5);
/// What the names of sets of counts begin with; the application's id follows.
const SUBSCRIBERS: &str = "subscribers:";

/// When a channel's number was told, and whether someone is waiting to tell it again.
#[derive(Debug, Default)]
pub(super) struct Count {
    told_at: Option<Instant>,
    is_due: bool,
    /// It changed here since it was told, so webhooks are told by this node.
    is_own: bool,
}

impl Count {
    /// Whether the number may be told now; otherwise when.
    fn due(&mut self, subscribers: usize, now: Instant) -> Result<(), Option<Instant>> {
        let next = self.told_at.map(|at| at + PAUSE).filter(|at| *at > now);
        let Some(at) = next.filter(|_| subscribers > MANY) else {
            self.told_at = Some(now);
            return Ok(());
        };
        let is_waited_for = std::mem::replace(&mut self.is_due, true);
        Err((!is_waited_for).then_some(at))
    }
}

/// What nodes call the counts of an application's subscribers.
pub(super) fn set_of(app: &PusherAppId) -> Arc<str> {
    format!("{SUBSCRIBERS}{app}").into()
}

impl Channels {
    /// Other nodes have more or fewer subscribers of a channel than before.
    pub(in crate::realtime) fn counted_elsewhere(&self, set: &str, channel: &str) {
        let app = set.strip_prefix(SUBSCRIBERS).map(PusherAppId::from);
        let channels = app.and_then(|app| self.find(&app));
        if let (Some(channels), Ok(name)) = (channels, ChannelName::parse(channel, 0)) {
            channels.count(&mut channels.state.lock(), &name);
        }
    }
}

impl AppChannels {
    /// The number of a channel's subscribers here changed.
    pub(super) fn counted(self: &Arc<Self>, state: &mut State, name: &ChannelName) {
        let here = state.occupied.get(name).map_or(0, |channel| channel.subscribers);
        if let Some(company) = self.shared.hub.company() {
            company.set_subscribers(&self.subscribers, name, here);
            self.follow_counts();
        }
        match state.occupied.get_mut(name) {
            Some(channel) => {
                channel.count.is_own = true;
                self.count(state, name);
            }
            // Those on other nodes are told by theirs.
            None => self.record_count(name, self.sum(name, 0)),
        }
    }

    /// Other nodes' counts are wanted where clients are told of them.
    pub(super) fn follow_counts(&self) {
        if let Some(company) = self.shared.hub.company() {
            company.follow(&self.subscribers, self.app().settings.subscription_count);
        }
    }

    /// The number of a channel's subscribers changed, wherever.
    fn count(self: &Arc<Self>, state: &mut State, name: &ChannelName) {
        if !self.app().settings.subscription_count || name.is_presence() {
            return;
        }
        let Some(channel) = state.occupied.get_mut(name) else { return };
        let subscribers = self.sum(name, channel.subscribers);
        match channel.count.due(subscribers, Instant::now()) {
            Ok(()) => self.tell_count(name, subscribers, &mut channel.count),
            Err(Some(at)) => self.tell_count_later(name.clone(), at),
            Err(None) => {}
        }
    }

    /// How many there are on all nodes, of whom so many are here.
    fn sum(&self, name: &ChannelName, here: usize) -> usize {
        let company = self.shared.hub.company();
        company.map_or(here, |company| company.subscribers(&self.subscribers, name))
    }

    fn tell_count(&self, name: &ChannelName, subscribers: usize, count: &mut Count) {
        let frame = || server_frame::subscription_count(name.as_str(), subscribers as u64);
        self.tell(&self.key(name), None, frame);
        if std::mem::take(&mut count.is_own) {
            self.record_count(name, subscribers);
        }
    }

    fn record_count(&self, name: &ChannelName, subscribers: usize) {
        let is_told = self.app().settings.subscription_count && !name.is_presence();
        if is_told && subscribers > 0 {
            let count = subscribers as u64;
            self.record(name, OccurrenceKind::SubscriptionCount { count });
        }
    }

    fn tell_count_later(self: &Arc<Self>, name: ChannelName, at: Instant) {
        let this = Arc::clone(self);
        let stop = this.shared.stop.clone();
        self.shared.tasks.spawn(async move {
            if stop.run_until_cancelled(sleep_until(at)).await.is_none() {
                return;
            }
            let mut state = this.state.lock();
            if let Some(channel) = state.occupied.get_mut(&name) {
                (channel.count.told_at, channel.count.is_due) = (Some(Instant::now()), false);
                let subscribers = this.sum(&name, channel.subscribers);
                this.tell_count(&name, subscribers, &mut channel.count);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn large_channels_hear_their_number_every_five_seconds() {
        let mut count = Count::default();
        let start = Instant::now();
        assert_eq!(count.due(MANY, start), Ok(()));
        assert_eq!(count.due(MANY, start), Ok(()), "a small channel hears of every change");
        assert_eq!(count.due(MANY + 1, start), Err(Some(start + PAUSE)));
        assert_eq!(count.due(MANY + 2, start), Err(None), "someone waits already");
        let mut idle = Count::default();
        assert_eq!(idle.due(MANY + 1, start), Ok(()));
        assert_eq!(idle.due(MANY + 2, start + PAUSE), Ok(()));
    }
}
