//! What is secret stays so, and what was taken back opens nothing.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Database, Socket, TestApp};

async fn connect_with_key(app: &TestApp) -> Result<Socket> {
    let auth = json!({"token": app.demo.platform.agent_key});
    Socket::connect_with_auth(&app.base_url, &[], Some(auth)).await
}

#[tokio::test]
async fn a_revoked_key_loses_its_sockets_and_bystanders_notice_nothing() {
    let app = TestApp::start().await;
    let mut with_key = connect_with_key(&app).await.unwrap();
    assert_eq!(with_key.ask("join_queue", Value::Null).await.unwrap()["ok"], true);
    let mut bystander = Socket::connect(&app.base_url, &[]).await.unwrap();

    let listed = app.run(&["keys", "list"], &[]).stdout;
    let line = listed.lines().find(|line| line.contains(" platform ")).unwrap();
    let id = line.split_whitespace().next().unwrap();
    assert!(app.run(&["keys", "revoke", id], &[]).status.success());

    with_key.closed().await.unwrap();
    assert!(connect_with_key(&app).await.is_err());
    let refused = bystander.ask("join_queue", Value::Null).await.unwrap();
    assert_eq!(refused["ok"], false, "still connected, and still no agent");
}

#[tokio::test]
async fn the_database_and_the_key_are_readable_by_their_owner_alone() {
    let app = TestApp::start().await;
    for file in ["switchboard.db", "switchboard.db-wal", "switchboard.db-shm", "switchboard.key"] {
        let mode = std::fs::metadata(app.file(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_key_file_of_another_database_is_refused_by_name() {
    let app = TestApp::start().await;
    assert!(app.terminate(Duration::from_secs(10)).await.success());
    std::fs::remove_file(app.file("switchboard.key")).unwrap();
    for command in ["serve", "demo"] {
        let told = app.run(&[command], &[]);
        assert!(!told.status.success(), "{command}");
        assert!(told.stderr.contains("secrets.key_file"), "{}", told.stderr);
        assert!(told.stderr.contains("put back the file"), "{}", told.stderr);
    }
}

#[tokio::test]
async fn a_draining_node_turns_newcomers_away_and_ends_though_they_keep_coming() {
    let app = TestApp::start_with(&Database::Sqlite, &[("REALTIME__DRAIN_MS", "500")]).await;
    let mut returning = JoinSet::new();
    for _ in 0..10 {
        let base_url = app.base_url.clone();
        returning.spawn(async move {
            // Comes back the moment it is let go.
            loop {
                if let Ok(mut socket) = Socket::connect(&base_url, &[]).await {
                    let _ = socket.closed().await;
                }
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let status = app.terminate(Duration::from_secs(8)).await;
    returning.abort_all();
    assert!(status.success(), "the server ended with {status}");
}
