//! Nobody hears what is not theirs: another organization's agents and visitors.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Agent, TestApp, Visitor};

/// Every event of a client, about this conversation and this message.
fn events_about(conversation_id: &str, message_id: &str) -> Vec<(&'static str, Value)> {
    let id = conversation_id;
    let ids = json!([message_id]);
    vec![
        ("join_conversation", json!({ "conversation_id": id })),
        ("join_conversation", json!({ "conversation_id": id, "after": 0 })),
        ("claim_conversation", json!({ "conversation_id": id })),
        ("user_typing", json!({ "conversation_id": id, "sender_type": "agent" })),
        ("mark_read", json!({ "conversation_id": id, "message_ids": ids })),
        (
            "send_message",
            json!({ "conversation_id": id, "sender_type": "agent", "content": "intruding" }),
        ),
        (
            "send_message",
            json!({ "conversation_id": id, "sender_type": "end_user", "content": "intruding",
                    "external_id": "someone-else" }),
        ),
    ]
}

/// Every route about a conversation.
fn routes_about(conversation_id: &str) -> Vec<(Method, String, Option<Value>)> {
    let path = format!("/api/conversations/{conversation_id}");
    vec![
        (Method::GET, path.clone(), None),
        (Method::GET, format!("{path}/history"), None),
        (Method::GET, format!("{path}/messages"), None),
        (Method::POST, format!("{path}/assign"), None),
        (Method::POST, format!("{path}/resolve"), Some(json!({ "tags": ["x"] }))),
        (Method::POST, format!("{path}/tag"), Some(json!({ "tags": ["x"] }))),
    ]
}

#[tokio::test]
async fn another_organization_gets_nothing() {
    let app = TestApp::start().await;
    let other = app.other_demo();
    let mut foreign = Agent::at_the_inbox(&app, &other.agents[0]).await.unwrap();
    foreign.ask_ok("join_org_presence", json!({})).await.unwrap();

    let mut visitor = Visitor::arrive(&app, "private").await.unwrap();
    let message = visitor.say("for you alone").await.unwrap();
    let conversation_id = visitor.conversation().to_owned();
    let message_id = message["id"].as_str().unwrap();

    // A conversation that is not theirs answers exactly as one that does not exist.
    let nowhere = uuid::Uuid::now_v7().to_string();
    let theirs = events_about(&conversation_id, message_id);
    for ((event, payload), (_, void)) in theirs.into_iter().zip(events_about(&nowhere, &nowhere)) {
        let answer = foreign.socket.ask(event, payload.clone()).await.unwrap();
        assert_eq!(answer["ok"], false, "{event} {payload}");
        assert_eq!(answer, foreign.socket.ask(event, void).await.unwrap(), "{event} {payload}");
    }
    let routes = routes_about(&conversation_id).into_iter().zip(routes_about(&nowhere));
    for ((method, path, body), (_, void, _)) in routes {
        let answer = foreign.api.send(method.clone(), &path, body.clone()).await.unwrap();
        assert_eq!(answer.status(), 404, "{method} {path}");
        let void = foreign.api.send(method, &void, body).await.unwrap();
        assert_eq!(answer.text().await.unwrap(), void.text().await.unwrap(), "{path}");
    }
    for filter in ["unassigned", "mine", "all"] {
        let listed =
            foreign.api.get(&format!("/api/conversations/?filter={filter}")).await.unwrap();
        assert_eq!(listed, json!([]), "{filter}");
    }

    // Life goes on next door, and none of it is heard here.
    let mut agent = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    agent.ask_ok("join_org_presence", json!({})).await.unwrap();
    agent
        .ask_ok("claim_conversation", json!({ "conversation_id": conversation_id }))
        .await
        .unwrap();
    agent.say(&conversation_id, "how can I help?").await.unwrap();
    let typing = json!({ "conversation_id": conversation_id, "sender_type": "agent" });
    agent.ask_ok("user_typing", typing).await.unwrap();
    let read = json!({ "conversation_id": conversation_id, "message_ids": [message_id] });
    agent.ask_ok("mark_read", read).await.unwrap();
    agent.socket.leave().await;
    let heard = foreign.socket.events_within(Duration::from_millis(500)).await.unwrap();
    let foreign_to_them: Vec<_> = heard.iter().filter(|event| event.name != "error").collect();
    assert!(foreign_to_them.is_empty(), "heard {foreign_to_them:?}");

    let history = agent.api.whole_history(&conversation_id).await.unwrap();
    assert_eq!(history.len(), 2, "nothing came in from outside");
}

#[tokio::test]
async fn an_external_id_of_another_channel_is_another_person() {
    let app = TestApp::start().await;
    let other = app.other_demo();
    let mut visitor = Visitor::with_conversation(&app, "user_42").await.unwrap();
    let token = &other.platform.embed_token;
    let mut namesake = Visitor::arrive_at(&app, token, "user_42").await.unwrap();
    let message = namesake.say("who am I?").await.unwrap();
    assert_ne!(message["conversation_id"], visitor.conversation());
    assert_eq!(message["seq"], 1);

    // The conversation of the one, the token of the other.
    namesake.conversation_id = Some(visitor.conversation().to_owned());
    let mixed = namesake.message("mixed", "whose is this?");
    let answer = namesake.socket.ask("send_message", mixed).await.unwrap();
    assert_eq!(answer["ok"], false, "{answer}");
    let message = visitor.say("mine alone").await.unwrap();
    assert_eq!(message["seq"], 2);
}

#[tokio::test]
async fn presence_names_colleagues_alone() {
    let app = TestApp::start().await;
    let other = app.other_demo();
    let _foreign = Agent::arrive(&app, &other.agents[0]).await.unwrap();
    let mut agent = Agent::arrive(&app, &app.demo.agents[0]).await.unwrap();
    let answer = agent.ask_ok("join_org_presence", json!({})).await.unwrap();
    let own = crate::support::plain_id(&app.demo.agents[0].id);
    assert_eq!(answer["online"], json!([own]));
}
