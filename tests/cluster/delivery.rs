//! What is said on one node is heard on every other, once and in order.

use std::time::Duration;

use serde_json::json;

use super::{api, cluster, connect, conversing, muro_id};
use crate::support::pusher::{PusherApp, PusherSocket, data_of};
use crate::support::rest::Rest;
use crate::support::{Agent, Socket, Visitor};

#[tokio::test]
async fn a_message_reaches_socket_io_pusher_and_rest_on_every_node() {
    let Some(cluster) = cluster(3).await else { return };
    let (mut visitor, mut agent) = conversing(&cluster[0], &cluster[1], "asks").await;
    let id = muro_id(visitor.conversation());
    let program = PusherApp::of_demo(&cluster[2].demo);
    let mut program = PusherSocket::connect(&cluster[2], program).await.unwrap();
    program.subscribe(&format!("private-conv-{id}")).await.unwrap();

    visitor.say("from a visitor on the first").await.unwrap();
    agent.say(visitor.conversation(), "from an agent on the second").await.unwrap();
    let path = format!("/conversations/{id}/messages");
    let from_program = json!({ "content": "from a program on the third" });
    Rest::of(&cluster[2]).create(&path, &from_program).await.unwrap();

    let said = ["from a visitor on the first", "from an agent on the second"];
    for text in said.into_iter().chain(["from a program on the third"]) {
        for socket in [&mut visitor.socket, &mut agent.socket] {
            let heard = loop {
                let heard = socket.next("message_received").await.unwrap();
                if heard["content"] != "hello" {
                    break heard;
                }
            };
            assert_eq!(heard["content"], text);
        }
        assert_eq!(program.next_data("message.new").await.unwrap()["content"], text);
    }
    for node in cluster.nodes() {
        let list = Rest::of(node).get(&path).await.unwrap();
        assert_eq!(list["data"].as_array().unwrap().len(), 4, "the same everywhere");
    }
}

/// The numbers of the messages that a socket hears, until it has heard the last one.
async fn seqs_until(socket: &mut Socket, last: u64) -> Vec<u64> {
    let mut seqs = Vec::new();
    while seqs.last() != Some(&last) {
        let heard = socket.next("message_received").await.unwrap();
        seqs.push(heard["seq"].as_u64().unwrap());
    }
    seqs
}

#[tokio::test]
async fn two_nodes_that_write_at_once_are_heard_in_one_order_and_once() {
    const EACH: usize = 100;
    let Some(cluster) = cluster(3).await else { return };
    let (mut visitor, mut agent) = conversing(&cluster[0], &cluster[1], "busy").await;
    let id = visitor.conversation().to_owned();
    let mut listener = Agent::arrive(&cluster[2], &cluster[2].demo.agents[1]).await.unwrap();
    listener.join(&id).await.unwrap();
    let from_visitor = async {
        for number in 0..EACH {
            visitor.say(&format!("visitor {number}")).await.unwrap();
        }
    };
    let from_agent = async {
        for number in 0..EACH {
            agent.say(&id, &format!("agent {number}")).await.unwrap();
        }
    };
    tokio::join!(from_visitor, from_agent);
    let last = 1 + 2 * EACH as u64;
    for socket in [&mut visitor.socket, &mut agent.socket, &mut listener.socket] {
        let mut heard = seqs_until(socket, last).await;
        heard.retain(|seq| *seq > 1);
        assert_eq!(heard, (2..=last).collect::<Vec<_>>());
        let more = socket.events_within(Duration::from_millis(200)).await.unwrap();
        assert!(more.iter().all(|event| event.name != "message_received"), "{more:?}");
    }
}

#[tokio::test]
async fn a_queue_on_another_node_hears_of_a_new_conversation() {
    let Some(cluster) = cluster(2).await else { return };
    let mut agent = Agent::at_the_inbox(&cluster[1], &cluster[1].demo.agents[0]).await.unwrap();
    let visitor = Visitor::with_conversation(&cluster[0], "new").await.unwrap();
    let told = agent.socket.next("conversation_updated").await.unwrap();
    assert_eq!(told["conversation_id"], visitor.conversation());
}

#[tokio::test]
async fn typing_is_seen_on_another_node() {
    let Some(cluster) = cluster(2).await else { return };
    let (mut visitor, mut agent) = conversing(&cluster[0], &cluster[1], "types").await;
    let typing = json!({ "conversation_id": visitor.conversation(), "sender_type": "end_user" });
    visitor.socket.ask("user_typing", typing.clone()).await.unwrap();
    assert_eq!(agent.socket.next("typing_indicator").await.unwrap(), typing);
}

#[tokio::test]
async fn who_publishes_is_left_out_on_whichever_node_it_is() {
    let Some(cluster) = cluster(3).await else { return };
    let (mut sender, mut other) = (connect(&cluster[1]).await, connect(&cluster[2]).await);
    for socket in [&mut sender, &mut other] {
        socket.subscribe("room").await.unwrap();
    }
    let api = api(&cluster[0]);
    let with_sender = json!({
        "name": "told", "channels": ["room"], "data": "1", "socket_id": sender.socket_id,
    });
    api.post("/events", &with_sender).await;
    api.trigger("room", "told", &json!(2)).await;
    assert_eq!(sender.next_data("told").await.unwrap(), 2);
    assert_eq!(other.next_data("told").await.unwrap(), 1);
    assert_eq!(other.next_data("told").await.unwrap(), 2);
}

#[tokio::test]
async fn client_events_reach_the_other_nodes_and_not_their_sender() {
    let Some(cluster) = cluster(2).await else { return };
    let (mut ada, mut bo) = (connect(&cluster[0]).await, connect(&cluster[1]).await);
    for socket in [&mut ada, &mut bo] {
        socket.subscribe("private-room").await.unwrap();
    }
    ada.say("private-room", "client-waved", json!({"n": 1})).await.unwrap();
    let frame = bo.next("client-waved").await.unwrap();
    assert!(frame["data"] == json!({"n": 1}) || data_of(&frame).unwrap() == json!({"n": 1}));
    assert!(ada.all_until_pong().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_user_is_reached_and_terminated_on_every_node() {
    let Some(cluster) = cluster(3).await else { return };
    let user = json!({ "id": "ada" });
    let (mut first, mut second) = (connect(&cluster[1]).await, connect(&cluster[2]).await);
    let mut other = connect(&cluster[2]).await;
    other.sign_in(&json!({ "id": "bo" })).await.unwrap();
    for socket in [&mut first, &mut second] {
        socket.sign_in(&user).await.unwrap();
        socket.subscribe("#server-to-user-ada").await.unwrap();
    }
    let api = api(&cluster[0]);
    api.trigger("#server-to-user-ada", "note", &json!(1)).await;
    for socket in [&mut first, &mut second] {
        assert_eq!(socket.next_data("note").await.unwrap(), 1);
    }
    api.post("/users/ada/terminate_connections", &json!({})).await;
    assert_eq!(first.closed().await.unwrap(), Some(4009));
    assert_eq!(second.closed().await.unwrap(), Some(4009));
    assert!(other.all_until_pong().await.unwrap().is_empty(), "others stay");
}
