//! On a disk that takes its time, or keeps nothing, nobody hears of what is not kept. On SQLite, where the server is who asks
//! the disk; a large commit is flushed while the next is written.

use std::pin::pin;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::{AgentApi, Disk, TestApp, Visitor, message_id};

/// So many long messages are a large commit.
const VISITORS: usize = 60;
const LONG: usize = 9_000;
/// Long enough for anybody to hear who does not wait.
const WHILE: Duration = Duration::from_millis(500);

/// A visitor who says something long.
struct Speaker {
    visitor: Visitor,
    id: String,
    text: String,
}

impl Speaker {
    async fn say(&mut self) -> Result<Value> {
        self.visitor.say_as(&self.id, &self.text).await
    }

    async fn speak(mut self) -> (Self, Result<Value>) {
        let came = self.say().await;
        (self, came)
    }
}

async fn speakers(app: &TestApp) -> Vec<Speaker> {
    let mut speakers = Vec::new();
    for number in 0..VISITORS {
        let visitor = Visitor::with_conversation(app, &format!("visitor-{number}")).await.unwrap();
        let text = format!("{number} ").repeat(LONG / 4);
        speakers.push(Speaker { visitor, id: message_id(), text });
    }
    speakers
}

/// All of them speak while somebody else's message waits for the disk, so that theirs are committed together when `order`
/// lets that one pass. Gives what each is told.
async fn speak_together(
    app: &TestApp,
    disk: &Disk,
    speakers: Vec<Speaker>,
    order: impl FnOnce(),
) -> JoinSet<(Speaker, Result<Value>)> {
    let mut first = Visitor::with_conversation(app, "first").await.unwrap();
    disk.waits();
    let mut first = pin!(first.say("I am first"));
    timeout(WHILE, &mut first).await.expect_err("the disk waits");
    let speaking = speakers.into_iter().map(Speaker::speak).collect();
    // Until all of them are on their way, on a busy machine too.
    tokio::time::sleep(WHILE * 4).await;
    order();
    first.await.unwrap();
    speaking
}

async fn log_in(app: &TestApp) -> AgentApi {
    AgentApi::log_in(app, &app.demo.agents[0]).await.unwrap()
}

#[tokio::test]
async fn nobody_hears_of_a_message_that_the_disk_does_not_have() {
    let disk = Disk::new();
    let app = TestApp::start_on(&disk).await;
    let (speakers, agent) = (speakers(&app).await, log_in(&app).await);
    let conversation = speakers[0].visitor.conversation().to_owned();
    let mut speaking = speak_together(&app, &disk, speakers, || disk.keeps_one_and_waits()).await;
    tokio::time::sleep(WHILE).await;
    let mut reading = pin!(agent.whole_history(&conversation));
    timeout(WHILE, &mut reading).await.expect_err("what is not kept is not read");
    assert!(speaking.try_join_next().is_none(), "somebody was told that it is kept");
    disk.keeps();
    while let Some(spoken) = speaking.join_next().await {
        spoken.unwrap().1.unwrap();
    }
    assert_eq!(reading.await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_the_disk_refuses_nobody_is_told_and_a_restart_goes_on() {
    let disk = Disk::new();
    let app = TestApp::start_on(&disk).await;
    let (speakers, agent) = (speakers(&app).await, log_in(&app).await);
    let mut speaking = speak_together(&app, &disk, speakers, || disk.keeps_one_and_refuses()).await;
    let mut refused = Vec::new();
    while let Some(spoken) = speaking.join_next().await {
        let (speaker, came) = spoken.unwrap();
        came.unwrap_err();
        refused.push(speaker);
    }
    // What it has lost nobody knows: a disk that says later that it keeps things is not believed.
    disk.keeps();
    refused[0].say().await.unwrap_err();
    agent.whole_history(refused[0].visitor.conversation()).await.unwrap_err();
    assert_eq!(app.page("/readyz").await.0, 503);
    app.kill9().await;
    app.restart().await;
    for Speaker { visitor, id, text } in refused {
        let mut again = Visitor::arrive(&app, &visitor.external_id).await.unwrap();
        again.conversation_id.clone_from(&visitor.conversation_id);
        again.say_as(&id, &text).await.unwrap();
        let history = agent.whole_history(visitor.conversation()).await.unwrap();
        let texts: Vec<_> = history.iter().map(|it| it["content"].as_str().unwrap()).collect();
        assert_eq!(texts, ["hello", &text]);
    }
}
