//! What a cache channel remembers, every node remembers.

use serde_json::json;

use super::{APP, api, cluster};
use crate::support::SOON;
use crate::support::pusher::{PusherSocket, data_of};

#[tokio::test]
async fn a_cache_channel_remembers_on_every_node() {
    let Some(cluster) = cluster(2).await else { return };
    api(&cluster[0]).trigger("cache-news", "told", &json!({"n": 1})).await;
    let late = tokio::time::timeout(SOON, async {
        // Nobody listened on the second node when it was published.
        loop {
            let mut socket = PusherSocket::connect(&cluster[1], APP).await.unwrap();
            socket.subscribe("cache-news").await.unwrap();
            let frames = socket.all_until_pong().await.unwrap();
            if let Some(told) = frames.iter().find(|frame| frame["event"] == "told") {
                return data_of(told).unwrap();
            }
        }
    });
    assert_eq!(late.await.expect("the last event is remembered"), json!({"n": 1}));
}
