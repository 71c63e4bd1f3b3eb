//! Whose node is killed goes on at another one.

use std::time::Duration;

use serde_json::json;

use super::{cluster, conversing, muro_id};
use crate::support::rest::Rest;
use crate::support::{Script, Visitor, run_script};

#[tokio::test]
async fn a_stock_client_of_a_killed_node_recovers_on_another() {
    let Some(cluster) = cluster(2).await else { return };
    let urls: Vec<_> = cluster.nodes().iter().map(|node| node.base_url.clone()).collect();
    let urls = json!(urls).to_string();
    let script = Script::Node("cluster/recover.mjs");
    let environment = [("NODES", urls.as_str()), ("BASE_URL", &cluster[1].base_url)];
    run_script(&cluster[0], script, &environment).await;
}

#[tokio::test]
async fn a_client_without_recovery_finds_the_rest_with_after_on_another_node() {
    let Some(cluster) = cluster(2).await else { return };
    let (mut visitor, mut agent) = conversing(&cluster[0], &cluster[1], "old").await;
    let id = visitor.conversation().to_owned();
    visitor.say("on the first").await.unwrap();
    cluster[0].kill9().await;
    agent.say(&id, "while away").await.unwrap();
    let mut again = Visitor::arrive(&cluster[1], "old").await.unwrap();
    let join = json!({ "conversation_id": id, "external_id": "old", "after": 1 });
    let answer = again.socket.ask("join_conversation", join).await.unwrap();
    assert_eq!(answer["seq"], 3, "{answer}");
    for (seq, text) in [(2, "on the first"), (3, "while away")] {
        let heard = again.socket.next("message_received").await.unwrap();
        assert_eq!((heard["seq"].clone(), heard["content"].clone()), (json!(seq), json!(text)));
    }
    let more = again.socket.events_within(Duration::from_millis(200)).await.unwrap();
    assert!(more.iter().all(|event| event.name != "message_received"), "{more:?}");
}

#[tokio::test]
async fn a_program_finds_the_rest_with_since_on_another_node() {
    let Some(cluster) = cluster(2).await else { return };
    let mut visitor = Visitor::with_conversation(&cluster[0], "a").await.unwrap();
    let path = format!("/conversations/{}/messages", muro_id(visitor.conversation()));
    let list = Rest::of(&cluster[0]).get(&path).await.unwrap();
    let since = list["data"][0]["created_at"].as_str().unwrap().to_owned();
    for text in ["one", "two"] {
        visitor.say(text).await.unwrap();
    }
    cluster[0].kill9().await;
    let rest = Rest::of(&cluster[1]).get(&format!("{path}?since={since}")).await.unwrap();
    let said: Vec<_> =
        rest["data"].as_array().unwrap().iter().map(|it| it["content"].clone()).collect();
    assert_eq!(said, ["one", "two"]);
}
