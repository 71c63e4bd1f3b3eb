//! Pusher's own clients and server SDKs, unmodified: pusher-js 7.6 and 8, over every transport it has, in
//! Node and in a browser; laravel-echo; the SDKs of npm and of `PyPI`; pysher.

use serde_json::{Value, json};

use crate::support::pusher::PusherApp;
use crate::support::{Script, TestApp, free_port, run_script, skip};

const VERSION_8: &str = "pusher-js";
const VERSION_7: &str = "pusher-js-7";

/// Runs a script for an app with these settings. It finds the app in `APP`.
async fn plays(settings: Value, script: Script, environment: &[(&str, &str)]) {
    let app = PusherApp::TEST;
    let server = app.serve(settings).await;
    let named = json!({ "id": app.id, "key": app.key, "secret": app.secret }).to_string();
    run_script(&server, script, &[&[("APP", named.as_str())], environment].concat()).await;
}

/// Every scenario of one version of pusher-js in Node over one transport.
async fn in_node(library: &str, transport: &str) {
    let environment = [("LIBRARY", library), ("TRANSPORT", transport)];
    plays(talkative(), Script::Node("clients/pusher/node.mjs"), &environment).await;
}

/// Every scenario of one version of pusher-js in Chromium, over all transports.
async fn in_a_browser(library: &str) {
    if std::env::var_os("SWITCHBOARD_TEST_CHROMIUM").is_none() {
        skip("Chromium (SWITCHBOARD_TEST_CHROMIUM)");
        return;
    }
    let environment = [("LIBRARY", library)];
    plays(talkative(), Script::Node("clients/pusher/browser.mjs"), &environment).await;
}

async fn counts(library: &str) {
    let environment = [("LIBRARY", library), ("TRANSPORT", "ws"), ("COUNTING", "yes")];
    let settings = json!({ "subscription_count": true });
    plays(settings, Script::Node("clients/pusher/node.mjs"), &environment).await;
}

async fn survives(library: &str) {
    let script = Script::Node("clients/pusher/outage.mjs");
    plays(talkative(), script, &[("LIBRARY", library)]).await;
}

/// The program of the documents against a demo organization.
async fn follows_the_documents(library: &str) {
    let server = TestApp::start().await;
    let script = Script::Node("clients/pusher/snippet.mjs");
    run_script(&server, script, &[("LIBRARY", library)]).await;
}

/// Runs a script of a server SDK, which hears the app's webhooks at `WEBHOOK_PORT`.
async fn hears_webhooks(script: Script) {
    let port = free_port().to_string();
    let webhook = json!({ "url": format!("http://127.0.0.1:{port}/hooks") });
    let settings = json!({ "client_events": true, "webhooks": [webhook] });
    plays(settings, script, &[("WEBHOOK_PORT", &port), ("TRANSPORT", "websocket")]).await;
}

/// The settings of an app whose clients talk to one another.
fn talkative() -> Value {
    json!({ "client_events": true })
}

#[tokio::test]
async fn version_8_over_websocket() {
    in_node(VERSION_8, "ws").await;
}

#[tokio::test]
async fn version_8_over_streaming() {
    in_node(VERSION_8, "xhr_streaming").await;
}

#[tokio::test]
async fn version_8_over_polling() {
    in_node(VERSION_8, "xhr_polling").await;
}

#[tokio::test]
async fn version_7_over_websocket() {
    in_node(VERSION_7, "ws").await;
}

#[tokio::test]
async fn version_7_over_streaming() {
    in_node(VERSION_7, "xhr_streaming").await;
}

#[tokio::test]
async fn version_7_over_polling() {
    in_node(VERSION_7, "xhr_polling").await;
}

#[tokio::test]
async fn version_8_in_a_browser_over_every_transport() {
    in_a_browser(VERSION_8).await;
}

#[tokio::test]
async fn version_7_in_a_browser_over_every_transport() {
    in_a_browser(VERSION_7).await;
}

#[tokio::test]
async fn version_8_hears_subscription_counts() {
    counts(VERSION_8).await;
}

#[tokio::test]
async fn version_7_hears_subscription_counts() {
    counts(VERSION_7).await;
}

#[tokio::test]
async fn version_8_survives_outages() {
    survives(VERSION_8).await;
}

#[tokio::test]
async fn version_7_survives_outages() {
    survives(VERSION_7).await;
}

#[tokio::test]
async fn the_documents_program_works_word_for_word_with_version_7() {
    follows_the_documents(VERSION_7).await;
}

#[tokio::test]
async fn the_documents_program_works_with_version_8_and_a_cluster() {
    follows_the_documents(VERSION_8).await;
}

#[tokio::test]
async fn laravel_echo() {
    plays(talkative(), Script::Node("clients/pusher/echo.mjs"), &[]).await;
}

#[tokio::test]
async fn the_server_sdk_of_npm() {
    hears_webhooks(Script::Node("clients/pusher/sdk.mjs")).await;
}

#[tokio::test]
async fn the_server_sdk_of_pypi() {
    hears_webhooks(Script::Python("clients/python/pusher_sdk.py")).await;
}

#[tokio::test]
async fn pysher() {
    let script = Script::Python("clients/python/pusher_client.py");
    plays(talkative(), script, &[("TRANSPORT", "websocket")]).await;
}
