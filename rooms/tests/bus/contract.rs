//! What a bus promises while everything works.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use switchboard_rooms::{Bus, BusOptions, Hearing};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::node::{Node, Told};
use crate::support::redis::{self, Redis};
use crate::support::until;

#[tokio::test]
async fn what_one_node_publishes_the_others_hear_once_in_order_and_itself_never() {
    let Some((url, _redis)) = redis::any() else { return };
    let nodes: [Node; 3] = Node::several(&url);
    for node in &nodes {
        node.listen(&["room"]).await;
    }
    for number in 0..2000 {
        nodes[0].publish("room", number);
    }
    let all: Vec<String> = (0..2000).map(|number| number.to_string()).collect();
    assert_eq!(nodes[1].hears("room", 1999).await, all);
    assert_eq!(nodes[2].hears("room", 1999).await, all);
    nodes[1].publish("room", "back");
    nodes[0].hears("room", "back").await;
    assert_eq!(nodes[0].heard("room"), ["back"]);
}

#[tokio::test]
async fn a_topic_is_heard_from_the_moment_that_listening_is_told() {
    let Some((url, _redis)) = redis::any() else { return };
    let [speaker, listener] = Node::several(&url);
    speaker.is_up().await;
    listener.is_up().await;
    for round in 0..50 {
        let topic = format!("room-{round}");
        listener.bus.want(topic.as_str().into());
        assert!(listener.bus.listening(&topic, Duration::from_secs(5)).await);
        speaker.publish(&topic, "now");
        listener.hears(&topic, "now").await;
        let announced = Told::Listening(vec![topic.clone()]);
        let heard = Told::Heard(topic, "now".to_owned());
        let told = listener.told();
        let place = |what: &Told| told.iter().position(|told| told == what);
        assert!(place(&announced).is_some() && place(&announced) < place(&heard));
    }
}

#[tokio::test]
async fn a_topic_that_nobody_wants_any_more_is_not_heard_and_leaves_redis() {
    let Some(redis) = Redis::start() else { return };
    let [speaker, listener] = Node::several(&redis.url());
    listener.listen(&["room", "other"]).await;
    listener.bus.unwant("room");
    speaker.publish("room", "to nobody");
    speaker.publish("other", "here");
    listener.hears("other", "here").await;
    assert!(listener.heard("room").is_empty());
    assert!(!listener.bus.listening("room", Duration::from_secs(5)).await);
    until("the subscription ends", || listener.bus.health().subscriptions == 1).await;
}

#[tokio::test]
async fn wanting_again_within_a_moment_costs_redis_nothing_and_is_told() {
    let Some(redis) = Redis::start() else { return };
    let [speaker, listener] = Node::several(&redis.url());
    listener.listen(&["room"]).await;
    speaker.is_up().await;
    let before = redis.counts("total_commands_processed").await;
    for _ in 0..1000 {
        listener.bus.unwant("room");
        listener.listen(&["room"]).await;
    }
    let commands = redis.counts("total_commands_processed").await - before;
    assert!(commands < 100, "{commands} commands");
    assert_eq!(listener.times(&Told::Listening(vec!["room".to_owned()])), 1001);
    speaker.publish("room", "still");
    listener.hears("room", "still").await;
}

#[tokio::test]
async fn two_installations_share_a_redis_without_hearing_each_other() {
    let Some((url, _redis)) = redis::any() else { return };
    let [one] = Node::several(&url);
    let [other, third] = Node::several(&url);
    one.listen(&["room"]).await;
    other.listen(&["room"]).await;
    third.publish("room", "among us");
    other.hears("room", "among us").await;
    until("the two of one installation know each other", || other.bus.health().nodes == 1).await;
    assert!(one.heard("room").is_empty());
    assert_eq!(one.bus.health().nodes, 0);
}

#[tokio::test]
async fn bytes_of_any_kind_and_size_arrive_as_they_were() {
    let Some((url, _redis)) = redis::any() else { return };
    let [speaker, listener] = Node::several(&url);
    listener.listen(&["räume/{1}"]).await;
    let large = "x".repeat(3 << 20);
    for payload in ["", "\r\n$5\r\nhello\0", large.as_str()] {
        speaker.publish("räume/{1}", payload);
        listener.hears("räume/{1}", payload).await;
    }
}

#[tokio::test]
async fn commands_run_beside_the_publications() {
    let Some((url, _redis)) = redis::any() else { return };
    let [node] = Node::several(&url);
    node.is_up().await;
    let key = node.bus.key("counter");
    let patience = Duration::from_secs(5);
    let mut increment = ::redis::cmd("INCR");
    increment.arg(&key);
    let count: i64 = node.bus.run(&increment, patience).await.unwrap();
    assert_eq!(count, 1);
    let mut both = ::redis::pipe();
    both.atomic().incr(&key, 1).del(&key);
    let counts: (i64, i64) = node.bus.run_all(&both, patience).await.unwrap();
    assert_eq!(counts, (2, 1));
}

#[tokio::test]
async fn what_is_queued_goes_out_before_a_node_stops() {
    let Some((url, _redis)) = redis::any() else { return };
    let [leaving, staying] = Node::several(&url);
    staying.listen(&["room"]).await;
    leaving.is_up().await;
    until("the nodes know each other", || staying.bus.health().nodes == 1).await;
    for number in 0..5000 {
        leaving.publish("room", number);
    }
    leaving.stop().await;
    assert_eq!(staying.hears("room", 4999).await.len(), 5000);
    until("it said goodbye", || staying.bus.health().nodes == 0).await;
}

#[tokio::test]
async fn the_figures_tell_what_happened() {
    let Some((url, _redis)) = redis::any() else { return };
    let [speaker, listener] = Node::several(&url);
    listener.listen(&["room"]).await;
    speaker.publish("room", "once");
    listener.hears("room", "once").await;
    until("a beat went round", || speaker.bus.health().round_trip.is_some()).await;
    until("Redis confirmed it", || speaker.bus.health().queued == 0).await;
    let (said, heard) = (speaker.bus.health(), listener.bus.health());
    assert!(said.up && said.trouble.is_none());
    assert_eq!((said.published, said.queued_bytes, said.dropped), (1, 0, 0));
    assert_eq!((heard.heard, heard.repeated, heard.subscriptions), (1, 0, 1));
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_refused_without_repeating_it() {
    let options = BusOptions::new("http://user:secret@example.com", 1);
    let tasks = TaskTracker::new();
    let refused = Bus::start(&options, Arc::new(Deaf), &tasks, CancellationToken::new());
    let error = refused.unwrap_err().to_string();
    assert!(error.starts_with("not a usable address of a Redis"), "{error}");
    assert!(!error.contains("secret"));
    assert!(!format!("{options:?}").contains("secret"));
}

struct Deaf;

impl Hearing for Deaf {
    fn heard(&self, _: &str, _: Bytes) {}
    fn listening(&self, _: &[Arc<str>]) {}
    fn lost(&self) {}
    fn missed(&self) {}
}
