//! What the pages of `docs/` show is what happens.

// The whole binary is tests, but lints ask each module.
#![cfg(test)]

mod page;

use std::sync::Arc;

use crate::support::rest::Rest;
use crate::support::{Database, TestApp, Visitor, eventually, skip};
use page::{Reader, examples};

/// A server whose demo organization somebody has asked something, and a reader of its pages; `None` without
/// the programs that the pages use.
async fn begin(settings: &[(&str, &str)]) -> Option<(Arc<TestApp>, Reader)> {
    if !Reader::has_programs() {
        skip("curl and jq");
        return None;
    }
    let app = TestApp::start_with(&Database::Sqlite, settings).await;
    Visitor::arrive(&app, "marie")
        .await
        .unwrap()
        .say("Hi! Is the Pro plan monthly?")
        .await
        .unwrap();
    let base = format!("{}/api/v1", app.base_url);
    let key = format!("Authorization: Bearer {}", app.demo.muro.key);
    let variables = [("BASE", base.as_str()), ("A", &key), ("J", "Content-Type: application/json")];
    let reader = Reader::new(&variables);
    Some((app, reader))
}

#[tokio::test]
async fn every_curl_line_of_the_muro_dialect_was_run() {
    let Some((_app, reader)) = begin(&[]).await else { return };
    for example in examples("muro.md") {
        reader.types(&example);
    }
}

#[tokio::test]
async fn every_curl_line_of_its_conventions_was_run() {
    let limit = [("LIMITS__API_REQUESTS_PER_MINUTE", "120")];
    let Some((_app, reader)) = begin(&limit).await else { return };
    for example in examples("muro-conventions.md") {
        reader.types(&example);
    }
}

#[tokio::test]
async fn every_curl_line_of_its_webhooks_was_run() {
    let Some((app, reader)) = begin(&[]).await else { return };
    let mut examples = examples("muro-webhooks.md").into_iter();
    reader.types(&examples.next().unwrap());
    let rest = Rest::of(&app);
    let webhook = rest.get("/webhooks").await.unwrap()["data"][0]["id"].clone();
    Visitor::arrive(&app, "marie").await.unwrap().say("And yearly?").await.unwrap();
    let path = format!("/webhooks/{}/deliveries", webhook.as_str().unwrap());
    let was_tried = async || rest.get(&path).await.unwrap()["data"][0].is_object();
    eventually("something was tried", was_tried).await;
    for example in examples {
        reader.types(&example);
    }
}
