//! What one node began another one ends: webhooks and jobs are done once, by whoever lives.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard::clock::Clock;
use switchboard::dialect::muro::millis;

use super::{APP, becomes, connect, muro_id};
use crate::support::rest::Rest;
use crate::support::{Answer, Cluster, Hook, Receiver, SOON, Visitor};

/// Waits that are short enough for a test, and receivers on this machine.
const HASTE: [(&str, &str); 6] = [
    ("WEBHOOKS__SCHEDULE", r#"["500ms","500ms","500ms","500ms","500ms","500ms"]"#),
    ("WEBHOOKS__RETRY_FIRST_MS", "100"),
    ("WEBHOOKS__TIMEOUT_MS", "1000"),
    ("WEBHOOKS__VACATED_DELAY_MS", "500"),
    ("WEBHOOKS__LOST_GRACE_MS", "500"),
    ("WEBHOOKS__ALLOW_PRIVATE_ADDRESSES", "true"),
];
/// What a dead node had claimed is free again after its claim ends.
const TAKEN_OVER: Duration = Duration::from_mins(2);

/// Nodes whose Pusher application tells this receiver of everything.
async fn telling(receiver: &Receiver, nodes: usize) -> Option<Cluster> {
    let apps = json!([APP.configured(&json!({ "webhooks": [{ "url": receiver.url }] }))]);
    let apps = apps.to_string();
    Cluster::start_with(nodes, &[&HASTE[..], &[("PUSHER__APPS", &apps)]].concat()).await
}

/// An event as `name channel`.
fn shown(event: &Value) -> String {
    format!("{} {}", event["name"].as_str().unwrap(), event["channel"].as_str().unwrap())
}

#[tokio::test]
async fn a_channel_is_occupied_once_and_vacated_once_whichever_nodes_it_is_on() {
    let receiver = Receiver::start().await;
    let Some(cluster) = telling(&receiver, 2).await else { return };
    let (mut first, mut second) = (connect(&cluster[0]).await, connect(&cluster[1]).await);
    for socket in [&mut first, &mut second] {
        socket.subscribe("room").await.unwrap();
    }
    first.leave().await;
    // Longer than a channel that is empty waits to be told of.
    tokio::time::sleep(Duration::from_secs(2)).await;
    second.leave().await;
    let is_vacated = |event: &Value| event["name"] == "channel_vacated";
    let events = receiver.until(SOON, |events| events.iter().any(is_vacated)).await;
    let told: Vec<_> = events.iter().map(shown).collect();
    assert_eq!(told, ["channel_occupied room", "channel_vacated room"]);
}

/// The message that a webhook tells of.
fn text_of(hook: &Hook) -> String {
    hook.json()["data"]["message"]["content"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn webhooks_of_a_killed_node_are_posted_by_another() {
    const MESSAGES: usize = 20;
    // Two attempts fail, so that there is something to take over; after a third, what is behind would pass.
    let receiver = Receiver::failing([Answer::Status(503); 2]).await;
    let Some(cluster) = telling(&receiver, 2).await else { return };
    let hook = json!({ "url": receiver.url, "events": ["message.created"] });
    Rest::of(&cluster[1]).create("/webhooks", &hook).await.unwrap();
    let mut visitor = Visitor::arrive(&cluster[0], "a").await.unwrap();
    for number in 0..MESSAGES {
        visitor.say(&number.to_string()).await.unwrap();
    }
    cluster[0].kill9().await;
    let is_last = |hook: &Hook| text_of(hook) == (MESSAGES - 1).to_string();
    let came = receiver.until_hooks(TAKEN_OVER, |hooks| hooks.iter().any(is_last)).await;
    let mut texts: Vec<_> = came.iter().map(text_of).collect();
    texts.dedup();
    // One may come twice, where the node died between the answer and its note of it.
    let wanted: Vec<_> = (0..MESSAGES).map(|number| number.to_string()).collect();
    assert_eq!(texts, wanted, "all of them, in order");
}

#[tokio::test]
async fn a_conversation_that_sleeps_is_woken_once_though_its_node_is_dead() {
    let Some(cluster) = Cluster::start_with(2, &HASTE).await else { return };
    let visitor = Visitor::with_conversation(&cluster[0], "sleepy").await.unwrap();
    let path = format!("/conversations/{}", muro_id(visitor.conversation()));
    let until = millis(Clock::System.now().plus_ms(1_500));
    let change = json!({ "status": "snoozed", "snoozed_until": until });
    Rest::of(&cluster[0]).patch(&path, &change).await.unwrap();
    cluster[0].kill9().await;
    let ask = async || Ok(Rest::of(&cluster[1]).get(&path).await?["status"].clone());
    becomes(TAKEN_OVER, &json!("open"), ask).await.unwrap();
}
