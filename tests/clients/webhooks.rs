//! Receivers of webhooks, in the words of the documents they were written after.

use crate::support::{Database, Script, TestApp, run_script};

#[tokio::test]
async fn the_documented_check_accepts_every_signature() {
    let settings = [("WEBHOOKS__ALLOW_PRIVATE_ADDRESSES", "true")];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    run_script(&app, Script::Node("clients/webhooks/receive.mjs"), &[]).await;
}
