//! Messages and signs of typing over REST v1, as muro documents them.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::rest::{Rest, ids};
use crate::support::{TestApp, Visitor};

async fn begun(app: &TestApp) -> (Visitor, String) {
    let visitor = Visitor::with_conversation(app, "marie").await.unwrap();
    let id = format!("cnv_{}", visitor.conversation().replace('-', ""));
    (visitor, id)
}

#[tokio::test]
async fn an_answer_reaches_the_visitor_and_a_note_does_not() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let (mut visitor, id) = begun(&app).await;
    let path = format!("/conversations/{id}/messages");
    let note = rest.create(&path, &json!({"content": "rude", "kind": "note"})).await.unwrap();
    let answer = rest.create(&path, &json!({"content": "On it."})).await.unwrap();
    let expected = json!({
        "object": "message",
        "id": answer["id"],
        "conversation_id": id,
        "sender_type": "agent",
        "sender_id": answer["sender_id"],
        "content": "On it.",
        "attachments": [],
        "created_at": answer["created_at"],
    });
    assert_eq!(answer, expected);
    let agents: Vec<_> = app.demo.agents.iter().map(|agent| json!(agent.id)).collect();
    assert!(agents.contains(&answer["sender_id"]), "whose key it is: {answer}");
    assert_eq!(note["sender_type"], "note");
    let heard = loop {
        let heard = visitor.socket.next("message_received").await.unwrap();
        if heard["sender_type"] != "end_user" {
            break heard;
        }
    };
    assert_eq!(heard["content"], "On it.", "the first thing they hear");

    let list = rest.get(&path).await.unwrap();
    let said = |field: &str| -> Vec<Value> {
        let data = list["data"].as_array().unwrap();
        data.iter().map(|message| message[field].clone()).collect()
    };
    assert_eq!(said("content"), ["hello", "rude", "On it."]);
    assert_eq!(said("sender_type"), ["visitor", "note", "agent"]);
    assert!(list["data"][0]["sender_id"].as_str().unwrap().starts_with("vis_"));
    let shown = rest.get(&format!("/conversations/{id}")).await.unwrap();
    assert_eq!(shown["unread_count"], 0, "who answers has read");
}

#[tokio::test]
async fn messages_are_read_on_by_cursor_and_by_time() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let (mut visitor, id) = begun(&app).await;
    for number in 1..5 {
        visitor.say(&number.to_string()).await.unwrap();
    }
    let path = format!("/conversations/{id}/messages");
    let all = rest.get(&path).await.unwrap();
    let expected = ids(&all);
    let (mut read, mut page) = (Vec::new(), rest.get(&format!("{path}?limit=2")).await.unwrap());
    loop {
        read.extend(ids(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        page = rest.get(&format!("{path}?limit=2&cursor={cursor}")).await.unwrap();
    }
    assert_eq!(read, expected);
    for (index, message) in all["data"].as_array().unwrap().iter().enumerate() {
        let since = message["created_at"].as_str().unwrap();
        let rest = rest.get(&format!("{path}?since={since}")).await.unwrap();
        assert_eq!(ids(&rest), expected[index + 1..], "since {since}");
    }
    let cursor_of_another_list = rest.get("/conversations?limit=1").await.unwrap();
    assert_eq!(cursor_of_another_list["next_cursor"], json!(null));
    for query in ["since=yesterday", "since=", "since=1780826400", "cursor=x", "limit=101"] {
        let refusal = rest.refusal(Method::GET, &format!("{path}?{query}"), None).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (400, "invalid_request_error"), "{query}");
    }
}

#[tokio::test]
async fn a_message_that_says_nothing_or_too_much_is_refused() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let (_visitor, id) = begun(&app).await;
    let path = format!("/conversations/{id}/messages");
    for (field, body) in [
        ("content", json!({})),
        ("content", json!({"content": ""})),
        ("content", json!({"content": null})),
        ("content", json!({"content": "a\0b"})),
        ("content", json!({"content": "x".repeat(32_769)})),
        ("kind", json!({"content": "hi", "kind": "visitor"})),
    ] {
        let refusal = rest.refusal(Method::POST, &path, Some(&body)).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (400, "invalid_request_error"), "{body}");
        assert!(refusal.2.contains(field), "{body}: {}", refusal.2);
    }
    let most = "x".repeat(32_768);
    let sent = rest.create(&path, &json!({"content": most, "kind": "agent"})).await.unwrap();
    assert_eq!(sent["content"], most);
    assert_eq!(ids(&rest.get(&path).await.unwrap()).len(), 2);
}

#[tokio::test]
async fn typing_over_rest_is_shown_to_the_visitor() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let (mut visitor, id) = begun(&app).await;
    let path = format!("/conversations/{id}/typing");
    let (status, answer) = rest.ask(Method::POST, &path, None).await.unwrap();
    assert_eq!((status, answer), (200, json!({"ok": true})));
    let heard = visitor.socket.next("typing_indicator").await.unwrap();
    let expected = json!({"conversation_id": visitor.conversation(), "sender_type": "agent"});
    assert_eq!(heard, expected);
    rest.post(&path, &json!({"typing": false})).await.unwrap();
    visitor.socket.next("typing_cleared").await.unwrap();
    rest.post(&path, &json!({"typing": true})).await.unwrap();
    visitor.socket.next("typing_indicator").await.unwrap();
    let messages = format!("/conversations/{id}/messages");
    rest.create(&messages, &json!({"content": "here you are"})).await.unwrap();
    visitor.socket.next("typing_cleared").await.unwrap();
    rest.post(&path, &json!({"typing": false})).await.unwrap();
    let heard = visitor.socket.events_within(Duration::from_millis(200)).await.unwrap();
    assert!(heard.iter().all(|event| event.name != "typing_cleared"), "{heard:?}");
    let body = json!({"typing": "yes"});
    let refusal = rest.refusal(Method::POST, &path, Some(&body)).await.unwrap();
    assert_eq!(refusal.0, 400);
}
