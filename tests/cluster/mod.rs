//! Several nodes are one server: whoever connects wherever sees what one node would show.

mod agreement;
mod caches;
mod counts;
mod delivery;
mod economy;
mod limits;
mod memory;
mod outages;
mod presence;
mod recovery;
mod takeover;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant};

use crate::support::pusher::{PusherApp, PusherSocket};
use crate::support::pusher_api::PusherApi;
use crate::support::{Agent, Cluster, Door, Visitor};

const APP: PusherApp = PusherApp::TEST;

/// So many nodes that serve the Pusher application of the tests, with these settings too.
async fn cluster_with(nodes: usize, settings: &[(&str, &str)]) -> Option<Cluster> {
    let apps = json!([APP.configured(&json!({ "client_events": true }))]).to_string();
    let own = [("PUSHER__APPS", apps.as_str()), ("REALTIME__PRESENCE_GRACE_MS", "300")];
    Cluster::start_with(nodes, &[&own, settings].concat()).await
}

async fn cluster(nodes: usize) -> Option<Cluster> {
    cluster_with(nodes, &[]).await
}

async fn connect(node: &Door) -> PusherSocket {
    PusherSocket::connect(node, APP).await.unwrap()
}

fn api(node: &Door) -> PusherApi {
    PusherApi::of(node, APP)
}

/// A visitor with a conversation on one node, and an agent who has joined it on another.
async fn conversing(visitors: &Door, agents: &Door, name: &str) -> (Visitor, Agent) {
    let visitor = Visitor::with_conversation(visitors, name).await.unwrap();
    let mut agent = Agent::arrive(agents, &agents.demo.agents[0]).await.unwrap();
    agent.join(visitor.conversation()).await.unwrap();
    (visitor, agent)
}

/// `cnv_…` of the id that the platform dialect shows.
fn muro_id(conversation: &str) -> String {
    format!("cnv_{}", conversation.replace('-', ""))
}

/// Asks again and again until the answer is this one.
async fn becomes(
    limit: Duration,
    wanted: &Value,
    ask: impl AsyncFn() -> Result<Value>,
) -> Result<()> {
    let deadline = Instant::now() + limit;
    loop {
        let answer = ask().await?;
        if answer == *wanted {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{answer} and not {wanted}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
