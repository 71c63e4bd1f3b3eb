//! What this node asks the others: who is there, and how many.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use futures_util::future::join_all;
use switchboard_protocol::pusher::ChannelName;
use switchboard_rooms::Bus;

use super::interests::PATIENCE;
use super::registers::Registers;
use super::topic::{ChannelKey, UserKey};
use crate::domain::{OrganizationId, PusherAppId};

/// The other nodes.
pub struct Company {
    bus: Bus,
    registers: Arc<Registers>,
}

impl fmt::Debug for Company {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Company").field("bus", &self.bus).finish_non_exhaustive()
    }
}

impl Company {
    /// Others, reached over the bus.
    #[must_use]
    pub fn new(bus: Bus, registers: Arc<Registers>) -> Self {
        Self { bus, registers }
    }

    /// What joins the nodes.
    pub(super) fn bus(&self) -> &Bus {
        &self.bus
    }
}

/// Waits until this node knows whom the others have, but not for long, and not while Redis is away: what is
/// not known yet is told as a change.
impl Company {
    pub(super) async fn agents_known(&self, organization: OrganizationId) {
        self.registers.agents.ready(&self.bus, &organization, PATIENCE).await;
    }

    pub(super) async fn members_known(&self, channel: &ChannelKey) {
        self.registers.members.ready(&self.bus, channel, PATIENCE).await;
    }

    pub(super) async fn users_known(&self, users: &[UserKey]) {
        let known = users.iter().map(|user| self.registers.users.ready(&self.bus, user, PATIENCE));
        join_all(known).await;
    }
}

/// How many there are.
impl Company {
    /// How many connections an application has here.
    pub(super) fn set_connections(&self, app: &PusherAppId, count: usize) {
        let (set, item) = (self.registers.connections(), app.as_str().into());
        self.registers.counts.set(set, &item, count as u64);
    }

    /// How many connections an application has on all nodes, as of a moment ago; asks nobody.
    pub(super) fn connections(&self, app: &PusherAppId) -> usize {
        size(self.registers.counts.sum(self.registers.connections(), app.as_str()))
    }
}

/// The subscribers of an application's channels, under the name that nodes have for the set of their counts.
impl Company {
    /// How many subscribers a channel has here.
    pub(super) fn set_subscribers(&self, set: &Arc<str>, channel: &ChannelName, count: usize) {
        self.registers.counts.set(set, &channel.as_str().into(), count as u64);
    }

    /// Whether the counts of the others are kept at hand from now on, and changes of them told.
    pub(super) fn follow(&self, set: &Arc<str>, is_wanted: bool) {
        if is_wanted {
            self.registers.counts.follow(set);
        } else {
            self.registers.counts.unfollow(set);
        }
    }

    /// How many subscribers a channel has on all nodes, as of a moment ago, where that is followed; asks nobody.
    pub(super) fn subscribers(&self, set: &str, channel: &ChannelName) -> usize {
        size(self.registers.counts.sum(set, channel.as_str()))
    }

    /// How many subscribers channels have on all nodes. Where Redis is away, how many they have here.
    pub(super) async fn subscribers_of(&self, set: &str, channels: &[&str]) -> Vec<usize> {
        let counts = self.registers.counts.counts(&self.bus, set, channels).await;
        counts.into_iter().map(size).collect()
    }

    /// Every channel that has subscribers on any node, with their number. Where Redis is away, on this one.
    pub(super) async fn occupied(&self, set: &str) -> HashMap<String, usize> {
        let counts = &self.registers.counts;
        let sums = counts.sums(&self.bus, set).await.unwrap_or_else(|_| counts.here(set));
        let occupied = sums.into_iter().filter(|(_, count)| *count > 0);
        occupied.map(|(channel, count)| (channel, size(count))).collect()
    }

    /// The ids of those who are in presence channels, channel by channel. Where Redis is away, of whom this
    /// node knows.
    pub(super) async fn members_of(&self, channels: &[ChannelKey]) -> Vec<Vec<Arc<str>>> {
        let rosters = self.registers.members.rosters(&self.bus, channels).await;
        let ids = |roster: Vec<_>| roster.into_iter().map(|(id, _)| id).collect();
        rosters.into_iter().map(ids).collect()
    }
}

fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
