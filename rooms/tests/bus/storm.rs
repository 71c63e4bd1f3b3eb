//! Everything fails, again and again, in an order that a seed decides.

use std::collections::HashMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use switchboard_rooms::BusOptions;

use crate::support::node::{Node, Told};
use crate::support::proxy::{Mode, Proxy};
use crate::support::redis::Redis;
use crate::support::until;

const NODES: usize = 3;
const TOPICS: [&str; 3] = ["red", "green", "blue"];
const ROUNDS: usize = 10;

#[tokio::test]
async fn whatever_fails_the_order_holds_nothing_repeats_and_every_gap_is_told() {
    let seed: u64 = rand::random();
    let mut random = StdRng::seed_from_u64(seed);
    let Some(mut redis) = Redis::start() else { return };
    let mut places = Vec::new();
    for name in 0..NODES {
        places.push(Place::start(name, &redis).await);
    }
    for round in 0..ROUNDS {
        // Every other time it fails again before it has recovered.
        if round % 2 == 0 {
            until("all have recovered", || places.iter().all(Place::has_recovered)).await;
        }
        for _ in 0..100 {
            let topic = TOPICS[random.random_range(0..TOPICS.len())];
            places[random.random_range(0..NODES)].publish(topic);
        }
        fail(&places, &mut redis, &mut random).await;
    }
    for place in &places {
        until("the node has recovered", || place.has_recovered()).await;
        // A new topic is asked for, so a connection that was cut just now shows.
        place.node.listen(&["end"]).await;
        place.node.listen(&TOPICS).await;
    }
    for place in &mut places {
        for topic in TOPICS {
            place.publish(topic);
        }
    }
    for place in &places {
        let what = format!("node {} hears the end of all (seed {seed})", place.name);
        until(&what, || place.streams().are_at_the_end(&places)).await;
        assert_eq!(place.streams().wrong, 0, "seed {seed}, node {}", place.name);
    }
}

/// One failure, for a random while.
async fn fail(places: &[Place], redis: &mut Redis, random: &mut StdRng) {
    let proxy = &places[random.random_range(0..NODES)].proxy;
    let a_while = Duration::from_millis(random.random_range(0..500));
    match random.random_range(0..5) {
        0 => tokio::time::sleep(a_while).await,
        1 => {
            let held = proxy.hold();
            tokio::time::sleep(a_while).await;
            drop(held);
        }
        mode @ 2..=3 => {
            proxy.set(if mode == 2 { Mode::Swallow } else { Mode::WithholdAnswers });
            tokio::time::sleep(a_while).await;
            proxy.set(Mode::Pass);
        }
        _ => {
            redis.kill();
            tokio::time::sleep(a_while).await;
            redis.resume();
        }
    }
    // Also because nothing may be missing from the middle of a connection.
    proxy.cut();
}

/// A node behind a proxy of its own, and how much it has published on each topic.
struct Place {
    name: usize,
    proxy: Proxy,
    node: Node,
    published: HashMap<&'static str, u64>,
}

impl Place {
    async fn start(name: usize, redis: &Redis) -> Self {
        let proxy = Proxy::start(redis.address()).await;
        let node = Node::start_with(&BusOptions::new(proxy.url(), rand::random()));
        node.listen(&TOPICS).await;
        Self { name, proxy, node, published: HashMap::new() }
    }

    /// Publishes the next number on the topic.
    fn publish(&mut self, topic: &'static str) {
        let number = self.published.entry(topic).or_default();
        self.node.publish(topic, format!("{} {number}", self.name).as_str());
        *number += 1;
    }

    fn has_recovered(&self) -> bool {
        let health = self.node.bus.health();
        health.up && health.queued == 0
    }

    fn streams(&self) -> Streams {
        let mut streams = Streams::default();
        for told in self.node.told() {
            streams.read(&told);
        }
        streams
    }
}

/// What a node heard of each other on each topic.
#[derive(Default)]
struct Streams {
    heard: HashMap<(String, usize), Stream>,
    /// How often the node was told to listen to a topic anew.
    anew: HashMap<String, usize>,
    /// What came again, or came after a gap that was not told.
    wrong: usize,
}

#[derive(Default)]
struct Stream {
    next: u64,
    anew: usize,
}

impl Streams {
    fn read(&mut self, told: &Told) {
        match told {
            Told::Listening(topics) => {
                for topic in topics {
                    *self.anew.entry(topic.clone()).or_default() += 1;
                }
            }
            Told::Heard(topic, payload) => {
                let (name, number) = payload.split_once(' ').expect("a name and a number");
                let name = name.parse().expect("nodes are numbered");
                self.count(topic, name, number.parse().expect("publications are numbered"));
            }
            Told::Lost | Told::Missed => {}
        }
    }

    fn count(&mut self, topic: &str, name: usize, number: u64) {
        let anew = self.anew.get(topic).copied().unwrap_or_default();
        let stream = self.heard.entry((topic.to_owned(), name)).or_default();
        let follows = number == stream.next || (number > stream.next && anew > stream.anew);
        self.wrong += usize::from(!follows);
        *stream = Stream { next: number + 1, anew };
    }

    fn are_at_the_end(&self, places: &[Place]) -> bool {
        let heard = self.heard.iter().filter(|((topic, name), stream)| {
            places[*name].published.get(topic.as_str()) == Some(&stream.next)
        });
        heard.count() == (NODES - 1) * TOPICS.len()
    }
}
