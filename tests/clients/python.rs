//! python-socketio 5, the blocking and the asyncio client; and Schemathesis, which tries REST v1.

use crate::support::model::Model;
use crate::support::{Database, Example, Script, TestApp, Visitor, run_script};

/// Runs every scenario of one client over one transport.
async fn plays(client: &'static str, transport: &str) {
    let environment = [("TRANSPORT", transport)];
    let example = Example::start_patient().await;
    let binary = Script::Python("clients/python/binary.py");
    binary.run(&[("BASE_URL", &example.base_url), environment[0]]).await;
    let app = TestApp::start().await;
    run_script(&app, Script::Python(client), &environment).await;
}

#[tokio::test]
async fn blocking_over_websocket() {
    plays("clients/python/blocking.py", "websocket").await;
}

#[tokio::test]
async fn blocking_over_polling() {
    plays("clients/python/blocking.py", "polling").await;
}

#[tokio::test]
async fn asyncio_over_websocket() {
    plays("clients/python/asynchronous.py", "websocket").await;
}

#[tokio::test]
async fn asyncio_over_polling() {
    plays("clients/python/asynchronous.py", "polling").await;
}

#[tokio::test]
async fn rest_v1_is_as_its_description_says() {
    let model = Model::start([]).await;
    let app = TestApp::start_with(&Database::Sqlite, &model.settings()).await;
    // So that there is something to ask for.
    Visitor::with_conversation(&app, "asks").await.unwrap();
    run_script(&app, Script::Python("clients/python/schemathesis_rest.py"), &[]).await;
}
