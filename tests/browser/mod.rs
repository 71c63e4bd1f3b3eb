//! The pages in a real browser.

use crate::support::{Script, TestApp, run_script, skip};

/// Runs a browser script against a server of its own.
async fn plays(script: &'static str) {
    if std::env::var_os("SWITCHBOARD_TEST_CHROMIUM").is_none() {
        skip("Chromium (SWITCHBOARD_TEST_CHROMIUM)");
        return;
    }
    let app = TestApp::start().await;
    run_script(&app, Script::Node(script), &[]).await;
}

#[tokio::test]
async fn a_visitor_and_an_agent_talk() {
    plays("browser/talk.mjs").await;
}

#[tokio::test]
async fn nothing_is_lost_on_a_bad_line() {
    plays("browser/line.mjs").await;
}

#[tokio::test]
async fn every_kind_of_content_is_shown() {
    plays("browser/content.mjs").await;
}

#[tokio::test]
async fn the_login_keeps_strangers_out() {
    plays("browser/login.mjs").await;
}

#[tokio::test]
async fn a_website_calls_muro() {
    plays("browser/muro.mjs").await;
}

#[tokio::test]
async fn an_agent_calls_saved_replies() {
    plays("browser/replies.mjs").await;
}
