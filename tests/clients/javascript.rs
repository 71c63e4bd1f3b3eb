//! socket.io-client 4 and 3, over WebSocket alone, polling alone, and polling that upgrades.

use std::sync::Arc;

use crate::support::{Database, Example, Script, TestApp, run_script};

const VERSION_4: &str = "socket.io-client";
const VERSION_3: &str = "socket.io-client-3";

/// Runs every scenario of one client over one transport.
async fn plays(client: &str, transport: &str) {
    let environment = [("CLIENT", client), ("TRANSPORT", transport)];
    let example = Example::start_patient().await;
    let binary = Script::Node("clients/javascript/binary.mjs");
    binary.run(&[("BASE_URL", &example.base_url), environment[0], environment[1]]).await;
    converses(&TestApp::start().await, client, transport).await;
}

/// Runs the scenarios of visitors and agents.
async fn converses(app: &Arc<TestApp>, client: &str, transport: &str) {
    let environment = [("CLIENT", client), ("TRANSPORT", transport)];
    for script in ["clients/javascript/conversation.mjs", "clients/javascript/away.mjs"] {
        run_script(app, Script::Node(script), &environment).await;
    }
}

#[tokio::test]
async fn version_4_with_postgres_behind_the_server() {
    if let Some(database) = Database::postgres().await {
        let app = TestApp::start_with(&database, &[]).await;
        converses(&app, VERSION_4, "upgrade").await;
    }
}

#[tokio::test]
async fn version_4_over_websocket() {
    plays(VERSION_4, "websocket").await;
}

#[tokio::test]
async fn version_4_over_polling() {
    plays(VERSION_4, "polling").await;
}

#[tokio::test]
async fn version_4_upgrading() {
    plays(VERSION_4, "upgrade").await;
}

#[tokio::test]
async fn version_3_over_websocket() {
    plays(VERSION_3, "websocket").await;
}

#[tokio::test]
async fn version_3_over_polling() {
    plays(VERSION_3, "polling").await;
}

#[tokio::test]
async fn version_3_upgrading() {
    plays(VERSION_3, "upgrade").await;
}
