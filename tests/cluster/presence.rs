//! Who is there is there on any node, and is told of once.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::outages::bus_is;
use super::{api, becomes, cluster, cluster_with, connect};
use crate::support::pusher::{PusherSocket, data_of};
use crate::support::{Agent, Door, plain_id};

const ROOM: &str = "presence-room";
const ADDED: &str = "pusher_internal:member_added";
const REMOVED: &str = "pusher_internal:member_removed";
const WATCHLIST: &str = "pusher_internal:watchlist_events";
/// A node that is killed takes its members with it within this time, and then some for a busy machine.
const LEASE: Duration = Duration::from_secs(10 + 5);
const SOON: Duration = Duration::from_secs(5);

async fn member(node: &Door, id: &str) -> PusherSocket {
    let mut socket = connect(node).await;
    socket.join(ROOM, &json!({ "user_id": id, "user_info": { "name": id } })).await.unwrap();
    socket
}

/// What a member was told of others so far: `+id` and `-id`.
async fn news(socket: &mut PusherSocket) -> Vec<String> {
    let frames = socket.all_until_pong().await.unwrap();
    let told = frames.iter().filter_map(|frame| {
        let sign = match frame["event"].as_str()? {
            ADDED => '+',
            REMOVED => '-',
            _ => return None,
        };
        Some(format!("{sign}{}", data_of(frame).ok()?["user_id"].as_str()?))
    });
    told.collect()
}

/// Waits until these are the members, as this node sees it.
async fn members_become(node: &Door, limit: Duration, wanted: &[&str]) {
    let ask = async || {
        let answer = api(node).get(&format!("/channels/{ROOM}/users"), &[]).await;
        let users = answer["users"].as_array().into_iter().flatten();
        let mut ids: Vec<_> = users.filter_map(|user| user["id"].as_str()).collect();
        ids.sort_unstable();
        Ok(json!(ids))
    };
    becomes(limit, &json!(wanted), ask).await.unwrap();
}

#[tokio::test]
async fn a_user_with_connections_on_two_nodes_comes_once_and_goes_once() {
    let Some(cluster) = cluster(3).await else { return };
    let mut ada = member(&cluster[0], "ada").await;
    let first = member(&cluster[1], "bo").await;
    assert_eq!(ada.next_data(ADDED).await.unwrap()["user_id"], "bo");
    let mut second = connect(&cluster[2]).await;
    let bo = json!({ "user_id": "bo", "user_info": { "name": "bo" } });
    let roster = second.join(ROOM, &bo).await.unwrap();
    assert_eq!(roster["presence"]["count"], 2, "{roster}");
    for node in cluster.nodes() {
        members_become(node, SOON, &["ada", "bo"]).await;
    }
    first.leave().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(news(&mut ada).await.is_empty(), "bo is still on the third node");
    second.leave().await;
    assert_eq!(ada.next_data(REMOVED).await.unwrap()["user_id"], "bo");
    for node in cluster.nodes() {
        members_become(node, SOON, &["ada"]).await;
    }
    assert!(news(&mut ada).await.is_empty(), "one coming, one going");
}

#[tokio::test]
async fn members_of_a_killed_node_are_gone_within_the_lease_and_others_are_not() {
    let Some(cluster) = cluster(3).await else { return };
    let mut ada = member(&cluster[0], "ada").await;
    let _ghost = member(&cluster[1], "ghost").await;
    let (_dead, _alive) = (member(&cluster[1], "bo").await, member(&cluster[2], "bo").await);
    for _ in 0..2 {
        ada.next(ADDED).await.unwrap();
    }
    cluster[1].kill9().await;
    let killed = Instant::now();
    for node in [&cluster[0], &cluster[2]] {
        members_become(node, LEASE, &["ada", "bo"]).await;
    }
    assert!(killed.elapsed() < LEASE);
    assert_eq!(ada.next_data(REMOVED).await.unwrap()["user_id"], "ghost");
    assert!(news(&mut ada).await.is_empty(), "bo never left");

    cluster[1].restart().await;
    members_become(&cluster[1], SOON, &["ada", "bo"]).await;
    assert!(news(&mut ada).await.is_empty(), "nobody came or went by that");
}

#[tokio::test]
async fn members_of_a_node_that_drains_and_who_come_back_elsewhere_never_left() {
    let settings = [("REALTIME__DRAIN_MS", "1000")];
    let Some(cluster) = cluster_with(2, &settings).await else { return };
    let mut ada = member(&cluster[0], "ada").await;
    let mut leaving = Vec::new();
    for number in 0..20 {
        let id = format!("user-{number}");
        leaving.push((id.clone(), member(&cluster[1], &id).await));
        ada.next(ADDED).await.unwrap();
    }
    let coming_back = async {
        let mut back = Vec::new();
        for (id, mut socket) in leaving {
            socket.closed().await.unwrap();
            back.push(member(&cluster[0], &id).await);
        }
        back
    };
    let (status, back) = tokio::join!(cluster[1].terminate(Duration::from_secs(20)), coming_back);
    assert!(status.success(), "{status}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(news(&mut ada).await.is_empty(), "nobody was told of {} who only moved", back.len());
}

#[tokio::test]
async fn an_agent_is_online_as_long_as_any_node_has_a_connection() {
    let Some(cluster) = cluster(3).await else { return };
    let [ada, bo] = &cluster[0].demo.agents[..] else { panic!("the demo has two agents") };
    let mut watcher = Agent::arrive(&cluster[0], ada).await.unwrap();
    watcher.ask_ok("join_org_presence", json!({})).await.unwrap();
    let changed = |status: &str| json!({ "agent_id": plain_id(&bo.id), "status": status });

    let first = Agent::arrive(&cluster[1], bo).await.unwrap();
    assert_eq!(watcher.socket.next("agent_status_changed").await.unwrap(), changed("online"));
    let second = Agent::arrive(&cluster[2], bo).await.unwrap();
    // Nothing tells from outside when the watcher's node knows of the second; it may be short of processor time.
    tokio::time::sleep(Duration::from_secs(2)).await;
    first.socket.leave().await;
    let quiet = watcher.socket.events_within(Duration::from_millis(900)).await.unwrap();
    assert!(quiet.is_empty(), "one of two connections is still there: {quiet:?}");
    let mut third = Agent::arrive(&cluster[1], ada).await.unwrap();
    let answer = third.ask_ok("join_org_presence", json!({})).await.unwrap();
    let mut online = answer["online"].as_array().unwrap().clone();
    online.sort_by_key(ToString::to_string);
    let mut both = [json!(plain_id(&ada.id)), json!(plain_id(&bo.id))];
    both.sort_by_key(ToString::to_string);
    assert_eq!(online, both, "whoever asks on any node");
    second.socket.leave().await;
    assert_eq!(watcher.socket.next("agent_status_changed").await.unwrap(), changed("offline"));
}

#[tokio::test]
async fn a_watchlist_watches_every_node() {
    let Some(cluster) = cluster(3).await else { return };
    let states = |name: &str| json!({ "events": [{ "name": name, "user_ids": ["ada"] }] });
    let mut watcher = connect(&cluster[0]).await;
    watcher.sign_in(&json!({ "id": "watcher", "watchlist": ["ada"] })).await.unwrap();
    assert_eq!(watcher.next_data(WATCHLIST).await.unwrap(), states("offline"));
    let signed_in = async |node: &Door| {
        let mut socket = connect(node).await;
        socket.sign_in(&json!({ "id": "ada" })).await.unwrap();
        socket
    };
    let first = signed_in(&cluster[1]).await;
    assert_eq!(watcher.next_data(WATCHLIST).await.unwrap(), states("online"));
    let second = signed_in(&cluster[2]).await;
    // Whoever moves to another node is known there before the old connection is given up. Nothing tells from outside when
    // the watcher's node knows; it may be short of processor time.
    tokio::time::sleep(Duration::from_secs(2)).await;
    first.leave().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(watcher.all_until_pong().await.unwrap().is_empty(), "nothing has changed");
    second.leave().await;
    assert_eq!(watcher.next_data(WATCHLIST).await.unwrap(), states("offline"));
}

#[tokio::test]
async fn channels_are_listed_and_counted_over_all_nodes() {
    let settings = [("PUSHER__SUBSCRIPTION_COUNT", "true")];
    let Some(cluster) = cluster_with(3, &settings).await else { return };
    let mut sockets = Vec::new();
    for node in cluster.nodes() {
        let mut socket = connect(node).await;
        socket.subscribe("shared").await.unwrap();
        sockets.push(socket);
    }
    let (_ada, _bo) = (member(&cluster[0], "ada").await, member(&cluster[1], "bo").await);
    let wanted = json!({ "channels": { "shared": {}, ROOM: {} } });
    for node in cluster.nodes() {
        becomes(SOON, &wanted, async || Ok(api(node).get("/channels", &[]).await)).await.unwrap();
        let one: Value = json!({ "occupied": true, "subscription_count": 3 });
        let info = [("info", "subscription_count")];
        let ask = async || Ok(api(node).get("/channels/shared", &info).await);
        becomes(SOON, &one, ask).await.unwrap();
        let ask = async || {
            let info = [("info", "user_count")];
            Ok(api(node).get(&format!("/channels/{ROOM}"), &info).await["user_count"].clone())
        };
        becomes(SOON, &json!(2), ask).await.unwrap();
        let ask = async || Ok(api(node).get("/connections", &[]).await["connections"].clone());
        becomes(SOON, &json!(5), ask).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_leaves_a_presence_channel_because_redis_was_restarted() {
    let Some(cluster) = cluster(2).await else { return };
    let user = |id: &str| json!({ "user_id": id });
    let (mut ada, mut bo) = (connect(&cluster[0]).await, connect(&cluster[1]).await);
    ada.join("presence-room", &user("ada")).await.unwrap();
    bo.join("presence-room", &user("bo")).await.unwrap();
    ada.next("pusher_internal:member_added").await.unwrap();
    for node in cluster.nodes() {
        members_become(node, SOON, &["ada", "bo"]).await;
    }
    // Who was there a moment before bo is in the first roster, or told of behind it.
    bo.all_until_pong().await.unwrap();
    cluster.redis.restart().await;
    for node in cluster.nodes() {
        bus_is(node, true).await;
    }
    // Longer than a lease: what Redis has forgotten must have been told it again by then.
    tokio::time::sleep(Duration::from_secs(12)).await;
    for socket in [&mut ada, &mut bo] {
        let frames = socket.all_until_pong().await.unwrap();
        assert!(frames.is_empty(), "{frames:?}");
    }
    for node in cluster.nodes() {
        let users = api(node).get("/channels/presence-room/users", &[]).await;
        let ids = users["users"].as_array().unwrap().iter().map(|user| user["id"].to_string());
        assert_eq!(ids.collect::<BTreeSet<_>>().len(), 2);
    }
}
