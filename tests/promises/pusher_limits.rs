//! The limits of an app: at the edge all is well, one past it is refused, and nothing else happens.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use crate::support::TestApp;
use crate::support::pusher::{PusherApp, PusherSocket};
use crate::support::pusher_api::PusherApi;

const APP: PusherApp = PusherApp::TEST;

async fn connect(server: &TestApp) -> PusherSocket {
    PusherSocket::connect(server, APP).await.unwrap()
}

/// A server whose app has these limits, and client events.
async fn limited(mut limits: Value) -> Arc<TestApp> {
    limits["client_events"] = json!(true);
    APP.serve(limits).await
}

async fn status(server: &TestApp, path: &str, body: Value) -> u16 {
    let api = PusherApi::new(server, APP.id, APP.key, APP.secret);
    api.send(Method::POST, path, &[], Some(&body)).await.status().as_u16()
}

/// What a subscription with this channel data is refused with; `None` when it is not.
async fn refusal(server: &TestApp, channel: &str, data: &Value) -> Option<Value> {
    let mut socket = connect(server).await;
    let data = data.to_string();
    let auth = APP.authorize(&socket.socket_id, channel, Some(&data));
    socket.ask_to_subscribe(channel, &auth, Some(&data)).await.unwrap();
    let mut told = socket.all_until_pong().await.unwrap();
    // Who was asked about before may be leaving just now.
    told.retain(|it| it["event"] != "pusher_internal:member_removed");
    assert_eq!(told.len(), 1, "one answer: {told:?}");
    let refused = told[0]["event"] == "pusher:subscription_error";
    assert_eq!(told[0]["channel"], channel);
    refused.then(|| told[0]["data"].clone())
}

#[tokio::test]
async fn a_channel_has_so_many_members_and_their_further_connections() {
    let server = limited(json!({ "presence_members_max": 3 })).await;
    let mut here = Vec::new();
    for id in ["a", "b", "c", "a", "c"] {
        let mut socket = connect(&server).await;
        socket.join("presence-full", &json!({ "user_id": id })).await.unwrap();
        here.push(socket);
    }
    let refused = refusal(&server, "presence-full", &json!({ "user_id": "d" })).await.unwrap();
    assert_eq!(refused["type"], "LimitReached");
    here.remove(1).leave().await;
    here[0].next("pusher_internal:member_removed").await.unwrap();
    assert_eq!(refusal(&server, "presence-full", &json!({ "user_id": "d" })).await, None);
}

#[tokio::test]
async fn what_is_told_of_a_member_has_its_limits() {
    let server = limited(json!({})).await;
    let id = |length| json!({ "user_id": "u".repeat(length) });
    assert_eq!(refusal(&server, "presence-a", &id(128)).await, None);
    assert_eq!(refusal(&server, "presence-a", &id(129)).await.unwrap()["type"], "LimitReached");
    let quotes = 2;
    let info = |bytes: usize| json!({ "user_id": "u", "user_info": "i".repeat(bytes - quotes) });
    assert_eq!(refusal(&server, "presence-a", &info(1024)).await, None);
    assert_eq!(refusal(&server, "presence-a", &info(1025)).await.unwrap()["type"], "LimitReached");
    // The same holds for what was told of a user who signed in.
    let mut user = connect(&server).await;
    user.sign_in(&json!({ "id": "u", "user_info": "i".repeat(1024) })).await.unwrap();
    user.subscribe("presence-a").await.unwrap_err();
    for nobody in [json!({}), json!({ "user_id": null }), json!({ "user_id": "" }), json!([])] {
        assert!(refusal(&server, "presence-a", &nobody).await.is_some(), "{nobody}");
    }
}

#[tokio::test]
async fn the_name_of_a_channel_is_of_few_characters_and_not_too_long() {
    let server = limited(json!({ "channel_name_chars_max": 164 })).await;
    let mut socket = connect(&server).await;
    for name in ["a", "A-z_0=9@b,c.d;e", &"c".repeat(164)] {
        socket.subscribe(name).await.unwrap();
    }
    let long = "c".repeat(165);
    for name in ["", "with space", "grüße", "a/b", "a:b", "#a", "#server-to-user-", "a\u{0}", &long]
    {
        socket.ask_to_subscribe(name, "", None).await.unwrap();
        let told = socket.all_until_pong().await.unwrap();
        assert_eq!(told.len(), 1, "{name:?}: {told:?}");
        let event = told[0]["event"].as_str().unwrap();
        assert!(
            ["pusher:subscription_error", "pusher:error"].contains(&event),
            "{name:?}: {event}"
        );
    }
}

#[tokio::test]
async fn a_connection_has_so_many_channels_and_may_change_them() {
    let server = limited(json!({ "channels_per_connection_max": 3 })).await;
    let mut socket = connect(&server).await;
    // Neither the user's own channel nor those it watches are among them.
    let user = json!({ "id": "ada", "watchlist": ["b", "c", "d", "e"] });
    socket.sign_in(&user).await.unwrap();
    socket.subscribe("#server-to-user-ada").await.unwrap();
    for name in ["one", "two", "three", "three", "one"] {
        socket.subscribe(name).await.unwrap();
    }
    socket.subscribe("four").await.unwrap_err();
    socket.unsubscribe("two").await.unwrap();
    socket.subscribe("four").await.unwrap();
}

#[tokio::test]
async fn an_event_has_its_limits_whoever_publishes_it() {
    let server = limited(json!({ "event_bytes_max": 100, "event_name_chars_max": 20 })).await;
    let (mut ada, mut bo) = (connect(&server).await, connect(&server).await);
    for socket in [&mut ada, &mut bo] {
        socket.subscribe("private-a").await.unwrap();
    }
    let name = |length: usize| format!("client-{}", "n".repeat(length - 7));
    let data = |bytes: usize| json!("d".repeat(bytes));
    let quotes = 2;
    for (event, data, refused) in [
        (name(20), data(100 - quotes), false),
        (name(21), data(1), true),
        (name(20), data(101), true),
    ] {
        ada.say("private-a", &event, data).await.unwrap();
        let told = ada.all_until_pong().await.unwrap();
        assert_eq!(told.iter().any(|it| it["data"]["code"] == 4301), refused, "{event}: {told:?}");
    }
    assert_eq!(bo.all_until_pong().await.unwrap().len(), 1);
    let event = |name: usize, bytes: usize| json!({ "name": "n".repeat(name), "channel": "private-a", "data": "d".repeat(bytes) });
    assert_eq!(status(&server, "/events", event(20, 100)).await, 200);
    assert_eq!(status(&server, "/events", event(21, 1)).await, 400);
    assert_eq!(status(&server, "/events", event(20, 101)).await, 413);
    assert_eq!(bo.all_until_pong().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_has_so_many_channels_and_so_many_events() {
    let server = limited(json!({ "channels_per_event_max": 3, "events_per_batch_max": 2 })).await;
    let to = |count: usize| {
        let channels: Vec<_> = (0..count).map(|it| format!("c{it}")).collect();
        json!({ "name": "e", "data": "", "channels": channels })
    };
    assert_eq!(status(&server, "/events", to(3)).await, 200);
    assert_eq!(status(&server, "/events", to(4)).await, 400);
    let batch =
        |count| json!({ "batch": vec![json!({ "name": "e", "channel": "c", "data": "" }); count] });
    assert_eq!(status(&server, "/batch_events", batch(2)).await, 200);
    assert_eq!(status(&server, "/batch_events", batch(3)).await, 400);
}

#[tokio::test]
async fn client_events_flow_again_after_a_second() {
    let server = limited(json!({ "client_events_per_second": 4 })).await;
    let (mut ada, mut bo) = (connect(&server).await, connect(&server).await);
    for socket in [&mut ada, &mut bo] {
        socket.subscribe("private-a").await.unwrap();
    }
    for number in 0..10 {
        ada.say("private-a", "client-n", json!(number)).await.unwrap();
    }
    let refused = ada.all_until_pong().await.unwrap();
    assert!((5..=6).contains(&refused.len()), "{refused:?}");
    assert!(refused.iter().all(|it| it["data"]["code"] == 4301));
    assert_eq!(bo.all_until_pong().await.unwrap().len(), 10 - refused.len());
    let began = Instant::now();
    let mut heard = 0;
    while heard < 4 {
        ada.say("private-a", "client-n", json!(0)).await.unwrap();
        heard += bo.all_until_pong().await.unwrap().len();
        assert!(began.elapsed() < Duration::from_secs(5), "{heard} events in five seconds");
        sleep(Duration::from_millis(50)).await;
    }
    assert!(began.elapsed() > Duration::from_millis(500), "not at once");
}

#[tokio::test]
async fn what_a_cache_channel_remembers_is_forgotten_in_time() {
    let server = limited(json!({ "cache_ttl_ms": 400 })).await;
    let mut first = connect(&server).await;
    first.subscribe("cache-a").await.unwrap();
    first.next("pusher:cache_miss").await.unwrap();
    let api = PusherApi::new(&server, APP.id, APP.key, APP.secret);
    api.trigger("cache-a", "state", &json!({ "n": 1 })).await;
    let mut second = connect(&server).await;
    second.subscribe("cache-a").await.unwrap();
    assert_eq!(second.next_data("state").await.unwrap(), json!({ "n": 1 }));
    sleep(Duration::from_millis(450)).await;
    let mut third = connect(&server).await;
    third.subscribe("cache-a").await.unwrap();
    third.next("pusher:cache_miss").await.unwrap();
}
