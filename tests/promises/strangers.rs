//! Nobody hears what is not theirs: visitors who guess, and people who are not logged in.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Agent, Socket, TestApp, Visitor};

#[tokio::test]
async fn a_wrong_external_id_gets_an_error_and_learns_nothing() {
    let app = TestApp::start().await;
    let mut visitor = Visitor::arrive(&app, "secret-id").await.unwrap();
    let message = visitor.say("confidential").await.unwrap();
    let known = visitor.conversation().to_owned();
    let unknown = uuid::Uuid::now_v7().to_string();
    let mut stranger = Socket::connect(&app.base_url, &[]).await.unwrap();

    let attempts = |id: &str| {
        let with = |more: Value| {
            let mut payload = json!({ "conversation_id": id, "external_id": "guess" });
            payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            payload
        };
        vec![
            ("join_conversation", with(json!({}))),
            ("join_conversation", with(json!({ "after": 0 }))),
            ("send_message", with(json!({ "sender_type": "end_user", "content": "hi" }))),
            ("user_typing", with(json!({ "sender_type": "end_user" }))),
            ("mark_read", with(json!({ "message_ids": [message["id"]] }))),
            ("mark_read", with(json!({ "message_ids": [] }))),
        ]
    };
    for ((event, payload), (_, void)) in attempts(&known).into_iter().zip(attempts(&unknown)) {
        let answer = stranger.ask(event, payload).await.unwrap();
        assert_eq!(answer["ok"], false, "{event}: {answer}");
        let error = stranger.next("error").await.unwrap();
        assert_eq!(error["message"], answer["error"]);
        assert_eq!(answer, stranger.ask(event, void).await.unwrap(), "{event} tells them apart");
        stranger.next("error").await.unwrap();
    }

    visitor.say("still confidential").await.unwrap();
    let heard = stranger.events_within(Duration::from_millis(300)).await.unwrap();
    assert!(heard.is_empty(), "heard {heard:?}");
}

#[tokio::test]
async fn a_visitor_is_no_agent() {
    let app = TestApp::start().await;
    let mut visitor = Visitor::with_conversation(&app, "pretender").await.unwrap();
    let id = visitor.conversation().to_owned();
    for (event, payload) in [
        ("join_queue", json!({})),
        ("join_org_presence", json!({})),
        ("claim_conversation", json!({ "conversation_id": id })),
        ("join_conversation", json!({ "conversation_id": id })),
        ("user_typing", json!({ "conversation_id": id, "sender_type": "agent" })),
        (
            "send_message",
            json!({ "conversation_id": id, "sender_type": "agent", "content": "I am the boss",
                    "external_id": "pretender" }),
        ),
        (
            "send_message",
            json!({ "conversation_id": id, "sender_type": "bot", "content": "beep",
                    "external_id": "pretender" }),
        ),
    ] {
        let answer = visitor.socket.ask(event, payload.clone()).await.unwrap();
        assert_eq!(answer["ok"], false, "{event} {payload}: {answer}");
    }
}

#[tokio::test]
async fn the_widgets_history_is_the_visitors_alone() {
    let app = TestApp::start().await;
    let mut visitor = Visitor::with_conversation(&app, "reader").await.unwrap();
    for number in 0..105 {
        visitor.say(&format!("{number}")).await.unwrap();
    }
    let id = visitor.conversation();
    let get = async |path: String| {
        let answer = reqwest::get(format!("{}{path}", app.base_url)).await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, own) = get(format!("/chat-widget/history/{id}?external_id=reader")).await;
    assert_eq!(status, 200);
    let seqs: Vec<u64> =
        own.as_array().unwrap().iter().map(|message| message["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (7..=106).collect::<Vec<_>>(), "the last hundred, oldest first");
    assert!(own[0].get("session_id").is_none() && own[0].get("read_by").is_none());

    for (query, status) in [("?external_id=guess", 403), ("", 400), ("?external_id=", 400)] {
        let (answered, body) = get(format!("/chat-widget/history/{id}{query}")).await;
        assert_eq!(answered, status, "{query}: {body}");
        assert!(body["error"].is_string());
    }
    let nowhere = uuid::Uuid::now_v7();
    for id in [nowhere.to_string(), "not-an-id".to_owned()] {
        let (status, body) = get(format!("/chat-widget/history/{id}?external_id=reader")).await;
        assert_eq!(status, 404, "{id}: {body}");
    }
}

#[tokio::test]
async fn a_client_that_left_a_conversation_hears_no_more_of_it() {
    let app = TestApp::start().await;
    let mut visitor = Visitor::with_conversation(&app, "talking").await.unwrap();
    let id = visitor.conversation().to_owned();
    let mut agent = Agent::arrive(&app, &app.demo.agents[0]).await.unwrap();
    agent.join(&id).await.unwrap();
    agent.ask_ok("leave_conversation", json!({ "conversation_id": id })).await.unwrap();
    visitor.say("did you go?").await.unwrap();
    let heard = agent.socket.events_within(Duration::from_millis(300)).await.unwrap();
    assert!(heard.is_empty(), "heard {heard:?}");
}
