//! Who is there, among nodes that share a Redis.

use std::sync::Arc;
use std::time::Instant;

use tokio::time::timeout;

use crate::support::cluster::Cluster;
use crate::support::place::{LEASE, Place};
use crate::support::redis::{self, Redis};
use crate::support::{LIMIT, until};

#[tokio::test]
async fn who_comes_to_one_node_is_told_on_the_others_once_and_so_is_who_goes() {
    let Some((url, _redis)) = redis::any() else { return };
    let [one, two] = Place::several(&url);
    one.presence.watch(&"room".to_owned());
    assert!(one.enter("ada"));
    one.keeps(1).await;
    assert!(two.enter("bo"));
    two.is_ready().await;
    assert_eq!(two.members(), ["ada", "bo"], "who was there before is in the first roster");
    assert!(!two.enter("ada"), "she is there already");
    assert!(two.enter("cy"));
    one.has(&["ada", "bo", "cy"]).await;
    assert!(!one.leave("ada"), "she is on the other node");
    assert!(two.leave("bo"));
    one.has(&["ada", "cy"]).await;
    two.leave("ada");
    one.has(&["cy"]).await;
    let mut told = one.told();
    told[..2].sort();
    assert_eq!(told, ["+bo", "+cy", "-bo", "-ada"]);
    assert_eq!(two.told(), ["+ada"]);
}

#[tokio::test]
async fn members_of_a_killed_node_leave_within_the_lease_but_for_those_who_are_elsewhere() {
    let Some(redis) = Redis::start() else { return };
    let [one, two] = Place::several(&redis.url());
    one.enter("ada");
    one.is_ready().await;
    for member in ["ada", "bo"] {
        two.enter(member);
    }
    one.has(&["ada", "bo"]).await;
    let began = Instant::now();
    two.kill();
    one.has(&["ada"]).await;
    assert!(began.elapsed() > LEASE / 2, "not before: {:?}", began.elapsed());
    assert!(began.elapsed() < LEASE * 3 / 2, "within the lease: {:?}", began.elapsed());
    assert_eq!(one.told(), ["+bo", "-bo"]);
    one.keeps(1).await;
}

#[tokio::test]
async fn a_redis_that_forgot_everything_makes_nobody_flicker() {
    let Some(mut redis) = Redis::start() else { return };
    let [one, two] = Place::several(&redis.url());
    for (place, member) in [(&one, "ada"), (&two, "bo")] {
        place.enter(member);
        place.is_ready().await;
    }
    one.has(&["ada", "bo"]).await;
    redis.kill();
    until("the bus is away", || !one.bus.is_up() && !two.bus.is_up()).await;
    two.enter("cy");
    two.leave("cy");
    two.enter("di");
    assert!(!one.ledger.ready(&one.bus, &"other".to_owned(), LEASE).await, "known at once");
    assert_eq!(one.members(), ["ada", "bo"], "nobody can tell");
    redis.resume();
    one.has(&["ada", "bo", "di"]).await;
    tokio::time::sleep(LEASE * 3 / 2).await;
    assert_eq!(one.told(), ["+bo", "+di"]);
    assert_eq!(two.told(), ["+ada"]);
    let three = one.beside(&redis.url());
    three.enter("eve");
    three.is_ready().await;
    three.has(&["ada", "bo", "di", "eve"]).await;
}

#[tokio::test]
async fn who_comes_back_from_a_draining_node_was_never_gone() {
    let Some((url, _redis)) = redis::any() else { return };
    let [one, two] = Place::several(&url);
    for member in ["ada", "bo"] {
        two.enter(member);
    }
    one.presence.watch(&"room".to_owned());
    one.has(&["ada", "bo"]).await;
    two.presence.drain();
    two.leave("ada");
    two.leave("bo");
    two.stop().await;
    assert!(!one.enter("ada"));
    one.has(&["ada"]).await;
    assert_eq!(one.told().last().map(String::as_str), Some("-bo"));
    assert_eq!(one.told().len(), 3, "{:?}", one.told());
}

#[tokio::test]
async fn a_room_that_nobody_here_cares_for_can_be_asked_about() {
    let Some((url, _redis)) = redis::any() else { return };
    let [one, two] = Place::several(&url);
    one.enter("ada");
    one.is_ready().await;
    let groups = ["room".to_owned(), "empty".to_owned()];
    let expected = [vec![("ada".to_owned(), String::new())], vec![]];
    let asked = async { while two.ledger.rosters(&two.bus, &groups).await != expected {} };
    timeout(LIMIT, asked).await.expect("ada is known in time");
    assert!(two.members().is_empty());
}

#[tokio::test]
async fn counts_are_summed_up_over_the_nodes_that_live() {
    let Some((url, _redis)) = redis::any() else { return };
    let [one, two] = Place::several(&url);
    let [app, red, blue]: [Arc<str>; 3] = ["app".into(), "red".into(), "blue".into()];
    one.tally.set(&app, &red, 2);
    two.tally.set(&app, &red, 3);
    two.tally.set(&app, &blue, 1);
    one.tally.follow(&app);
    until("all are known", || one.tally.sum("app", "red") == 5).await;
    until("all are known", || one.tally.sum("app", "blue") == 1).await;
    let sums = one.tally.sums(&one.bus, "app").await.expect("Redis answers");
    assert_eq!((sums["red"], sums["blue"]), (5, 1));
    let counts = one.tally.counts(&one.bus, "app", &["blue", "none", "red"]).await;
    assert_eq!(counts, [1, 0, 5]);
    two.tally.set(&app, &blue, 0);
    until("none is left", || one.tally.sum("app", "blue") == 0).await;
    two.kill();
    until("the dead do not count", || one.tally.sum("app", "red") == 2).await;
}

#[tokio::test]
async fn over_a_redis_cluster_it_is_the_same() {
    let Some(cluster) = Cluster::start().await else { return };
    let [one, two] = Place::several(&cluster.url());
    one.presence.watch(&"room".to_owned());
    let [app, red]: [Arc<str>; 2] = ["app".into(), "red".into()];
    one.tally.follow(&app);
    two.tally.set(&app, &red, 3);
    two.enter("ada");
    two.enter("bo");
    one.has(&["ada", "bo"]).await;
    two.leave("bo");
    one.has(&["ada"]).await;
    until("all are known", || one.tally.sum("app", "red") == 3).await;
    two.kill();
    one.has(&[]).await;
}
