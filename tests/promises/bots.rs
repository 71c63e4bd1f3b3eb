//! Programs that answer in their own name.

use serde_json::{Value, json};

use crate::support::{Agent, AgentApi, Socket, TestApp, Visitor};

async fn bot(app: &TestApp) -> Socket {
    let auth = json!({"token": app.demo.platform.agent_key});
    Socket::connect_with_auth(&app.base_url, &[], Some(auth)).await.unwrap()
}

#[tokio::test]
async fn a_bot_hears_the_queue_answers_as_a_bot_and_leaves_the_session_to_agents() {
    let app = TestApp::start().await;
    let mut bot = bot(&app).await;
    assert_eq!(bot.ask("join_queue", Value::Null).await.unwrap()["ok"], true);
    let mut visitor = Visitor::with_conversation(&app, "asks").await.unwrap();
    let id = visitor.conversation().to_owned();
    assert_eq!(bot.next("conversation_updated").await.unwrap()["conversation_id"], id);

    let answer = json!({"conversation_id": id, "sender_type": "bot", "content": "42"});
    let sent = bot.ask("send_message", answer).await.unwrap();
    assert_eq!(sent["message"]["sender_type"], "bot", "{sent}");
    let heard = loop {
        let message = visitor.socket.next("message_received").await.unwrap();
        if message["sender_type"] != "end_user" {
            break message;
        }
    };
    assert_eq!(heard["content"], "42");
    assert_eq!(heard["sender_type"], "bot");
    assert_ne!(heard["sender_id"], app.demo.agents[0].id, "not in the agent's name");

    let agent = AgentApi::log_in(&app, &app.demo.agents[0]).await.unwrap();
    let waiting = agent.get("/api/conversations/?filter=unassigned").await.unwrap();
    assert_eq!(waiting[0]["id"], id, "still waits for an agent");
    let history = agent.whole_history(&id).await.unwrap();
    assert_eq!(history.last().unwrap()["sender_type"], "bot");
}

#[tokio::test]
async fn nobody_without_a_key_can_be_a_bot() {
    let app = TestApp::start().await;
    let mut visitor = Visitor::with_conversation(&app, "asks").await.unwrap();
    let id = visitor.conversation().to_owned();
    let claim = json!({"conversation_id": id, "sender_type": "bot", "content": "I am a bot"});
    let refused = visitor.socket.ask("send_message", claim.clone()).await.unwrap();
    assert_eq!(refused["ok"], false, "{refused}");
    let mut agent = Agent::arrive(&app, &app.demo.agents[0]).await.unwrap();
    let refused = agent.socket.ask("send_message", claim).await.unwrap();
    assert_eq!(refused["ok"], false, "{refused}");
}
