//! One node of many: the bus, and what it says of itself.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use metrics::{counter, gauge};
use switchboard_rooms::Bus;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use super::{FINISH, Node, RedisMemory};
use crate::config::Redis;
use crate::domain::NodeId;
use crate::realtime::company::Company;
use crate::realtime::membership::Membership;
use crate::realtime::peers::Peers;
use crate::realtime::registers::Registers;

/// How often the figures of the bus are brought up to date.
const FIGURES: Duration = Duration::from_secs(1);

/// Some of what a node runs, which ends together.
#[derive(Default)]
pub(super) struct Stage {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Stage {
    /// Ends it. False when that takes too long.
    async fn finish(&self) -> bool {
        self.stop.cancel();
        self.tasks.close();
        timeout(FINISH, self.tasks.wait()).await.is_ok()
    }
}

/// What joins a node to others, in the order in which it ends.
#[derive(Default)]
pub(super) struct Cluster {
    /// What joins the nodes, where there may be others.
    pub(super) bus: Option<Bus>,
    /// What this node tells of those whom it has.
    registers: Stage,
    /// That this node lives.
    nodes: Stage,
    /// The bus, which outlives all that publishes.
    links: Stage,
}

impl Cluster {
    /// Nobody is here any more, and nothing more happens.
    pub(super) async fn leave(&self) {
        if !self.registers.finish().await || !self.nodes.finish().await {
            warn!("the other nodes may take a lease to notice that this one has stopped");
        }
        if !self.links.finish().await {
            warn!("what was told to other nodes last may be late: they read it from the database");
        }
    }
}

/// This node's place among others; `None` where `redis.url` names nothing to meet at.
pub(super) fn membership(redis: &Redis, id: NodeId) -> Option<Membership> {
    let me = switchboard_rooms::NodeId(uuid::Uuid::from(id).as_u128());
    let lease = Duration::from_millis(redis.lease_ms);
    (!redis.url.expose().is_empty()).then_some(Membership { me, lease })
}

impl Node {
    /// Joins the other nodes, where `redis.url` names what they meet at. Redis may be away.
    pub(super) fn join_cluster(&mut self) -> anyhow::Result<()> {
        let redis = &self.config.redis;
        let Some(membership) = membership(redis, self.id) else { return Ok(()) };
        let options = redis.bus_options(membership.me.0).map_err(anyhow::Error::msg)?;
        let registers = Registers::new(membership, &self.hub, &self.channels);
        let (hub, channels) = (Arc::clone(&self.hub), Arc::clone(&self.channels));
        let peers = Peers::new(hub, channels, Arc::clone(&registers));
        let links = &self.cluster.links;
        let bus = Bus::start(&options, peers, &links.tasks, links.stop.clone());
        let bus = bus.context("redis.url")?;
        self.hub.join(Company::new(bus.clone(), Arc::clone(&registers)));
        self.services.share(Arc::new(RedisMemory::new(bus.clone())));
        self.spawn_registers(bus.clone(), registers);
        self.spawn_figures(bus.clone());
        self.cluster.bus = Some(bus);
        Ok(())
    }

    fn spawn_registers(&self, bus: Bus, registers: Arc<Registers>) {
        let Cluster { registers: speaking, nodes, .. } = &self.cluster;
        let (channels, own_bus, own) =
            (Arc::clone(&self.channels), bus.clone(), Arc::clone(&registers));
        let stop = speaking.stop.clone();
        speaking.tasks.spawn(async move { own.run(&own_bus, &channels, stop).await });
        let stop = nodes.stop.clone();
        nodes.tasks.spawn(async move { registers.run_nodes(&bus, stop).await });
    }

    fn spawn_figures(&self, bus: Bus) {
        let stop = self.cluster.links.stop.clone();
        self.cluster.links.tasks.spawn(async move {
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
