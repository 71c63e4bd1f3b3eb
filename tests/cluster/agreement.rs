//! What one node was told binds all: keys that were taken back, messages that were kept.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;

use super::{cluster, conversing};
use crate::support::{Agent, Socket, Visitor};

/// Within which what was taken back is felt on every node, and then some for a busy machine.
const SECONDS: Duration = Duration::from_secs(8);

#[tokio::test]
async fn a_key_that_is_revoked_beside_one_node_opens_nothing_on_any() {
    let Some(cluster) = cluster(3).await else { return };
    let email = &cluster[0].demo.agents[0].email;
    let made = cluster[0].run(&["keys", "create", "--agent", email, "--name", "spare"], &[]);
    let key = made.stdout.lines().next().unwrap().to_owned();
    let mut sockets = Vec::new();
    for node in cluster.nodes() {
        let auth = Some(json!({ "token": key }));
        sockets.push(Socket::connect_with_auth(&node.base_url, &[], auth).await.unwrap());
    }
    let listed = cluster[0].run(&["keys", "list"], &[]).stdout;
    let line = listed.lines().find(|line| line.ends_with("spare")).unwrap();
    let id = line.split(' ').next().unwrap();
    assert!(cluster[0].run(&["keys", "revoke", id], &[]).status.success());
    let revoked = Instant::now();
    for socket in &mut sockets {
        socket.closed().await.unwrap();
    }
    assert!(revoked.elapsed() < SECONDS, "after {:?}", revoked.elapsed());
}

#[tokio::test]
async fn logging_out_on_one_node_closes_the_sockets_on_every_node() {
    let Some(cluster) = cluster(2).await else { return };
    let agent = Agent::arrive(&cluster[0], &cluster[0].demo.agents[0]).await.unwrap();
    let cookie = [("cookie", agent.api.cookie.as_str())];
    let mut elsewhere = Socket::connect(&cluster[1].base_url, &cookie).await.unwrap();
    agent.api.send(Method::POST, "/auth/logout", None).await.unwrap();
    let left = Instant::now();
    elsewhere.closed().await.unwrap();
    assert!(left.elapsed() < SECONDS, "after {:?}", left.elapsed());
}

#[tokio::test]
async fn the_same_message_sent_to_two_nodes_is_one() {
    let Some(cluster) = cluster(2).await else { return };
    let (mut visitor, mut agent) = conversing(&cluster[0], &cluster[1], "insistent").await;
    let mut other = Visitor::arrive(&cluster[1], "insistent").await.unwrap();
    other.conversation_id.clone_from(&visitor.conversation_id);
    let (here, there) =
        tokio::join!(visitor.say_as("the-same", "once"), other.say_as("the-same", "once"));
    assert_eq!(here.unwrap()["id"], there.unwrap()["id"]);
    let heard = agent.socket.events_within(Duration::from_millis(500)).await.unwrap();
    let once = heard.iter().filter(|event| event.name == "message_received");
    assert_eq!(once.count(), 1, "{heard:?}");
}

#[tokio::test]
async fn an_idempotency_key_holds_on_every_node() {
    let Some(cluster) = cluster(2).await else { return };
    let visitor = Visitor::with_conversation(&cluster[0], "a").await.unwrap();
    let id = super::muro_id(visitor.conversation());
    let mut ids = Vec::new();
    for node in cluster.nodes() {
        let url = format!("{}/api/v1/conversations/{id}/messages", node.base_url);
        let request = reqwest::Client::new().post(url).bearer_auth(&node.demo.muro.key);
        let request = request.header("Idempotency-Key", "the-same");
        let answer = request.json(&json!({ "content": "once" })).send().await.unwrap();
        ids.push(answer.json::<serde_json::Value>().await.unwrap()["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
}
