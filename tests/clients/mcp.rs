//! Clients of the Model Context Protocol: the official SDK, the bridge that desktop programs use, and the
//! official conformance suite.

use crate::support::{Script, TestApp, run_script};

#[tokio::test]
async fn the_official_sdk_reads_and_answers() {
    let app = TestApp::start().await;
    run_script(&app, Script::Node("clients/mcp/sdk.mjs"), &[]).await;
}

#[tokio::test]
async fn the_bridge_for_desktop_programs_reads_and_answers() {
    let app = TestApp::start().await;
    run_script(&app, Script::Node("clients/mcp/remote.mjs"), &[]).await;
}

#[tokio::test]
async fn the_official_conformance_suite_passes_where_it_applies() {
    let app = TestApp::start().await;
    run_script(&app, Script::Node("clients/mcp/conformance.mjs"), &[]).await;
}
