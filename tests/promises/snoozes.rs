//! A conversation that was put off comes back at its time, also when nobody was there at that time.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use switchboard::clock::Clock;
use switchboard::dialect::muro::millis;

use crate::support::rest::Rest;
use crate::support::{SOON, TestApp, Visitor};

/// Puts a new conversation off for so long; gives where it is.
async fn snooze(app: &TestApp, external_id: &str, ms: i64) -> String {
    let visitor = Visitor::with_conversation(app, external_id).await.unwrap();
    let path = format!("/conversations/cnv_{}", visitor.conversation().replace('-', ""));
    let until = millis(Clock::System.now().plus_ms(ms));
    let change = json!({ "status": "snoozed", "snoozed_until": until });
    let put_off = Rest::of(app).patch(&path, &change).await.unwrap();
    assert_eq!(put_off["status"], "snoozed", "{put_off}");
    path
}

async fn await_open(app: &TestApp, path: &str) -> Value {
    let deadline = Instant::now() + SOON;
    loop {
        let conversation = Rest::of(app).get(path).await.unwrap();
        if conversation["status"] == "open" {
            return conversation;
        }
        assert!(Instant::now() < deadline, "it still sleeps: {conversation}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_conversation_wakes_at_its_time_and_not_before() {
    let app = TestApp::start().await;
    let (soon, later) = (snooze(&app, "soon", 1_000).await, snooze(&app, "later", 600_000).await);
    await_open(&app, &soon).await;
    assert_eq!(Rest::of(&app).get(&later).await.unwrap()["status"], "snoozed");
}

#[tokio::test]
async fn what_should_have_woken_while_the_server_was_gone_wakes_when_it_is_back() {
    let app = TestApp::start().await;
    let path = snooze(&app, "a", 1_000).await;
    app.kill9().await;
    // Its time comes, and nobody is there.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    app.restart().await;
    await_open(&app, &path).await;
}
