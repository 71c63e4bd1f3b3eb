//! Everything at once: three nodes, hundreds of clients that write and listen, and faults at random. What was
//! acknowledged must reach everyone who may hear it, once and in order, and no node may need a restart.
//!
//! - [`plan`]: the seed, for how long, and which faults come when.
//! - [`faults`]: how each of them is done to a cluster.
//! - [`line`], [`people`], [`programs`], [`pollers`]: the clients, over Socket.IO, Pusher and REST.
//! - [`ledger`]: what was acknowledged, and what went wrong on the way.
//! - [`verdict`]: what everybody must have heard in the end. [`report`]: how it is told.
//! - [`rolling`]: nodes that are restarted one after another behind HAProxy.

mod faults;
mod ledger;
mod line;
mod people;
mod plan;
mod pollers;
mod programs;
mod report;
mod rolling;
mod verdict;
mod world;

use tokio::time::{Instant, sleep};

use self::plan::Plan;
use self::world::World;
use crate::support::pusher::PusherApp;

/// The Pusher application of the members of presence channels.
const APP: PusherApp = PusherApp::TEST;

/// `make chaos` gives it an hour and a seed; without them it is short, and always the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_keep_their_promises_whatever_happens() {
    let plan = Plan::from_environment();
    let Some((world, faults)) = World::begin(&plan).await else { return };
    let clients = world.populate(plan.conversations).await;
    let began = Instant::now();
    world.ledger.say(began.elapsed(), &format!("{plan}: they are all there"));
    for fault in plan.faults() {
        sleep(fault.calm_before).await;
        world.ledger.say(began.elapsed(), &fault.to_string());
        faults.perform(&fault).await;
        world.ledger.assert_well();
    }
    faults.assert_alive().await;
    world.stop_writing();
    let verdict = verdict::reach(&world, clients).await;
    report::write(&plan, &world, &verdict, began.elapsed());
    verdict.assert_kept(plan.seed);
}
