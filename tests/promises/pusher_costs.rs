//! What a connection and a delivery cost. The figures that count are those of a release build on a quiet
//! machine, in `docs/performance.md`; these bounds hold for the tests' own build and show when a cost
//! grows by its order.

use serde_json::json;

use crate::support::pusher::{PusherApp, PusherSocket};
use crate::support::pusher_api::PusherApi;
use crate::support::skip;

const APP: PusherApp = PusherApp::TEST;

#[tokio::test]
async fn row_12_an_idle_connection_takes_little_memory() {
    const CONNECTIONS: u64 = 500;
    let server = APP.serve(json!({})).await;
    // What the server makes once it has made after the first.
    let _first = PusherSocket::connect(&server, APP).await.unwrap();
    let Some(before) = server.usage().await else { return skip("/proc") };
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut socket = PusherSocket::connect(&server, APP).await.unwrap();
        socket.subscribe("news").await.unwrap();
        idle.push(socket);
    }
    let after = server.usage().await.expect("it told before");
    let each = after.memory_bytes.saturating_sub(before.memory_bytes) / CONNECTIONS;
    assert!(each < 20_000, "{each} bytes for each connection; other servers take 150,000");
}

#[tokio::test]
async fn row_13_a_delivery_takes_little_time() {
    const SUBSCRIBERS: u64 = 200;
    const EVENTS: u64 = 200;
    let server = APP.serve(json!({})).await;
    let mut subscribers = Vec::new();
    for _ in 0..SUBSCRIBERS {
        let mut socket = PusherSocket::connect(&server, APP).await.unwrap();
        socket.subscribe("news").await.unwrap();
        subscribers.push(socket);
    }
    let api = PusherApi::new(&server, APP.id, APP.key, APP.secret);
    let Some(before) = server.usage().await else { return skip("/proc") };
    let event = json!({ "name": "n", "channel": "news", "data": "x".repeat(100) });
    for _ in 0..EVENTS / 10 {
        api.post("/batch_events", &json!({ "batch": vec![event.clone(); 10] })).await;
    }
    for socket in &mut subscribers {
        let heard = socket.all_until_pong().await.unwrap().len() as u64;
        assert_eq!(heard, EVENTS);
    }
    let after = server.usage().await.expect("it told before");
    let each = after.cpu.saturating_sub(before.cpu).as_micros() / u128::from(SUBSCRIBERS * EVENTS);
    assert!(each < 10, "{each} microseconds for each of the deliveries");
}
