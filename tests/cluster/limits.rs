//! What is counted is counted over all nodes, and what one of them has seen the others know.

use reqwest::Method;
use serde_json::json;

use super::{api, cluster_with};
use crate::support::Visitor;
use crate::support::pusher_api::now_s;
use crate::support::rest::Rest;

#[tokio::test]
async fn a_limit_is_one_limit_on_all_nodes() {
    let settings = [("LIMITS__VISITOR_MESSAGES", "10"), ("LIMITS__VISITOR_WINDOW_MS", "60000")];
    let Some(cluster) = cluster_with(2, &settings).await else { return };
    let mut first = Visitor::with_conversation(&cluster[0], "chatterbox").await.unwrap();
    let mut second = Visitor::arrive(&cluster[1], "chatterbox").await.unwrap();
    second.conversation_id.clone_from(&first.conversation_id);
    let mut accepted = 1;
    for number in 0..10 {
        for visitor in [&mut first, &mut second] {
            accepted += u32::from(visitor.say(&number.to_string()).await.is_ok());
        }
    }
    assert_eq!(accepted, 10);
}

#[tokio::test]
async fn requests_of_a_key_are_counted_over_all_nodes() {
    let settings = [("LIMITS__API_REQUESTS_PER_MINUTE", "20")];
    let Some(cluster) = cluster_with(2, &settings).await else { return };
    let mut accepted = 0;
    for _ in 0..15 {
        for node in cluster.nodes() {
            let answer = Rest::of(node).send(Method::GET, "/conversations", None).await.unwrap();
            accepted += u32::from(answer.status() == 200);
        }
    }
    assert_eq!(accepted, 20, "of thirty within a minute");
}

#[tokio::test]
async fn a_request_that_one_node_has_seen_is_a_replay_on_every_other() {
    let settings = [("PUSHER__REPLAY_GRACE_MS", "0")];
    let Some(cluster) = cluster_with(2, &settings).await else { return };
    let (here, there) = (api(&cluster[0]), api(&cluster[1]));
    let body = json!({ "name": "told", "channels": ["a"], "data": "1" }).to_string();
    let seen = here.sign(Method::POST, &here.path("/events"), &[], Some(body), now_s());
    let mut again = seen.clone();
    again.url = again.url.replace(&here.base_url, &there.base_url);
    assert_eq!(here.deliver(seen).await.status(), 200);
    assert_eq!(there.deliver(again).await.status(), 401);
}
