//! A bus over a Redis Cluster, where each primary carries a share of the topics.

use std::time::Duration;

use switchboard_rooms::BusOptions;

use crate::support::cluster::Cluster;
use crate::support::node::{Node, Told};
use crate::support::until;

const PREFIX: &str = "switchboard";

fn topics() -> Vec<String> {
    (0..60).map(|number| format!("room:{number}")).collect()
}

async fn listen_to_all(node: &Node) {
    let topics = topics();
    node.listen(&topics.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn topics_of_every_primary_are_heard_once_and_in_order() {
    let Some(cluster) = Cluster::start().await else { return };
    let [speaker, listener] = [0; 2].map(|_| Node::start(&cluster.url()));
    listen_to_all(&listener).await;
    speaker.is_up().await;
    for number in 0..20_u64 {
        for topic in topics() {
            speaker.publish(&topic, number);
        }
    }
    let all: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    for topic in topics() {
        assert_eq!(listener.hears(&topic, 19).await, all, "{topic}");
    }
    for primary in cluster.primaries.iter().filter(|_| cluster.divides_channels) {
        assert_eq!(primary.counts("pubsub_channels").await, 0, "nothing goes to everyone");
        assert!(primary.counts("pubsubshard_channels").await > 5, "each has its share");
    }
    listener.bus.unwant("room:0");
    until("the subscription ends", || listener.bus.health().subscriptions == 59).await;
}

#[tokio::test]
async fn commands_find_the_primary_of_their_key() {
    let Some(cluster) = Cluster::start().await else { return };
    let node = Node::start(&cluster.url());
    node.is_up().await;
    for number in 0..20 {
        let mut set = redis::cmd("SET");
        set.arg(node.bus.key(&number.to_string())).arg(number);
        let set: String = node.bus.run(&set, Duration::from_secs(5)).await.unwrap();
        assert_eq!(set, "OK");
    }
}

#[tokio::test]
async fn a_slot_that_moves_takes_its_topics_along() {
    let Some(cluster) = Cluster::start().await else { return };
    let [speaker, listener] = [0; 2].map(|_| Node::start(&cluster.url()));
    listen_to_all(&listener).await;
    speaker.publish("room:1", "before");
    listener.hears("room:1", "before").await;
    let (slot, primary) = cluster.slot(&format!("{PREFIX}:topic:room:1")).await;
    cluster.give(slot, (primary + 1) % 3).await;
    if cluster.divides_channels {
        until("the server is told", || listener.times(&Told::Lost) > 0).await;
        listener.listens("room:1").await;
    }
    speaker.publish("room:1", "after");
    assert_eq!(listener.hears("room:1", "after").await, ["before", "after"]);
}

#[tokio::test]
async fn a_primary_that_comes_back_finds_everybody_again() {
    let Some(mut cluster) = Cluster::start().await else { return };
    let options = || BusOptions::new(cluster.primaries[0].url(), rand::random());
    let [speaker, listener] = [options(), options()].map(|options| Node::start_with(&options));
    listen_to_all(&listener).await;
    speaker.is_up().await;
    cluster.primaries[2].kill();
    if cluster.divides_channels {
        listener.is_away().await;
    }
    for topic in topics() {
        speaker.publish(&topic, "meanwhile");
    }
    cluster.primaries[2].resume();
    cluster.is_complete().await;
    for topic in topics() {
        assert_eq!(listener.hears(&topic, "meanwhile").await.len(), 1);
    }
}
