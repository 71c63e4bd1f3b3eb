//! Presence channels are right: however many connections a user has, however they come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::support::pusher::{PusherApp, PusherSocket, data_of};
use crate::support::pusher_api::PusherApi;
use crate::support::{SOON, TestApp};

const APP: PusherApp = PusherApp::TEST;
const ROOM: &str = "presence-room";

async fn serve() -> Arc<TestApp> {
    APP.serve(json!({ "client_events": true })).await
}

async fn member(server: &TestApp, id: &str) -> PusherSocket {
    let mut socket = PusherSocket::connect(server, APP).await.unwrap();
    socket.join(ROOM, &user(id)).await.unwrap();
    socket
}

fn user(id: &str) -> Value {
    json!({ "user_id": id, "user_info": { "name": id.to_uppercase() } })
}

/// What a member was told of others so far: `+id` and `-id`.
async fn news(socket: &mut PusherSocket) -> Vec<String> {
    let frames = socket.all_until_pong().await.unwrap();
    let told = frames.iter().filter_map(|frame| {
        let sign = match frame["event"].as_str()? {
            "pusher_internal:member_added" => '+',
            "pusher_internal:member_removed" => '-',
            _ => return None,
        };
        Some(format!("{sign}{}", data_of(frame).ok()?["user_id"].as_str()?))
    });
    told.collect()
}

async fn next_removed(socket: &mut PusherSocket) -> Value {
    socket.next_data("pusher_internal:member_removed").await.unwrap()["user_id"].clone()
}

async fn users(server: &TestApp) -> Vec<String> {
    let api = PusherApi::new(server, APP.id, APP.key, APP.secret);
    let answer = api.get(&format!("/channels/{ROOM}/users"), &[]).await;
    let users = answer["users"].as_array().unwrap();
    let mut ids: Vec<_> = users.iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn a_user_with_several_connections_is_one_member() {
    let server = serve().await;
    let mut ada = member(&server, "ada").await;
    let (first, second, mut third) =
        (member(&server, "bo").await, member(&server, "bo").await, member(&server, "bo").await);
    let added = ada.next_data("pusher_internal:member_added").await.unwrap();
    assert_eq!(added, user("bo"), "the others are told who came");
    assert!(news(&mut ada).await.is_empty(), "and only once");
    assert!(news(&mut third).await.is_empty(), "nobody is told of oneself");
    assert_eq!(users(&server).await, ["ada", "bo"]);

    first.leave().await;
    second.vanish();
    let mut observer = member(&server, "observer").await;
    assert_eq!(users(&server).await, ["ada", "bo", "observer"]);
    third.unsubscribe(ROOM).await.unwrap();
    assert_eq!(next_removed(&mut ada).await, "bo");
    assert_eq!(next_removed(&mut observer).await, "bo");
    assert_eq!(news(&mut ada).await, ["+observer"]);
    assert_eq!(users(&server).await, ["ada", "observer"]);
}

#[tokio::test]
async fn a_client_that_is_killed_without_a_close_is_gone() {
    let server = serve().await;
    let mut ada = member(&server, "ada").await;
    let bo = member(&server, "bo").await;
    bo.vanish();
    assert_eq!(next_removed(&mut ada).await, "bo");
    assert_eq!(users(&server).await, ["ada"]);
}

#[tokio::test]
async fn a_client_whose_line_is_dead_is_gone_after_its_time() {
    let impatient = [("PUSHER__ACTIVITY_TIMEOUT_MS", "1000"), ("PUSHER__PONG_TIMEOUT_MS", "500")];
    let server = APP.serve_with(json!({}), &impatient).await;
    let mut ada = member(&server, "ada").await;
    // Neither reads nor writes any more, and its connection stays open: a cable that was pulled.
    let _silent = member(&server, "bo").await;
    let staying = async {
        loop {
            ada.next("pusher:ping").await.unwrap();
            ada.send("pusher:pong", json!({})).await.unwrap();
            if ada.kept_event("pusher_internal:member_removed").is_some() {
                break;
            }
        }
    };
    timeout(SOON, staying).await.expect("bo is removed");
    assert_eq!(users(&server).await, ["ada"]);
}

#[tokio::test]
async fn who_comes_back_before_the_old_connection_ends_never_left() {
    let server = serve().await;
    let mut ada = member(&server, "ada").await;
    let mut old = member(&server, "bo").await;
    ada.next("pusher_internal:member_added").await.unwrap();
    for _ in 0..20 {
        let new = member(&server, "bo").await;
        std::mem::replace(&mut old, new).vanish();
    }
    old.leave().await;
    assert_eq!(next_removed(&mut ada).await, "bo");
    assert!(news(&mut ada).await.is_empty(), "one coming, one going");
}

#[tokio::test]
async fn many_who_come_and_go_at_once_leave_everybody_agreeing() {
    let server = serve().await;
    let mut ada = member(&server, "ada").await;
    let mut tasks = JoinSet::new();
    for number in 0..30 {
        let server = Arc::clone(&server);
        tasks.spawn(async move {
            // Three connections of each of ten users; those of even users stay.
            let user = number % 10;
            let socket = member(&server, &format!("user-{user}")).await;
            (user % 2 == 0).then_some(socket)
        });
    }
    let staying: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    let deadline = Instant::now() + SOON;
    while users(&server).await.len() != 6 {
        assert!(Instant::now() < deadline, "{:?}", users(&server).await);
    }
    let mut balance = BTreeMap::<String, i32>::new();
    for line in news(&mut ada).await {
        let step = if line.starts_with('+') { 1 } else { -1 };
        let count = balance.entry(line[1..].to_owned()).or_default();
        *count += step;
        assert!((0..=1).contains(count), "{line} comes in its order");
    }
    let here: Vec<_> = balance.iter().filter(|(_, count)| **count == 1).map(|(id, _)| id).collect();
    assert_eq!(here, ["user-0", "user-2", "user-4", "user-6", "user-8"]);
    assert_eq!(staying.len(), 15);
}

/// One of three users does something, again and again; the one who watches must always see who is there.
#[tokio::test]
async fn whatever_they_do_in_whatever_order_the_others_see_who_is_there() {
    const SEED: u64 = 7;
    let mut random = StdRng::seed_from_u64(SEED);
    let server = serve().await;
    let mut observer = member(&server, "observer").await;
    let mut seen = BTreeSet::from(["observer".to_owned()]);
    let mut sockets: Vec<(usize, bool, PusherSocket)> = Vec::new();
    for step in 0..300 {
        let chosen = random.random_range(0..=sockets.len().max(5));
        match (sockets.get_mut(chosen), random.random_range(0..4)) {
            (None, _) => {
                let socket = PusherSocket::connect(&server, APP).await.unwrap();
                sockets.push((random.random_range(0..3), false, socket));
            }
            (Some((user, is_member, socket)), 0 | 1) => {
                let id = format!("user-{user}");
                let member = json!({ "user_id": id, "user_info": { "name": id.to_uppercase() } });
                socket.join(ROOM, &member).await.unwrap();
                *is_member = true;
            }
            (Some((_, is_member, socket)), 2) => {
                socket.unsubscribe(ROOM).await.unwrap();
                socket.all_until_pong().await.unwrap();
                *is_member = false;
            }
            (Some(_), _) => sockets.remove(chosen).2.leave().await,
        }
        let here = sockets.iter().filter(|(_, is_member, _)| *is_member);
        let mut wanted: BTreeSet<_> = here.map(|(user, ..)| format!("user-{user}")).collect();
        wanted.insert("observer".to_owned());
        let deadline = Instant::now() + SOON;
        while seen != wanted {
            assert!(
                Instant::now() < deadline,
                "seed {SEED}, step {step}: {seen:?}, not {wanted:?}"
            );
            for change in news(&mut observer).await {
                let id = change[1..].to_owned();
                let is_change =
                    if change.starts_with('+') { seen.insert(id) } else { seen.remove(&id) };
                assert!(is_change, "seed {SEED}, step {step}: {change} comes twice");
            }
        }
        assert_eq!(users(&server).await.len(), wanted.len(), "seed {SEED}, step {step}");
    }
}

#[tokio::test]
async fn a_roster_counts_users_and_shows_what_was_told_of_them() {
    let server = serve().await;
    let mut socket = PusherSocket::connect(&server, APP).await.unwrap();
    let odd = json!({ "user_id": "quote\" 🎈", "user_info": ["any", { "json": null }, 1.50] });
    socket.join(ROOM, &odd).await.unwrap();
    let mut plain = PusherSocket::connect(&server, APP).await.unwrap();
    let roster = plain.join(ROOM, &json!({ "user_id": 7 })).await.unwrap();
    let roster = &roster["presence"];
    assert_eq!(roster["count"], 2);
    assert_eq!(roster["hash"]["quote\" 🎈"], odd["user_info"]);
    assert!(roster["hash"]["7"].is_null() || roster["hash"]["7"] == json!({}));
    let mut ids: Vec<_> =
        roster["ids"].as_array().unwrap().iter().map(ToString::to_string).collect();
    ids.sort();
    assert_eq!(ids, ["\"7\"", "\"quote\\\" 🎈\""]);
}

#[tokio::test]
async fn subscribing_twice_is_answered_twice_and_counts_once() {
    let server = serve().await;
    let mut ada = member(&server, "ada").await;
    let mut bo = member(&server, "bo").await;
    let roster = bo.join(ROOM, &user("bo")).await.unwrap();
    assert_eq!(roster["presence"]["count"], 2);
    assert_eq!(news(&mut ada).await, ["+bo"]);
    bo.unsubscribe(ROOM).await.unwrap();
    bo.unsubscribe(ROOM).await.unwrap();
    assert!(bo.all_until_pong().await.unwrap().is_empty(), "leaving is not answered");
    assert_eq!(news(&mut ada).await, ["-bo"]);
}

#[tokio::test]
async fn who_is_in_no_room_says_nothing_there() {
    let server = serve().await;
    let mut ada = member(&server, "ada").await;
    let mut bo = member(&server, "bo").await;
    ada.next("pusher_internal:member_added").await.unwrap();
    bo.unsubscribe(ROOM).await.unwrap();
    assert_eq!(next_removed(&mut ada).await, "bo");
    bo.say(ROOM, "client-x", json!({})).await.unwrap();
    bo.next("pusher:error").await.unwrap();
    assert!(ada.all_until_pong().await.unwrap().is_empty());
}
