//! What a node says: for what it cares, and what became of its members.

use std::hash::Hash;

use redis::{Pipeline, pipe};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{LOOK, Ledger, Message, Said};
use crate::bus::{Bus, BusError};
use crate::presence::nodes::PATIENCE;
use crate::presence::shelf::packed;

/// Most members, or whole groups, that are written together.
const TOGETHER: usize = 500;

impl<G, M, D> Ledger<G, M, D>
where
    G: Clone + Eq + Hash + Send + Sync + 'static,
    M: Clone + Eq + Hash + Serialize + DeserializeOwned + Send + Sync + 'static,
    D: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    pub(super) async fn speak(&self, bus: &Bus, stop: &CancellationToken) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // Only here: what was taken to be said is said, or known not to have been.
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.presence.changed() => {}
                _ = looks.tick() => self.expire(),
            }
            self.follow(bus);
            self.say(bus).await;
        }
    }

    /// Listens to the groups for which this node began to care, and to the others no more.
    fn follow(&self, bus: &Bus) {
        for (group, cares) in self.presence.shifted() {
            let topic = self.topic(&group);
            if cares {
                self.topics.lock().follow(&topic, group);
                bus.want(topic);
            } else {
                self.topics.lock().unfollow(&topic);
                bus.unwant(&topic);
            }
        }
        self.due.notify_one();
    }

    fn expire(&self) {
        let now = Instant::now().into_std();
        for group in self.presence.due(now) {
            self.change(&group, || self.presence.expire(&group, now));
        }
    }

    /// Says all that there is to say, as far as Redis takes it. What it does not take is said later.
    pub(super) async fn say(&self, bus: &Bus) {
        while bus.is_up() && self.nodes.is_settled() {
            let is_more = match self.say_wholes(bus).await {
                Ok(0) => self.say_differences(bus).await,
                other => other,
            };
            if !is_more.is_ok_and(|count| count > 0) {
                return;
            }
        }
    }

    async fn say_wholes(&self, bus: &Bus) -> Result<usize, BusError> {
        let groups = self.take_stale();
        if groups.is_empty() {
            return Ok(0);
        }
        let mut commands = transaction();
        let mut wholes = Vec::with_capacity(groups.len());
        for group in &groups {
            let whole = self.presence.whole(group);
            self.shelf(bus, group, self.nodes.me).keep_whole(&whole, &mut commands);
            wholes.push((group, Said::Whole(whole)));
        }
        let kept = bus.run_all::<()>(&commands, PATIENCE).await;
        if kept.is_ok() {
            for (group, said) in wholes {
                self.publish(bus, group, said);
            }
        }
        self.kept(kept, groups)
    }

    async fn say_differences(&self, bus: &Bus) -> Result<usize, BusError> {
        let tellings = self.presence.untold(TOGETHER);
        if tellings.is_empty() {
            return Ok(0);
        }
        let groups: Vec<_> = tellings.iter().map(|telling| telling.group.clone()).collect();
        let mut commands = transaction();
        for telling in &tellings {
            self.shelf(bus, &telling.group, self.nodes.me).keep(telling, &mut commands);
        }
        let kept = bus.run_all::<()>(&commands, PATIENCE).await;
        if kept.is_ok() {
            for telling in tellings {
                self.publish(bus, &telling.group, Said::Differences(telling.statements));
            }
        }
        self.kept(kept, groups)
    }

    /// Of what was not kept nobody knows how much of it was.
    fn kept(&self, kept: Result<(), BusError>, groups: Vec<G>) -> Result<usize, BusError> {
        let count = groups.len();
        if kept.is_err() {
            self.stale.lock().extend(groups);
        }
        kept.map(|()| count)
    }

    fn take_stale(&self) -> Vec<G> {
        let mut stale = self.stale.lock();
        let groups: Vec<G> = stale.iter().take(TOGETHER).cloned().collect();
        for group in &groups {
            stale.remove(group);
        }
        groups
    }

    fn publish(&self, bus: &Bus, group: &G, said: Said<M, D>) {
        let message = Message { node: self.nodes.me, said };
        bus.publish(&self.topic(group), packed(&message).into());
    }
}

/// Others never read half of what changed together.
fn transaction() -> Pipeline {
    let mut commands = pipe();
    commands.atomic();
    commands
}
