//! Typing, presence, reading, and how much one visitor may say.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Agent, Database, TestApp, Visitor, plain_id};

#[tokio::test]
async fn typing_ends_after_silence_and_when_the_connection_ends() {
    let app = TestApp::start_with(&Database::Sqlite, &[("REALTIME__TYPING_MS", "400")]).await;
    let mut visitor = Visitor::with_conversation(&app, "typist").await.unwrap();
    let id = visitor.conversation().to_owned();
    let mut agent = Agent::arrive(&app, &app.demo.agents[0]).await.unwrap();
    agent.join(&id).await.unwrap();
    let typing = json!({ "conversation_id": id, "sender_type": "end_user" });

    visitor.socket.ask("user_typing", typing.clone()).await.unwrap();
    assert_eq!(agent.socket.next("typing_indicator").await.unwrap(), typing);
    let began = Instant::now();
    assert_eq!(agent.socket.next("typing_cleared").await.unwrap()["conversation_id"], id);
    assert!(began.elapsed() > Duration::from_millis(200), "ended after {:?}", began.elapsed());

    visitor.socket.ask("user_typing", typing).await.unwrap();
    agent.socket.next("typing_indicator").await.unwrap();
    visitor.socket.leave().await;
    assert_eq!(agent.socket.next("typing_cleared").await.unwrap()["conversation_id"], id);
}

#[tokio::test]
async fn an_agent_is_online_from_the_first_connection_to_the_last() {
    let settings = [("REALTIME__PRESENCE_GRACE_MS", "300")];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    let [ada, bo] = &app.demo.agents[..] else { panic!("the demo has two agents") };
    let mut watcher = Agent::arrive(&app, ada).await.unwrap();
    let answer = watcher.ask_ok("join_org_presence", json!({})).await.unwrap();
    assert_eq!(answer["online"], json!([plain_id(&ada.id)]));

    let changed = |status: &str| json!({ "agent_id": plain_id(&bo.id), "status": status });
    let first = Agent::arrive(&app, bo).await.unwrap();
    assert_eq!(watcher.socket.next("agent_status_changed").await.unwrap(), changed("online"));
    let second = Agent::arrive(&app, bo).await.unwrap();
    first.socket.leave().await;
    let quiet = watcher.socket.events_within(Duration::from_millis(600)).await.unwrap();
    assert!(quiet.is_empty(), "one of two connections is still online: {quiet:?}");

    // Coming back within the grace is not noticed.
    second.socket.leave().await;
    let third = Agent::arrive(&app, bo).await.unwrap();
    let quiet = watcher.socket.events_within(Duration::from_millis(600)).await.unwrap();
    assert!(quiet.is_empty(), "{quiet:?}");
    third.socket.leave().await;
    assert_eq!(watcher.socket.next("agent_status_changed").await.unwrap(), changed("offline"));
}

#[tokio::test]
async fn a_visitor_who_says_too_much_is_dropped_and_told_when_an_answer_is_asked() {
    let settings = [("LIMITS__VISITOR_MESSAGES", "20"), ("LIMITS__VISITOR_WINDOW_MS", "3000")];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    let mut visitor = Visitor::arrive(&app, "chatterbox").await.unwrap();
    let mut other = Visitor::with_conversation(&app, "quiet").await.unwrap();
    for number in 0..20 {
        visitor.say(&format!("{number}")).await.unwrap();
    }
    let too_much = visitor.message("too-much", "and another thing");
    let answer = visitor.socket.ask("send_message", too_much.clone()).await.unwrap();
    assert_eq!((&answer["ok"], &answer["dropped"]), (&json!(false), &json!(true)), "{answer}");
    visitor.socket.emit("send_message", too_much.clone()).await.unwrap();
    let events = visitor.socket.events_within(Duration::from_millis(200)).await.unwrap();
    assert!(events.iter().all(|event| event.name == "message_received"), "dropped in silence");
    other.say("I may").await.unwrap();

    tokio::time::sleep(Duration::from_secs(3)).await;
    let answer = visitor.socket.ask("send_message", too_much).await.unwrap();
    assert_eq!(answer["ok"], true, "a retry later succeeds: {answer}");
    assert_eq!(answer["message"]["seq"], 21);
}

#[tokio::test]
async fn reading_is_kept_and_told() {
    let app = TestApp::start().await;
    let mut visitor = Visitor::arrive(&app, "read-by").await.unwrap();
    let message = visitor.say("seen?").await.unwrap();
    let id = visitor.conversation().to_owned();
    let other = Visitor::with_conversation(&app, "another").await.unwrap();
    let mut agent = Agent::arrive(&app, &app.demo.agents[0]).await.unwrap();
    agent.join(&id).await.unwrap();
    agent.join(other.conversation()).await.unwrap();

    let read = json!({ "conversation_id": id, "message_ids": [message["id"]] });
    agent.ask_ok("mark_read", read.clone()).await.unwrap();
    let told = visitor.socket.next("messages_read").await.unwrap();
    assert_eq!(told["conversation_id"], id);
    assert_eq!(told["message_ids"], json!([message["id"]]));
    assert!(told["reader"].is_string());
    let stored = agent.api.whole_history(&id).await.unwrap();
    let read_by = stored[0]["read_by"].as_object().unwrap().clone();
    assert_eq!(read_by.len(), 1);

    agent.ask_ok("mark_read", read).await.unwrap();
    let stored = agent.api.whole_history(&id).await.unwrap();
    assert_eq!(stored[0]["read_by"].as_object().unwrap(), &read_by, "the first time counts");

    // The id of a message elsewhere marks nothing.
    let wrong = json!({ "conversation_id": other.conversation(), "message_ids": [message["id"]] });
    let answer = agent.socket.ask("mark_read", wrong).await.unwrap();
    assert!(answer["ok"] == false || answer["message_ids"] == json!([]), "{answer}");
}
