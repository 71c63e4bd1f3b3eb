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
use crate::domain::OccurrenceKind;

/// Above this many subscribers the number is told at most once in [`PAUSE`].
const MANY: usize = 100;
const PAUSE: Duration = Duration::from_secs(5);

/// When a channel's number was told, and whether someone is waiting to tell it again.
#[derive(Debug, Default)]
pub(super) struct Count {
    told_at: Option<Instant>,
    is_due: bool,
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

impl AppChannels {
    /// The number of a channel's subscribers changed.
    pub(super) fn counted(self: &Arc<Self>, state: &mut State, name: &ChannelName) {
        if !self.app().settings.subscription_count || name.is_presence() {
            return;
        }
        let Some(channel) = state.occupied.get_mut(name) else { return };
        match channel.count.due(channel.subscribers, Instant::now()) {
            Ok(()) => self.tell_count(name, channel.subscribers),
            Err(Some(at)) => self.tell_count_later(name.clone(), at),
            Err(None) => {}
        }
    }

    fn tell_count(&self, name: &ChannelName, subscribers: usize) {
        let count = subscribers as u64;
        let frame = || server_frame::subscription_count(name.as_str(), count);
        self.tell(&self.key(name), None, frame);
        self.record(name, OccurrenceKind::SubscriptionCount { count });
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
                channel.count = Count { told_at: Some(Instant::now()), is_due: false };
                this.tell_count(&name, channel.subscribers);
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
