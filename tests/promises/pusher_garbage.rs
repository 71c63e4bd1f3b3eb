//! No frame of a stranger, of any shape, hurts a bystander: thousands of damaged ones, over sockets, the
//! HTTP transports and the HTTP API, while others talk.

use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::StdRng;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::damage::{damage, damaged};
use crate::support::pusher::{self, PusherApp, PusherSocket};
use crate::support::pusher_api::PusherApi;
use crate::support::{SOON, TestApp};

const APP: PusherApp = PusherApp::TEST;

/// What a client may say without anybody's leave, to be damaged.
const FRAMES: [&str; 16] = [
    r#"{"event":"pusher:subscribe","data":{"channel":"news","auth":""}}"#,
    r#"{"event":"pusher:subscribe","data":"{\"channel\":\"news\"}"}"#,
    r#"{"event":"pusher:subscribe","data":{"channel":"private-talk","auth":"the-apps-key:00"}}"#,
    r#"{"event":"pusher:subscribe","data":{"channel":"presence-talk","auth":"the-apps-key:0123456789abcdef","channel_data":"{\"user_id\":\"1\",\"user_info\":{}}"}}"#,
    r##"{"event":"pusher:subscribe","data":{"channel":"#server-to-user-ada","auth":""}}"##,
    r#"{"event":"pusher:subscribe","data":{"channel":5}}"#,
    r#"{"event":"pusher:unsubscribe","data":{"channel":"private-talk"}}"#,
    r#"{"event":"pusher:unsubscribe"}"#,
    r#"{"event":"pusher:signin","data":{"auth":"the-apps-key:00","user_data":"{\"id\":\"ada\",\"watchlist\":[\"bo\"]}"}}"#,
    r#"{"event":"pusher:ping","data":{}}"#,
    r#"{"event":"pusher:pong","data":""}"#,
    r#"{"event":"client-said","channel":"private-talk","data":{"x":[1,2.5e3,null]}}"#,
    r#"{"event":"client-said","channel":"presence-talk","data":"text","user_id":"ada"}"#,
    r#"{"event":"pusher_internal:member_removed","channel":"presence-talk","data":"{\"user_id\":\"ada\"}"}"#,
    r#"{"event":"said","channel":"private-talk","data":"\ud83d\ude00\u0000"}"#,
    r#"[[[[[[[[[[[[[[[[{"event":{"event":{"event":[]}}}]]]]]]]]]]]]]]]]"#,
];

/// What the HTTP transports carry from a client.
const BODIES: [&str; 4] = [
    r#"["{\"event\":\"pusher:subscribe\",\"data\":{\"channel\":\"news\"}}"]"#,
    r#"["{\"event\":\"client-said\",\"channel\":\"private-talk\",\"data\":1}","{}"]"#,
    r"[]",
    r#"["{\"path\":\"/app/the-apps-key?protocol=7\"}"]"#,
];

/// The end of a request to the HTTP API that nobody signed.
const REQUESTS: [&str; 5] = [
    "events?auth_key=the-apps-key&auth_timestamp=1353088179&auth_version=1.0&body_md5=ec365a775a4cd0599faeb73354201b6f&auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c",
    "batch_events?auth_key=the-apps-key",
    "channels/presence-talk/users?auth_key=a&auth_key=b&auth_signature=%ff%00",
    "users/ada/terminate_connections?auth_version=1.0&auth_timestamp=99999999999999999999",
    "channels?filter_by_prefix=&info=user_count,subscription_count",
];

#[tokio::test]
async fn no_frame_of_a_stranger_hurts_a_bystander() {
    let server = APP.serve(json!({ "client_events": true, "client_events_per_second": 0 })).await;
    let stop = CancellationToken::new();
    let mut bystanders = JoinSet::new();
    for number in 0..3 {
        // They are there before the first stone flies.
        let pair = (member(&server, number, "a").await, member(&server, number, "b").await);
        bystanders.spawn(talk(pair, room(number), stop.clone()));
    }
    let mut vandals = JoinSet::new();
    for seed in 0..3 {
        vandals.spawn(break_sockets(Arc::clone(&server), seed));
        vandals.spawn(break_http_transports(Arc::clone(&server), seed));
        vandals.spawn(break_api(Arc::clone(&server), seed));
    }
    while let Some(ended) = vandals.join_next().await {
        ended.unwrap();
    }
    stop.cancel();
    for spoken in bystanders.join_all().await {
        assert!(spoken > 10, "only {spoken} events got through");
    }
    let api = PusherApi::new(&server, APP.id, APP.key, APP.secret);
    for number in 0..3 {
        let path = format!("/channels/{}/users", room(number));
        let deadline = Instant::now() + SOON;
        while api.get(&path, &[]).await != json!({ "users": [] }) {
            assert!(Instant::now() < deadline, "somebody is left over in {path}");
        }
    }
    assert!(server.is_alive().await);
    assert!(!server.log().contains("panicked"), "see the log");
}

fn room(number: usize) -> String {
    format!("presence-talk-{number}")
}

async fn member(server: &TestApp, number: usize, name: &str) -> PusherSocket {
    let mut socket = PusherSocket::connect(server, APP).await.unwrap();
    let user = json!({ "user_id": format!("{name}-{number}") });
    socket.join(&room(number), &user).await.unwrap();
    socket.subscribe("news").await.unwrap();
    socket
}

/// Both talk all the while; each event must arrive, once and in order, and nothing else may. Gives how
/// many there were.
async fn talk(
    (mut one, mut two): (PusherSocket, PusherSocket),
    room: String,
    stop: CancellationToken,
) -> u64 {
    one.next("pusher_internal:member_added").await.unwrap();
    let mut spoken = 0;
    while !stop.is_cancelled() {
        spoken += 1;
        one.say(&room, "client-a", json!(spoken)).await.unwrap();
        two.say(&room, "client-b", json!(spoken)).await.unwrap();
        for (socket, event) in [(&mut two, "client-a"), (&mut one, "client-b")] {
            let heard = socket.next(event).await.unwrap();
            assert_eq!((&heard["data"], &heard["channel"]), (&json!(spoken), &json!(room)));
            assert!(socket.all_until_pong().await.unwrap().is_empty());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    one.leave().await;
    two.leave().await;
    spoken
}

/// A thousand and more damaged frames, a few on each connection.
async fn break_sockets(server: Arc<TestApp>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    for turn in 0..150 {
        let mut socket = PusherSocket::connect(&server, APP).await.unwrap();
        for _ in 0..10 {
            let frame = damaged(&mut random, &FRAMES);
            // Frames of text that is not UTF-8 are for the WebSocket's own tests.
            let frame = String::from_utf8_lossy(&frame).into_owned();
            if socket.write(frame).await.is_err() {
                break;
            }
        }
        match turn % 3 {
            0 => drop(socket.all_until_pong().await),
            1 => socket.leave().await,
            _ => socket.vanish(),
        }
    }
}

/// Damaged bodies and paths of sessions that are there and of some that are not.
async fn break_http_transports(server: Arc<TestApp>, seed: u64) {
    let mut random = StdRng::seed_from_u64(1_000 + seed);
    let client = Client::builder().timeout(Duration::from_millis(500)).build().unwrap();
    for turn in 0..40 {
        let session = format!("{}/pusher{}", server.base_url, pusher::path(APP.key));
        let (path, query) = session.split_once('?').unwrap();
        let session = format!("{path}/{seed}/vandal{turn:02}");
        if let Ok(answer) = client.post(format!("{session}/xhr?{query}")).send().await {
            assert!(!answer.status().is_server_error());
        }
        for _ in 0..5 {
            let body = damaged(&mut random, &BODIES);
            let sent = client.post(format!("{session}/xhr_send?{query}")).body(body).send().await;
            // SockJS answers a broken body with 500, and so does whoever speaks its protocol.
            let status = sent.unwrap().status().as_u16();
            assert!(status < 501, "{status}");
        }
    }
}

/// Damaged requests of which none is signed: none may succeed, and none may break anything.
async fn break_api(server: Arc<TestApp>, seed: u64) {
    let mut random = StdRng::seed_from_u64(2_000 + seed);
    let client = Client::new();
    let body: Value = json!({ "name": "e", "channels": ["news"], "data": "x" });
    for _ in 0..150 {
        let path = String::from_utf8_lossy(&damaged(&mut random, &REQUESTS)).into_owned();
        let url = format!("{}/apps/{}/{path}", server.base_url, APP.id);
        let body = damage(&mut random, body.to_string().as_bytes());
        let Ok(answer) = client.post(url).body(body).send().await else { continue };
        assert!(answer.status().is_client_error(), "{}", answer.status());
    }
}
