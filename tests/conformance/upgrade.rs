//! From polling to a WebSocket, without losing a word.

use std::time::Duration;

use reqwest::StatusCode;

use super::wire::{Polling, Wire};
use crate::support::Example;

const ENGINE: &str = "/engine.io/";

/// A WebSocket for the session of these polls, probed but not yet taken.
async fn probe(example: &Example, polling: &Polling) -> Wire {
    let query = format!("{ENGINE}?EIO=4&transport=websocket&sid={}", polling.sid());
    let mut wire = Wire::open(example, &query).await;
    wire.send("2probe").await;
    assert_eq!(wire.text().await, "3probe");
    wire
}

#[tokio::test]
async fn the_waiting_poll_goes_home_and_the_websocket_takes_over() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    let (waiting, mut wire) = tokio::join!(polling.poll(), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        probe(&example, &polling).await
    });
    assert_eq!(waiting, "6");
    wire.send("5").await;
    wire.send("4over the new line").await;
    assert_eq!(wire.text().await, "4over the new line");
    wire.stays_open().await;
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_on_the_way() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    assert_eq!(polling.post("4a\u{1e}4b").await, StatusCode::OK);
    let mut wire = probe(&example, &polling).await;
    assert_eq!(polling.post("4c").await, StatusCode::OK);
    // A real client drains what waits before it says that it has changed over.
    let mut came: Vec<String> = Vec::new();
    while came.len() < 3 {
        let payload = polling.poll().await;
        came.extend(payload.split('\u{1e}').filter(|it| *it != "6").map(ToOwned::to_owned));
    }
    wire.send("5").await;
    wire.send("4d").await;
    came.push(wire.text().await);
    assert_eq!(came, ["4a", "4b", "4c", "4d"]);
}

#[tokio::test]
async fn after_the_upgrade_polls_are_refused_and_the_connection_goes_on() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    let mut wire = probe(&example, &polling).await;
    wire.send("5").await;
    wire.send("4one").await;
    assert_eq!(wire.text().await, "4one");
    assert_eq!(polling.get().await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(polling.post("4by post").await, StatusCode::BAD_REQUEST);
    wire.send("4two").await;
    assert_eq!(wire.text().await, "4two");
}

#[tokio::test]
async fn a_second_websocket_for_the_same_session_is_sent_away() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    let mut wire = probe(&example, &polling).await;
    wire.send("5").await;
    let query =
        format!("ws://{}{ENGINE}?EIO=4&transport=websocket&sid={}", example.address, polling.sid());
    if let Ok((mut second, _)) = tokio_tungstenite::connect_async(query).await {
        use futures_util::StreamExt;
        while second.next().await.is_some_and(|message| message.is_ok()) {}
    }
    wire.send("4undisturbed").await;
    assert_eq!(wire.text().await, "4undisturbed");
}

#[tokio::test]
async fn an_upgrade_that_comes_to_nothing_leaves_polling_as_it_was() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    drop(probe(&example, &polling).await);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(polling.post("4still polling").await, StatusCode::OK);
    let mut came = polling.poll().await;
    while came == "6" || came == "2" {
        came = polling.poll().await;
    }
    assert_eq!(came, "4still polling");
}

#[tokio::test]
async fn a_probe_that_is_no_probe_is_sent_away() {
    let example = Example::start().await;
    for first in ["5", "4hello", "2", "abc"] {
        let (polling, _) = Polling::open(&example, ENGINE).await;
        let query = format!("{ENGINE}?EIO=4&transport=websocket&sid={}", polling.sid());
        let mut wire = Wire::open(&example, &query).await;
        wire.send(first).await;
        wire.ends().await;
    }
}
