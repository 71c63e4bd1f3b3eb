//! What nodes remember together, asked without a server around it.

use std::sync::Arc;

use bytes::Bytes;
use switchboard::lifecycle::RedisMemory;
use switchboard::service::{Counted, Quota, SharedMemory, Sighting};
use switchboard_rooms::bus::Hearing;
use switchboard_rooms::{Bus, BusOptions};
use tokio::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::{RedisServer, SOON};

const WINDOW_MS: i64 = 500;

/// Three in half a second.
fn quota(key: &str) -> Quota<'_> {
    Quota { name: "test", key, max: 3, window_ms: WINDOW_MS }
}

struct Deaf;

impl Hearing for Deaf {
    fn heard(&self, _: &str, _: Bytes) {}
    fn listening(&self, _: &[Arc<str>]) {}
    fn lost(&self) {}
    fn missed(&self) {}
}

/// The memory of a node.
async fn memory(redis: &RedisServer, node: u128) -> RedisMemory {
    let options = BusOptions::new(format!("redis://127.0.0.1:{}", redis.port()), node);
    let bus = Bus::start(&options, Arc::new(Deaf), &TaskTracker::new(), CancellationToken::new());
    let memory = RedisMemory::new(bus.unwrap());
    answered(&memory).await;
    memory
}

/// Waits until Redis answers.
async fn answered(memory: &RedisMemory) {
    let deadline = Instant::now() + SOON;
    while memory.see("whether Redis answers", 60_000).await.is_none() {
        assert!(Instant::now() < deadline, "Redis does not answer");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_window_of_all_nodes_holds_so_many_and_not_one_more() {
    let Some(redis) = RedisServer::start().await else { return };
    let (one, other) = (memory(&redis, 1).await, memory(&redis, 2).await);
    let began = Instant::now();
    for (memory, remaining) in [(&one, 2), (&other, 1), (&one, 0)] {
        let counted = memory.count(&quota("ada")).await.unwrap();
        assert_eq!((counted.admitted, counted.remaining), (true, remaining));
        assert!((1..=WINDOW_MS).contains(&counted.frees_in_ms), "{counted:?}");
    }
    let refused = other.count(&quota("ada")).await.unwrap();
    assert!(!refused.admitted && refused.remaining == 0, "{refused:?}");
    assert!(one.count(&quota("bo")).await.unwrap().admitted, "each key has a window of its own");
    let Counted { frees_in_ms, .. } = refused;
    tokio::time::sleep(Duration::from_millis(u64::try_from(frees_in_ms).unwrap())).await;
    assert!(other.count(&quota("ada")).await.unwrap().admitted, "what is told is true");
    assert!(began.elapsed() >= Duration::from_millis(500));
}

#[tokio::test]
async fn what_one_node_saw_the_others_know_for_its_time() {
    let Some(redis) = RedisServer::start().await else { return };
    let (one, other) = (memory(&redis, 1).await, memory(&redis, 2).await);
    assert_eq!(one.see("it", 300).await, Some(Sighting::First));
    let Some(Sighting::Again(ms_ago)) = other.see("it", 300).await else {
        panic!("the other node does not know of it");
    };
    assert!((0..300).contains(&ms_ago));
    assert_eq!(other.see("something else", 300).await, Some(Sighting::First));
    let deadline = Instant::now() + SOON;
    while one.see("it", 300).await != Some(Sighting::First) {
        assert!(Instant::now() < deadline, "it is never forgotten");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn without_redis_nobody_waits_and_with_it_all_count_together_again() {
    let Some(redis) = RedisServer::start().await else { return };
    let memory = memory(&redis, 1).await;
    redis.stop().await;
    let deadline = Instant::now() + SOON;
    while memory.count(&quota("ada")).await.is_some() {
        assert!(Instant::now() < deadline, "a Redis that is gone answers");
    }
    let asked = Instant::now();
    for _ in 0..100 {
        assert_eq!(memory.count(&quota("ada")).await, None);
    }
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    redis.begin().await;
    answered(&memory).await;
    assert!(memory.count(&quota("ada")).await.unwrap().admitted);
}
