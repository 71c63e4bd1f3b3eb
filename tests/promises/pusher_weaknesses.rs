//! Where other servers of Pusher's protocol are weak, and this one is not: a test for every row of that
//! table, numbered as the rows are. Rows 14, 15 and 16 are about several nodes; here is what one node
//! can show of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::pusher::{self, PusherApp, PusherSocket};
use crate::support::pusher_api::{PusherApi, now_s};
use crate::support::{Receiver, SOON, TestApp};

const APP: PusherApp = PusherApp::TEST;

async fn talkative() -> Arc<TestApp> {
    APP.serve(json!({ "client_events": true })).await
}

fn api(server: &TestApp) -> PusherApi {
    PusherApi::new(server, APP.id, APP.key, APP.secret)
}

#[tokio::test]
async fn row_1_no_short_frame_of_a_stranger_ends_the_server() {
    let server = talkative().await;
    let mut bystander = PusherSocket::connect(&server, APP).await.unwrap();
    bystander.subscribe("news").await.unwrap();
    let frames = [
        r#"{"event":"pusher:subscribe"}"#,
        r#"{"event":"pusher:unsubscribe"}"#,
        r#"{"event":"pusher:signin"}"#,
        r#"{"event":"pusher:subscribe","data":{"channel":5}}"#,
        r#"{"event":"pusher:unsubscribe","data":{"channel":5}}"#,
        r#"{"event":"pusher:subscribe","data":null}"#,
        r#"{"event":"pusher:signin","data":{"user_data":5}}"#,
        r#"{"event":"client-x"}"#,
        r#"{"event":null}"#,
        "{}",
        "[]",
        "null",
        "",
        "{",
    ];
    let mut stranger = PusherSocket::connect(&server, APP).await.unwrap();
    for frame in frames {
        stranger.write(frame.to_owned()).await.unwrap();
        let told = stranger.all_until_pong().await.unwrap();
        assert_eq!(told.len(), 1, "{frame} is answered: {told:?}");
        assert_eq!(told[0]["event"], "pusher:error", "{frame}");
    }
    stranger.write_binary(b"\x00\xff{}").await.unwrap();
    assert_eq!(stranger.all_until_pong().await.unwrap().len(), 1, "binary frames are not spoken");
    api(&server).trigger("news", "told", &json!(1)).await;
    bystander.next("told").await.unwrap();
    assert!(server.is_alive().await);
}

#[tokio::test]
async fn row_2_an_error_of_the_http_api_has_its_status() {
    let server = talkative().await;
    let api = api(&server);
    let status = async |api: &PusherApi, method, path, body: Option<Value>| {
        api.send(method, path, &[], body.as_ref()).await.status().as_u16()
    };
    let stranger = PusherApi { secret: "not-the-secret".to_owned(), ..api.clone() };
    let lost = PusherApi { app_id: "no-such-app".to_owned(), ..api.clone() };
    let event = || Some(json!({ "name": "e", "channel": "c", "data": "" }));
    assert_eq!(status(&stranger, Method::POST, "/events", event()).await, 401);
    assert_eq!(status(&lost, Method::POST, "/events", event()).await, 404);
    assert_eq!(status(&api, Method::GET, "/channels/open/users", None).await, 400);
    assert_eq!(status(&api, Method::POST, "/events", Some(json!({ "name": "e" }))).await, 400);
    assert_eq!(status(&api, Method::POST, "/events", event()).await, 200);
}

#[tokio::test]
async fn row_3_a_captured_request_is_worth_nothing_later() {
    let server = talkative().await;
    let api = api(&server);
    let body = || Some(json!({ "name": "e", "channel": "c", "data": "" }).to_string());
    let path = format!("/apps/{}/events", APP.id);
    for (age, wanted) in [(0, 200), (500, 200), (700, 401), (-500, 200), (-700, 401)] {
        let request = api.sign(Method::POST, &path, &[], body(), now_s() - age);
        let status = api.deliver(request).await.status().as_u16();
        assert_eq!(status, wanted, "{age} seconds old");
    }
}

#[tokio::test]
async fn row_4_channel_data_is_signed_on_any_private_channel() {
    let server = talkative().await;
    let mut socket = PusherSocket::connect(&server, APP).await.unwrap();
    let data = json!({ "user_id": "7" });
    for channel in ["private-a", "private-encrypted-a", "private-cache-a"] {
        socket.join(channel, &data).await.unwrap();
        // A signature that leaves it out is none.
        let other = format!("{channel}-other");
        let auth = APP.authorize(&socket.socket_id, &other, None);
        socket.ask_to_subscribe(&other, &auth, Some(&data.to_string())).await.unwrap();
        let refused = socket.next("pusher:subscription_error").await.unwrap();
        assert_eq!(refused["channel"], other.as_str());
    }
}

#[tokio::test]
async fn row_5_a_number_is_a_user_id() {
    let server = talkative().await;
    let mut socket = PusherSocket::connect(&server, APP).await.unwrap();
    let member = json!({ "user_id": 10, "user_info": { "name": "Mr. Channels" } });
    let roster = socket.join("presence-foobar", &member).await.unwrap();
    let hash = json!({ "10": { "name": "Mr. Channels" } });
    assert_eq!(roster, json!({ "presence": { "ids": ["10"], "hash": hash, "count": 1 } }));
    let mut other = PusherSocket::connect(&server, APP).await.unwrap();
    let same_user = json!({ "user_id": "10", "user_info": { "name": "Mr. Channels" } });
    let roster = other.join("presence-foobar", &same_user).await.unwrap();
    assert_eq!(roster["presence"]["count"], 1);
    assert!(socket.all_until_pong().await.unwrap().is_empty(), "nobody was added");
}

#[tokio::test]
async fn row_6_a_client_event_on_a_presence_channel_names_its_user() {
    let server = talkative().await;
    let mut ada = PusherSocket::connect(&server, APP).await.unwrap();
    let mut bo = PusherSocket::connect(&server, APP).await.unwrap();
    for (socket, id) in [(&mut ada, "ada"), (&mut bo, "bo")] {
        socket.join("presence-a", &json!({ "user_id": id })).await.unwrap();
        socket.subscribe("private-a").await.unwrap();
    }
    // Whatever the client claims, the id is that of its subscription.
    let claim =
        json!({ "event": "client-x", "channel": "presence-a", "data": {}, "user_id": "bo" });
    ada.write(claim.to_string()).await.unwrap();
    let heard = bo.next("client-x").await.unwrap();
    assert_eq!(heard["user_id"], "ada");
    ada.say("private-a", "client-y", json!(1)).await.unwrap();
    let heard = bo.next("client-y").await.unwrap();
    assert_eq!(heard.get("user_id"), None, "a private channel has no members");
}

#[tokio::test]
async fn row_7_an_unknown_key_is_told_so_and_closed_with_4001() {
    let server = talkative().await;
    let refused = PusherSocket::refused(&server, &pusher::path("no-such-key"), &[]).await.unwrap();
    assert_eq!(refused.error["code"], 4001);
    assert_eq!(refused.code, Some(4001));
}

#[tokio::test]
async fn row_8_watchlist_events_come_as_pusher_js_reads_them() {
    let server = talkative().await;
    let mut first = PusherSocket::connect(&server, APP).await.unwrap();
    first.sign_in(&json!({ "id": "here" })).await.unwrap();
    let mut watcher = PusherSocket::connect(&server, APP).await.unwrap();
    let user = json!({ "id": "watcher", "watchlist": ["here", "away"] });
    watcher.sign_in(&user).await.unwrap();
    let event = "pusher_internal:watchlist_events";
    let mut told = watcher.next_data(event).await.unwrap()["events"].as_array().unwrap().clone();
    told.sort_by_key(|it| it["name"].as_str().unwrap().to_owned());
    let offline = json!({ "name": "offline", "user_ids": ["away"] });
    assert_eq!(told, [offline, json!({ "name": "online", "user_ids": ["here"] })]);
    first.vanish();
    let told = watcher.next_data(event).await.unwrap();
    assert_eq!(told, json!({ "events": [{ "name": "offline", "user_ids": ["here"] }] }));
}

#[tokio::test]
async fn row_9_who_signed_in_needs_no_channel_data() {
    let server = talkative().await;
    let mut ada = PusherSocket::connect(&server, APP).await.unwrap();
    ada.sign_in(&json!({ "id": "ada", "user_info": { "name": "Ada" } })).await.unwrap();
    let roster = ada.subscribe("presence-a").await.unwrap();
    assert_eq!(roster["presence"]["hash"], json!({ "ada": { "name": "Ada" } }));
    // Channel data wins where there are both.
    let roster = ada.join("presence-b", &json!({ "user_id": "other" })).await.unwrap();
    assert_eq!(roster["presence"]["ids"], json!(["other"]));
    // Who is nobody is no member, and learns why.
    let mut nobody = PusherSocket::connect(&server, APP).await.unwrap();
    let auth = APP.authorize(&nobody.socket_id, "presence-a", None);
    nobody.ask_to_subscribe("presence-a", &auth, None).await.unwrap();
    nobody.next("pusher:subscription_error").await.unwrap();
    assert!(nobody.all_until_pong().await.unwrap().is_empty());
}

#[tokio::test]
async fn row_10_webhooks_hear_nothing_of_who_is_away_for_a_moment() {
    let receiver = Receiver::start().await;
    let server = APP.serve(json!({ "webhooks": [{ "url": receiver.url }] })).await;
    let mut socket = PusherSocket::connect(&server, APP).await.unwrap();
    let member = json!({ "user_id": "ada" });
    for _ in 0..3 {
        socket.join("presence-a", &member).await.unwrap();
        socket.unsubscribe("presence-a").await.unwrap();
        socket.vanish();
        socket = PusherSocket::connect(&server, APP).await.unwrap();
    }
    let left_at = Instant::now();
    let told = receiver.until(SOON, |events| events.len() == 4).await;
    assert!(left_at.elapsed() > Duration::from_millis(2_900), "{:?}", left_at.elapsed());
    let names: BTreeSet<_> = told.iter().map(|it| it["name"].as_str().unwrap()).collect();
    let each_once = ["channel_occupied", "channel_vacated", "member_added", "member_removed"];
    assert_eq!(names, BTreeSet::from(each_once));
}

#[tokio::test]
async fn row_11_clients_without_websockets_connect_over_http() {
    let server = talkative().await;
    for (session, transport) in [("abcdefgh", "xhr_streaming"), ("ijklmnop", "xhr")] {
        let query = "protocol=7&client=js&version=8.6.0&t=1&n=1";
        let path = format!("/pusher/app/{}/123/{session}/{transport}", APP.key);
        let url = format!("{}{path}?{query}", server.base_url);
        let mut answer = Client::new().post(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{transport}");
        let mut body = String::new();
        let until = Instant::now() + SOON;
        while !body.contains('o') && Instant::now() < until {
            let chunk = answer.chunk().await.unwrap().expect("the answer opens the session");
            body.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        assert!(body.trim_start_matches(['h', '\n']).starts_with('o'), "{transport}: {body}");
    }
}

#[tokio::test]
async fn row_14_an_event_goes_to_its_own_app_and_channel_alone() {
    let server = talkative().await;
    let mut own = PusherSocket::connect(&server, APP).await.unwrap();
    let mut other = PusherSocket::connect(&server, PusherApp::OTHER).await.unwrap();
    for socket in [&mut own, &mut other] {
        socket.subscribe("news").await.unwrap();
        socket.subscribe("new").await.unwrap();
    }
    let api = api(&server);
    api.trigger("news", "told", &json!(1)).await;
    api.trigger("news-and-more", "told", &json!(2)).await;
    let heard = own.all_until_pong().await.unwrap();
    assert_eq!(heard, [json!({ "event": "told", "channel": "news", "data": "1" })]);
    assert!(other.all_until_pong().await.unwrap().is_empty());
}

#[tokio::test]
async fn row_15_a_join_waits_for_nothing_that_others_share() {
    let server = talkative().await;
    let held = server.hold_database().await;
    let mut sockets = Vec::new();
    for number in 1..=20 {
        let mut socket = PusherSocket::connect(&server, APP).await.unwrap();
        let roster = socket.join("presence-a", &json!({ "user_id": number })).await.unwrap();
        assert_eq!(roster["presence"]["count"], number);
        sockets.push(socket);
    }
    held.release().await;
}

#[tokio::test]
async fn row_16_nobody_is_left_over_from_a_server_that_was_killed() {
    let server = talkative().await;
    let mut ghost = PusherSocket::connect(&server, APP).await.unwrap();
    ghost.join("presence-a", &json!({ "user_id": "ghost" })).await.unwrap();
    server.kill9().await;
    server.restart().await;
    let api = api(&server);
    assert_eq!(api.get("/channels/presence-a/users", &[]).await, json!({ "users": [] }));
    let mut ada = PusherSocket::connect(&server, APP).await.unwrap();
    let roster = ada.join("presence-a", &json!({ "user_id": "ada" })).await.unwrap();
    assert_eq!(roster["presence"]["ids"], json!(["ada"]));
}

#[tokio::test]
async fn row_17_the_documented_limits_hold_for_an_app_that_sets_none() {
    let server = talkative().await;
    let api = api(&server);
    let status = async |path, body: Value| {
        api.send(Method::POST, path, &[], Some(&body)).await.status().as_u16()
    };
    let event = |bytes| json!({ "name": "e", "channel": "c", "data": "x".repeat(bytes) });
    assert_eq!(status("/events", event(10_240)).await, 200);
    assert_eq!(status("/events", event(10_241)).await, 413);
    let channels = |count| (0..count).map(|it| format!("c{it}")).collect::<Vec<_>>();
    let to = |count| json!({ "name": "e", "channels": channels(count), "data": "" });
    assert_eq!(status("/events", to(100)).await, 200);
    assert_eq!(status("/events", to(101)).await, 400);
    let batch = |count| json!({ "batch": vec![event(1); count] });
    assert_eq!(status("/batch_events", batch(10)).await, 200);
    assert_eq!(status("/batch_events", batch(11)).await, 400);

    let mut socket = PusherSocket::connect(&server, APP).await.unwrap();
    socket.subscribe(&"c".repeat(200)).await.unwrap();
    socket.subscribe(&"c".repeat(201)).await.unwrap_err();
    socket.subscribe("private-a").await.unwrap();
    for number in 0..11 {
        socket.say("private-a", "client-x", json!(number)).await.unwrap();
    }
    let refused = socket.all_until_pong().await.unwrap();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0]["data"]["code"], 4301);
}
