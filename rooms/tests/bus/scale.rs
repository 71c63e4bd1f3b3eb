//! What a bus costs.

use std::time::{Duration, Instant};

use switchboard_rooms::BusOptions;

use crate::support::node::{Node, Told};
use crate::support::proxy::Proxy;
use crate::support::redis::Redis;
use crate::support::until;

#[tokio::test]
async fn nobody_hears_a_topic_nobody_wants() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::start(redis.address()).await;
    let prefix = "quiet".to_owned();
    let options =
        |url| BusOptions { prefix: prefix.clone(), ..BusOptions::new(url, rand::random()) };
    let idle = Node::start_with(&options(proxy.url()));
    let [speaker, listener] = [0; 2].map(|_| Node::start_with(&options(redis.url())));
    idle.listen(&["elsewhere"]).await;
    listener.listen(&["room"]).await;
    let (began, before) = (Instant::now(), proxy.bytes_down());
    let large = "x".repeat(10_000);
    for number in 0..500 {
        speaker.publish("room", format!("{number} {large}").as_str());
    }
    listener.hears("room", format!("499 {large}").as_str()).await;
    let bytes = proxy.bytes_down() - before;
    // Beats of three nodes and the answers to its own are all that came.
    let beats = 3 * (2 + began.elapsed().as_secs());
    assert!(bytes < 300 * beats, "{bytes} bytes");
}

#[tokio::test]
async fn topics_of_ten_idle_nodes_cost_a_publication_nothing() {
    const NODES: usize = 10;
    const TOPICS: usize = 1_000;
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::start(redis.address()).await;
    let options =
        |url| BusOptions { prefix: "idle".into(), ..BusOptions::new(url, rand::random()) };
    let idle: Vec<_> = (0..NODES).map(|_| Node::start_with(&options(proxy.url()))).collect();
    for (place, node) in idle.iter().enumerate() {
        for number in 0..TOPICS {
            node.bus.want(format!("room:{place}:{number}").as_str().into());
        }
        until("all are heard", || node.bus.health().subscriptions == TOPICS).await;
    }
    let speaker = Node::start_with(&options(redis.url()));
    speaker.is_up().await;
    let (began, before) = (Instant::now(), proxy.bytes_down());
    let large = "x".repeat(10_000);
    for number in 0..500 {
        speaker.publish("elsewhere", format!("{number} {large}").as_str());
    }
    until("all went out", || speaker.bus.health().published >= 500).await;
    let bytes = proxy.bytes_down() - before;
    // Each of them hears the beats of all.
    let beats = 10 * 11 * (2 + began.elapsed().as_secs());
    assert!(bytes < 300 * beats, "{bytes} bytes");
}

#[tokio::test]
async fn ten_thousand_wanted_topics_are_resubscribed_within_a_second() {
    let Some(redis) = Redis::start() else { return };
    let node = Node::start(&redis.url());
    let topics: Vec<String> = (0..10_000).map(|number| format!("room:{number}")).collect();
    for topic in &topics {
        node.bus.want(topic.as_str().into());
    }
    until("all are heard", || node.bus.health().subscriptions == 10_000).await;
    node.is_up().await;
    redis.tell(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
    until("the server is told", || node.times(&Told::Lost) == 1).await;
    let began = Instant::now();
    until("all are heard", || node.bus.health().subscriptions == 10_000).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let told = || node.told().iter().map(topics_in).sum::<usize>();
    until("all are told", || told() == 20_000).await;
}

fn topics_in(told: &Told) -> usize {
    match told {
        Told::Listening(topics) => topics.len(),
        _ => 0,
    }
}
