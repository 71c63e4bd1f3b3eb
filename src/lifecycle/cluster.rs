//! One node of many: the bus, and what it says of itself.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use metrics::{counter, gauge};
use switchboard_rooms::Bus;
use tokio::time::interval;
use tracing::{info, warn};

use super::{Node, RedisMemory};
use crate::realtime::peers::Peers;

/// How often the figures of the bus are brought up to date.
const FIGURES: Duration = Duration::from_secs(1);

impl Node {
    /// Joins the other nodes, where `redis.url` names what they meet at. Redis may be away.
    pub(super) fn join_cluster(&mut self) -> anyhow::Result<()> {
        let redis = &self.config.redis;
        if redis.url.expose().is_empty() {
            return Ok(());
        }
        let options = redis.bus_options(uuid::Uuid::from(self.id).as_u128());
        let options = options.map_err(anyhow::Error::msg)?;
        let peers = Peers::new(Arc::clone(&self.hub), Arc::clone(&self.channels));
        let bus = Bus::start(&options, peers, &self.bus_tasks, self.bus_stop.clone());
        let bus = bus.context("redis.url")?;
        self.hub.join(bus.clone());
        self.services.share(Arc::new(RedisMemory::new(bus.clone())));
        self.spawn_figures(bus.clone());
        self.bus = Some(bus);
        Ok(())
    }

    fn spawn_figures(&self, bus: Bus) {
        let stop = self.bus_stop.clone();
        self.bus_tasks.spawn(async move {
            let (mut ticks, mut was_up) = (interval(FIGURES), None);
            while stop.run_until_cancelled(ticks.tick()).await.is_some() {
                report(&bus);
                let is_up = bus.is_up();
                if was_up.replace(is_up) != Some(is_up) {
                    say(&bus, is_up);
                }
            }
        });
    }
}

fn say(bus: &Bus, is_up: bool) {
    let trouble = bus.health().trouble.unwrap_or_else(|| "not connected yet".to_owned());
    if is_up {
        info!("this node hears the others");
    } else {
        warn!(
            trouble,
            "this node does not hear the others; it reads from the database what they write"
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn report(bus: &Bus) {
    let health = bus.health();
    gauge!("switchboard_bus_up").set(if health.up { 1.0 } else { 0.0 });
    gauge!("switchboard_bus_nodes").set(health.nodes as f64);
    gauge!("switchboard_bus_subscriptions").set(health.subscriptions as f64);
    gauge!("switchboard_bus_queued_bytes").set(health.queued_bytes as f64);
    let round_trip = health.round_trip.unwrap_or_default();
    gauge!("switchboard_bus_round_trip_seconds").set(round_trip.as_secs_f64());
    counter!("switchboard_bus_published_total").absolute(health.published);
    counter!("switchboard_bus_heard_total").absolute(health.heard);
    counter!("switchboard_bus_dropped_total").absolute(health.dropped);
}
