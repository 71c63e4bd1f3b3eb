//! A server that is asked to end finishes what it began.

use std::time::Duration;

use crate::support::{AgentApi, Database, TestApp, Visitor};

#[tokio::test]
async fn sigterm_lets_clients_go_and_keeps_what_was_acknowledged() {
    let settings = [("REALTIME__DRAIN_MS", "300")];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    let mut idle = Visitor::with_conversation(&app, "idle").await.unwrap();
    let mut busy = Visitor::with_conversation(&app, "busy").await.unwrap();
    let conversation_id = busy.conversation().to_owned();
    let writing = async {
        let mut acknowledged = 1;
        while busy.say(&format!("{acknowledged}")).await.is_ok() {
            acknowledged += 1;
        }
        acknowledged
    };
    let ending = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        app.terminate(Duration::from_secs(10)).await
    };
    let (acknowledged, status, closed) = tokio::join!(writing, ending, idle.socket.closed());
    assert!(status.success(), "the server ended with {status}");
    closed.unwrap();

    app.restart().await;
    let agent = AgentApi::log_in(&app, &app.demo.agents[0]).await.unwrap();
    let history = agent.whole_history(&conversation_id).await.unwrap();
    assert!(history.len() == acknowledged || history.len() == acknowledged + 1);
}

#[tokio::test]
async fn a_client_that_does_not_read_does_not_hold_up_the_end() {
    let app = TestApp::start_with(&Database::Sqlite, &[("REALTIME__DRAIN_MS", "300")]).await;
    let deaf = super::slow_reader::DeafVisitor::arrive(&app, "deaf").await;
    let status = app.terminate(Duration::from_secs(10)).await;
    assert!(status.success(), "the server ended with {status}");
    drop(deaf);
}
