//! What a bus promises when Redis, or the way to it, fails.

use std::time::{Duration, Instant};

use switchboard_rooms::BusOptions;

use crate::support::node::{Node, Told};
use crate::support::proxy::{Mode, Proxy};
use crate::support::redis::Redis;
use crate::support::until;

#[tokio::test]
async fn what_was_published_while_redis_was_away_arrives_once() {
    let Some(mut redis) = Redis::start() else { return };
    let nodes: [Node; 3] = Node::several(&redis.url());
    for node in &nodes {
        node.listen(&["room"]).await;
    }
    nodes[0].publish("room", "before");
    nodes[1].hears("room", "before").await;
    nodes[2].hears("room", "before").await;
    redis.kill();
    for node in &nodes {
        node.is_away().await;
        assert_eq!(node.times(&Told::Lost), 1);
    }
    nodes[0].publish("room", "meanwhile");
    assert_eq!(nodes[0].bus.health().queued, 1);
    assert!(nodes[0].bus.health().trouble.is_some());
    assert!(!nodes[1].bus.listening("room", Duration::from_secs(5)).await, "known at once");
    redis.resume();
    nodes[0].publish("room", "after");
    assert_eq!(nodes[1].hears("room", "after").await, ["before", "meanwhile", "after"]);
    assert_eq!(nodes[2].hears("room", "after").await, ["before", "meanwhile", "after"]);
    let listening = Told::Listening(vec!["room".to_owned()]);
    assert!(nodes[1].times(&listening) == 2, "{:?}", nodes[1].told());
}

#[tokio::test]
async fn redis_may_be_away_at_the_start() {
    let Some(mut redis) = Redis::start() else { return };
    redis.kill();
    let [speaker, listener] = Node::several(&redis.url());
    listener.bus.want("room".into());
    until("the trouble is told", || listener.bus.health().trouble.is_some()).await;
    redis.resume();
    listener.listens("room").await;
    speaker.publish("room", "hello");
    listener.hears("room", "hello").await;
}

#[tokio::test]
async fn connections_that_are_cut_again_and_again_lose_and_repeat_nothing_that_was_published() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::start(redis.address()).await;
    let prefix = "cut".to_owned();
    let options =
        |url| BusOptions { prefix: prefix.clone(), ..BusOptions::new(url, rand::random()) };
    let speaker = Node::start_with(&options(proxy.url()));
    let listener = Node::start_with(&options(redis.url()));
    listener.listen(&["room"]).await;
    speaker.is_up().await;
    for number in 0..3000 {
        speaker.publish("room", number);
        if number % 600 == 300 {
            until("some are out", || speaker.bus.health().published > number - 300).await;
            proxy.cut();
        }
        if number % 50 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let heard = listener.hears("room", 2999).await;
    let all: Vec<String> = (0..3000).map(|number| number.to_string()).collect();
    assert_eq!(heard, all);
    assert_eq!(listener.times(&Told::Lost), 0);
}

#[tokio::test]
async fn what_is_sent_again_because_its_outcome_is_unknown_is_heard_once() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::start(redis.address()).await;
    let prefix = "unknown".to_owned();
    let options =
        |url| BusOptions { prefix: prefix.clone(), ..BusOptions::new(url, rand::random()) };
    let speaker = Node::start_with(&options(proxy.url()));
    let listener = Node::start_with(&options(redis.url()));
    listener.listen(&["room"]).await;
    speaker.publish("room", "first");
    listener.hears("room", "first").await;
    proxy.set(Mode::WithholdAnswers);
    speaker.publish("room", "second");
    listener.hears("room", "second").await;
    proxy.set(Mode::Pass);
    proxy.cut();
    speaker.publish("room", "third");
    assert_eq!(listener.hears("room", "third").await, ["first", "second", "third"]);
    assert!(listener.bus.health().repeated > 0);
}

#[tokio::test]
async fn what_arrives_late_over_a_connection_given_up_is_not_heard_again() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::start(redis.address()).await;
    let prefix = "late".to_owned();
    let options =
        |url| BusOptions { prefix: prefix.clone(), ..BusOptions::new(url, rand::random()) };
    let speaker = Node::start_with(&options(proxy.url()));
    let listener = Node::start_with(&options(redis.url()));
    listener.listen(&["room"]).await;
    speaker.publish("room", "first");
    listener.hears("room", "first").await;
    let held = proxy.hold();
    speaker.publish("room", "second");
    speaker.is_away().await;
    listener.hears("room", "second").await;
    drop(held);
    until("it comes again", || listener.bus.health().repeated > 0).await;
    speaker.publish("room", "third");
    assert_eq!(listener.hears("room", "third").await, ["first", "second", "third"]);
}

#[tokio::test]
async fn a_listener_that_is_cut_off_is_told_of_every_gap_and_hears_nothing_twice() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::start(redis.address()).await;
    let prefix = "gaps".to_owned();
    let options =
        |url| BusOptions { prefix: prefix.clone(), ..BusOptions::new(url, rand::random()) };
    let speaker = Node::start_with(&options(redis.url()));
    let listener = Node::start_with(&options(proxy.url()));
    listener.listen(&["room"]).await;
    speaker.is_up().await;
    for number in 0..2000_u64 {
        speaker.publish("room", number);
        if number % 500 == 250 {
            let lost = listener.times(&Told::Lost);
            proxy.cut();
            until("the server is told", || listener.times(&Told::Lost) > lost).await;
            listener.listens("room").await;
        }
    }
    speaker.publish("room", "end");
    listener.hears("room", "end").await;
    assert_eq!(gaps_not_told(&listener.told()), 0);
}

/// How often something is missing, or comes again, with no word of listening anew in between.
fn gaps_not_told(told: &[Told]) -> usize {
    let (mut expected, mut anew, mut gaps) = (0, false, 0);
    for told in told {
        match told {
            Told::Listening(_) => anew = true,
            Told::Heard(_, payload) => {
                let Ok(number) = payload.parse::<u64>() else { continue };
                let follows = number == expected || (number > expected && anew);
                gaps += usize::from(!follows);
                (expected, anew) = (number + 1, false);
            }
            _ => {}
        }
    }
    gaps
}

#[tokio::test]
async fn a_redis_that_stalls_for_a_moment_loses_nothing() {
    let Some(redis) = Redis::start() else { return };
    let [speaker, listener] = Node::several(&redis.url());
    listener.listen(&["room"]).await;
    speaker.is_up().await;
    redis.tell(&["DEBUG", "SLEEP", "1"]).await;
    for number in 0..100 {
        speaker.publish("room", number);
    }
    assert_eq!(listener.hears("room", 99).await.len(), 100);
    assert_eq!(listener.times(&Told::Lost), 0);
}

#[tokio::test]
async fn a_way_that_swallows_everything_is_noticed_within_seconds() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::start(redis.address()).await;
    let node = Node::start(&proxy.url());
    node.listen(&["room"]).await;
    node.is_up().await;
    proxy.set(Mode::Swallow);
    let began = Instant::now();
    node.is_away().await;
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    until("the server is told", || node.times(&Told::Lost) > 0).await;
    proxy.set(Mode::Pass);
    node.listens("room").await;
    node.is_up().await;
}

#[tokio::test]
async fn a_connection_that_answers_pings_but_delivers_nothing_is_remade() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::start(redis.address()).await;
    let node = Node::start(&proxy.url());
    node.listen(&["room"]).await;
    until("a beat went round", || node.bus.health().round_trip.is_some()).await;
    proxy.set(Mode::WithholdMessages);
    until("the server is told", || node.times(&Told::Lost) == 1).await;
    proxy.set(Mode::Pass);
    node.listens("room").await;
    assert_eq!(node.bus.health().dropped, 0);
}

#[tokio::test]
async fn a_node_that_cannot_reach_redis_is_away_and_back_when_it_can() {
    let Some(redis) = Redis::start() else { return };
    let proxy = Proxy::start(redis.address()).await;
    let node = Node::start(&proxy.url());
    node.listen(&["room"]).await;
    node.is_up().await;
    proxy.set(Mode::Refuse);
    proxy.cut();
    node.is_away().await;
    let ping = redis::cmd("PING");
    let refused = node.bus.run::<String>(&ping, Duration::from_secs(5)).await;
    assert!(refused.is_err());
    proxy.set(Mode::Pass);
    node.listens("room").await;
    node.is_up().await;
}

#[tokio::test]
async fn over_the_limit_the_oldest_are_dropped_and_every_other_node_is_told() {
    let Some(mut redis) = Redis::start() else { return };
    let prefix = "full".to_owned();
    let options =
        || BusOptions { prefix: prefix.clone(), ..BusOptions::new(redis.url(), rand::random()) };
    let speaker = Node::start_with(&BusOptions { queue_bytes_max: 10_000, ..options() });
    let [one, other] = [Node::start_with(&options()), Node::start_with(&options())];
    one.listen(&["room"]).await;
    other.listen(&["elsewhere"]).await;
    speaker.is_up().await;
    redis.kill();
    speaker.is_away().await;
    for number in 0..1000 {
        speaker.publish("room", number);
    }
    let health = speaker.bus.health();
    assert!(health.queued_bytes <= 10_000 && health.dropped > 800, "{health:?}");
    redis.resume();
    let heard = one.hears("room", 999).await;
    assert_eq!(heard.len() as u64, 1000 - speaker.bus.health().dropped);
    until("the one is told", || one.times(&Told::Missed) == 1).await;
    until("the other is told", || other.times(&Told::Missed) == 1).await;
    assert_eq!(speaker.times(&Told::Missed), 0);
}
