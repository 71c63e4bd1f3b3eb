//! Events arrive: once, in order, as they were published, whoever else listens.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::TestApp;
use crate::support::pusher::{self, PusherApp, PusherSocket};
use crate::support::pusher_api::PusherApi;

const APP: PusherApp = PusherApp::TEST;

fn api(server: &TestApp) -> PusherApi {
    PusherApi::new(server, APP.id, APP.key, APP.secret)
}

async fn subscriber(server: &TestApp, channel: &str) -> PusherSocket {
    let mut socket = PusherSocket::connect(server, APP).await.unwrap();
    socket.subscribe(channel).await.unwrap();
    socket
}

/// The numbers that a subscriber heard until now.
async fn heard(socket: &mut PusherSocket) -> Vec<u64> {
    let frames = socket.all_until_pong().await.unwrap();
    frames.iter().map(|frame| frame["data"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn everybody_hears_everything_each_publisher_in_its_order() {
    let server = APP.serve(json!({})).await;
    let mut subscribers = Vec::new();
    for _ in 0..5 {
        subscribers.push(subscriber(&server, "news").await);
    }
    let mut publishers = JoinSet::new();
    for publisher in 0..4 {
        let (server, api) = (Arc::clone(&server), api(&server));
        publishers.spawn(async move {
            for number in 0..50 {
                api.trigger("news", "n", &json!(publisher * 1_000 + number)).await;
            }
            drop(server);
        });
    }
    publishers.join_all().await;
    for subscriber in &mut subscribers {
        let heard = heard(subscriber).await;
        assert_eq!(heard.len(), 200);
        for publisher in 0..4 {
            let own: Vec<_> = heard.iter().filter(|it| **it / 1_000 == publisher).collect();
            assert!(own.is_sorted() && own.len() == 50, "{own:?}");
        }
    }
}

#[tokio::test]
async fn data_arrives_as_it_was_published() {
    let server = APP.serve(json!({})).await;
    let mut socket = subscriber(&server, "news").await;
    let texts = [
        "",
        "plain",
        "\"quoted\" \\ and\nbroken\u{2028}",
        "{\"json\": [1, 2.50, null]}",
        "🎈\u{0}",
    ];
    for text in texts {
        let event = json!({ "name": "e\"🎈", "channel": "news", "data": text });
        api(&server).post("/events", &event).await;
        let frame = socket.next("e\"🎈").await.unwrap();
        assert_eq!(frame, json!({ "event": "e\"🎈", "channel": "news", "data": text }));
    }
    // Data that is no text is published as its JSON.
    for value in [json!({ "a": [1] }), json!(5), Value::Null, json!(true)] {
        let event = json!({ "name": "e", "channel": "news", "data": value });
        api(&server).post("/events", &event).await;
        let frame = socket.next("e").await.unwrap();
        assert_eq!(pusher::data_of(&frame).unwrap(), value);
    }
}

#[tokio::test]
async fn who_stops_reading_is_closed_and_the_channel_goes_on() {
    const EVENTS: usize = 2_000;
    let small = [("REALTIME__QUEUE_BYTES_MAX", "262144")];
    let server = APP.serve_with(json!({}), &small).await;
    let mut watcher = PusherSocket::connect(&server, APP).await.unwrap();
    watcher.join("presence-a", &json!({ "user_id": "watcher" })).await.unwrap();
    let mut deaf = PusherSocket::connect(&server, APP).await.unwrap();
    deaf.join("presence-a", &json!({ "user_id": "deaf" })).await.unwrap();
    let api = api(&server);
    let event = json!({ "name": "n", "channel": "presence-a", "data": "x".repeat(10_000) });
    let mut came = 0;
    for _ in 0..EVENTS / 10 {
        api.post("/batch_events", &json!({ "batch": vec![event.clone(); 10] })).await;
        let frames = watcher.all_until_pong().await.unwrap();
        came += frames.iter().filter(|frame| frame["event"] == "n").count();
        if frames.iter().any(|frame| frame["event"] == "pusher_internal:member_removed") {
            break;
        }
    }
    let users = api.get("/channels/presence-a/users", &[]).await;
    assert_eq!(users, json!({ "users": [{ "id": "watcher" }] }), "after {came} events");
    assert_eq!(came % 10, 0, "the others missed nothing");
    let code = deaf.closed().await.unwrap_or(None);
    assert!(code.is_none_or(|code| code == 4100 || code < 4000), "{code:?} says: come back");
}

#[tokio::test]
async fn a_client_connects_behind_any_path() {
    let server = APP.serve(json!({})).await;
    for prefix in ["", "/ws", "/some/prefix", "/app"] {
        let path = format!("{prefix}{}", pusher::path(APP.key));
        let mut socket = PusherSocket::connect_to(&server, APP, &path).await.unwrap();
        socket.subscribe("news").await.unwrap();
    }
}

#[tokio::test]
async fn an_event_spares_its_socket_alone_and_only_where_that_is_subscribed() {
    let server = APP.serve(json!({})).await;
    let (mut one, mut two) = (subscriber(&server, "news").await, subscriber(&server, "news").await);
    let mut elsewhere = subscriber(&server, "more").await;
    let api = api(&server);
    for socket_id in [one.socket_id.clone(), elsewhere.socket_id.clone(), "1.1".to_owned()] {
        let event =
            json!({ "name": "n", "channels": ["news"], "data": "1", "socket_id": socket_id });
        api.post("/events", &event).await;
    }
    assert_eq!(heard(&mut one).await.len(), 2);
    assert_eq!(heard(&mut two).await.len(), 3);
    assert!(heard(&mut elsewhere).await.is_empty());
}
