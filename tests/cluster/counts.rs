//! How many there are, and what webhooks are told of them, is for all nodes together.

use serde_json::{Value, json};

use super::{APP, api, becomes, cluster_with, connect};
use crate::support::pusher::{PusherSocket, path};
use crate::support::{Receiver, SOON};

#[tokio::test]
async fn subscribers_are_told_how_many_they_are_on_all_nodes() {
    let settings = [("PUSHER__SUBSCRIPTION_COUNT", "true")];
    let Some(cluster) = cluster_with(2, &settings).await else { return };
    let count = |wanted: u64| {
        move |frame: &Value| {
            let is_count = frame["event"] == "pusher_internal:subscription_count";
            is_count && frame["data"].to_string().contains(&wanted.to_string())
        }
    };
    let (mut one, mut two) = (connect(&cluster[0]).await, connect(&cluster[1]).await);
    one.subscribe("shared").await.unwrap();
    one.next_where(count(1)).await.unwrap();
    two.subscribe("shared").await.unwrap();
    one.next_where(count(2)).await.unwrap();
    two.next_where(count(2)).await.unwrap();
    two.leave().await;
    one.next_where(count(1)).await.unwrap();
}

#[tokio::test]
async fn an_application_has_as_many_connections_as_it_may_on_all_nodes_together() {
    let settings = [("PUSHER__CONNECTIONS_MAX", "2")];
    let Some(cluster) = cluster_with(2, &settings).await else { return };
    let (_one, two) = (connect(&cluster[0]).await, connect(&cluster[1]).await);
    let are = async |count: u64| {
        for node in cluster.nodes() {
            let ask = async || Ok(api(node).get("/connections", &[]).await["connections"].clone());
            becomes(SOON, &json!(count), ask).await.unwrap();
        }
    };
    are(2).await;
    for node in cluster.nodes() {
        let refusal = PusherSocket::refused(node, &path(APP.key), &[]).await.unwrap();
        assert_eq!(refusal.code, Some(4004));
    }
    two.leave().await;
    are(1).await;
    connect(&cluster[0]).await;
}

#[tokio::test]
async fn webhooks_tell_once_of_a_member_who_is_on_two_nodes() {
    let receiver = Receiver::start().await;
    let apps = json!([APP.configured(&json!({ "webhooks": [{ "url": receiver.url }] }))]);
    let apps = apps.to_string();
    let settings = [("PUSHER__APPS", apps.as_str()), ("WEBHOOKS__VACATED_DELAY_MS", "500")];
    let Some(cluster) = cluster_with(2, &settings).await else { return };
    let join = async |node: usize, id: &str| {
        let mut socket = connect(&cluster[node]).await;
        socket.join("presence-room", &json!({ "user_id": id })).await.unwrap();
        socket
    };
    let told = |events: &[Value], name: &str, id: &str| {
        events.iter().filter(|it| it["name"] == name && it["user_id"] == id).count()
    };
    let (first, second) = (join(0, "ada").await, join(1, "ada").await);
    first.leave().await;
    join(0, "bo").await.leave().await;
    let events = receiver.until(SOON, |events| told(events, "member_removed", "bo") == 1).await;
    assert_eq!(told(&events, "member_added", "ada"), 1, "{events:?}");
    assert_eq!(told(&events, "member_removed", "ada"), 0, "she is on the other node: {events:?}");
    second.leave().await;
    let is_vacated = |events: &[Value]| events.iter().any(|it| it["name"] == "channel_vacated");
    let events = receiver.until(SOON, is_vacated).await;
    assert_eq!(told(&events, "member_removed", "ada"), 1, "{events:?}");
    let occupied = events.iter().filter(|it| it["name"] == "channel_occupied").count();
    assert_eq!(occupied, 1, "{events:?}");
}
