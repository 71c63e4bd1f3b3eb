//! What does not concern a node does not reach it.

use std::time::Duration;

use serde_json::json;

use super::{api, cluster, connect};

/// What Redis sends a node in this time when nothing happens: signs of life.
async fn idle_bytes(node: &crate::support::Node, time: Duration) -> u64 {
    let before = node.redis.bytes_to_client();
    tokio::time::sleep(time).await;
    node.redis.bytes_to_client() - before
}

#[tokio::test]
async fn a_node_without_members_of_a_room_receives_nothing_of_it() {
    const EVENTS: u64 = 200;
    const SIZE: usize = 2_000;
    let Some(cluster) = cluster(3).await else { return };
    let mut member = connect(&cluster[1]).await;
    member.subscribe("room").await.unwrap();
    // It had members once, and has none any more.
    let mut former = connect(&cluster[2]).await;
    former.subscribe("room").await.unwrap();
    former.unsubscribe("room").await.unwrap();
    former.all_until_pong().await.unwrap();
    let idle = idle_bytes(&cluster[2], Duration::from_secs(3)).await;

    let (publisher, text) = (api(&cluster[0]), "x".repeat(SIZE));
    let before = cluster.nodes().iter().map(|node| node.redis.bytes_to_client());
    let before: Vec<_> = before.collect();
    let sent_before = cluster[0].redis.bytes_to_server();
    for _ in 0..EVENTS {
        publisher.trigger("room", "told", &json!(text)).await;
        member.next("told").await.unwrap();
    }
    let received = |node: usize| cluster[node].redis.bytes_to_client() - before[node];
    assert!(received(1) > EVENTS * SIZE as u64, "the room's events went through Redis");
    // Signs of life of a minute, which is more than this took; not one event more.
    assert!(received(2) < idle * 20 + SIZE as u64, "{} bytes, {idle} when idle", received(2));
    let sent = cluster[0].redis.bytes_to_server() - sent_before;
    assert!(sent < EVENTS * SIZE as u64 * 2, "{sent} bytes: each event is published once");
    assert!(received(0) < EVENTS * SIZE as u64 / 2, "a node does not hear itself");
}

#[tokio::test]
async fn many_rooms_on_idle_nodes_cost_a_publish_nothing() {
    const ROOMS: usize = 1_000;
    let Some(cluster) = cluster(3).await else { return };
    let mut crowded = connect(&cluster[2]).await;
    for number in 0..ROOMS {
        crowded.subscribe(&format!("room-{number}")).await.unwrap();
    }
    let idle = idle_bytes(&cluster[2], Duration::from_secs(3)).await;
    let before = cluster[2].redis.bytes_to_client();
    let publisher = api(&cluster[0]);
    for _ in 0..200 {
        publisher.trigger("elsewhere", "told", &json!("x".repeat(1_000))).await;
    }
    let received = cluster[2].redis.bytes_to_client() - before;
    assert!(received < idle * 20 + 1_000, "{received} bytes, {idle} when idle");
}
