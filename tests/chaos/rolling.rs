//! Nodes are restarted one after another behind HAProxy while two thousand clients are connected: nobody loses
//! a message, nobody gets one twice, and they do not all come back at once.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::plan::NODES;
use super::verdict;
use super::world::World;
use crate::support::{Balancer, BalancerKind, Cluster, Door, Node, SOON};

const CONVERSATIONS: usize = 100;
const LISTENERS: usize = 19;
const CLIENTS: usize = CONVERSATIONS * (LISTENERS + 1);
/// Over which each node lets its clients go.
const DRAIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_behind_haproxy_loses_nothing_and_spreads_who_comes_back() {
    // Each client is an open file here.
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let drain_ms = DRAIN.as_millis().to_string();
    let settings = [
        ("REALTIME__DRAIN_MS", drain_ms.as_str()),
        ("SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#),
    ];
    let Some(cluster) = Cluster::start_with(NODES, &settings).await else { return };
    let doors: Vec<&Door> = cluster.nodes().iter().map(|node| &****node).collect();
    let Some(balancer) = Balancer::start(BalancerKind::HaProxy, &doors).await else { return };
    let world = World::of(vec![balancer.door.clone()], 1);
    let clients = world.crowd(CONVERSATIONS, LISTENERS).await;
    for (number, node) in cluster.nodes().iter().enumerate() {
        await_everybody(&cluster).await;
        restart(&world, number, node).await;
        world.ledger.assert_well();
    }
    world.stop_writing();
    verdict::reach(&world, clients).await.assert_kept(1);
}

/// Waits until every client is connected somewhere.
async fn await_everybody(cluster: &Cluster) {
    let deadline = Instant::now() + SOON * 4;
    loop {
        let mut connections = 0.0;
        for node in cluster.nodes() {
            connections += node.figure("switchboard_connections").await;
        }
        if connections >= f64::from(u32::try_from(CLIENTS).unwrap()) {
            return;
        }
        assert!(Instant::now() < deadline, "only {connections} of {CLIENTS} are connected");
        sleep(Duration::from_millis(200)).await;
    }
}

/// Restarts a node, and looks at how its clients left.
async fn restart(world: &World, number: usize, node: &Node) {
    let clients = node.figure("switchboard_connections").await;
    let began = Instant::now();
    let status = node.terminate(DRAIN * 4).await;
    assert!(status.success(), "node {number} ended with {status}");
    let mut losses = world.ledger.losses_since(began);
    world.ledger.say(began.elapsed(), &format!("node {number} let {clients} clients go"));
    node.restart().await;
    assert!(!losses.is_empty(), "node {number} had no clients");
    losses.sort_unstable();
    // Steps of a tenth: were they let go all at once, they would all be in one.
    let step = DRAIN / 10;
    let busiest = losses
        .iter()
        .map(|from| losses.iter().filter(|at| (*from..*from + step).contains(*at)).count())
        .max()
        .unwrap_or_default();
    let (all, limit) = (losses.len(), losses.len() / 3);
    assert!(busiest <= limit, "node {number}: {busiest} of {all} left within {step:?}");
}
