//! The `muro()` widget over HTTP: what a page of a website asks for before anybody writes.

use std::sync::Arc;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::pusher::hmac_hex;

const SHOP: &str = "https://shop.example";

fn demo(app: &TestApp) -> Value {
    serde_json::from_str(&app.demo_json).unwrap()
}

/// A server whose website lets the shop's pages alone show its widget.
async fn app_of_the_shop() -> Arc<TestApp> {
    let app = TestApp::start().await;
    app.execute(&format!("update channels set allowed_origins = '[\"{SHOP}\"]'")).await;
    app
}

async fn identify(app: &TestApp, origin: &str, more: Value) -> Response {
    let mut body = json!({
        "widget_id": demo(app)["muro"]["widget_id"],
        "external_id": "phone",
        "email": "marie@example.com",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let request = Client::new().post(format!("{}/widget/identify", app.base_url));
    request.header("origin", origin).json(&body).send().await.unwrap()
}

#[tokio::test]
async fn the_loader_is_a_script_that_is_asked_for_anew_and_sent_once() {
    let app = TestApp::start().await;
    let url = format!("{}/widget.js", app.base_url);
    let script = reqwest::get(&url).await.unwrap();
    let header = |name: &str| script.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(script.status(), 200);
    assert!(header("content-type").starts_with("text/javascript"));
    assert_eq!(header("access-control-allow-origin"), "*");
    assert_eq!(header("cache-control"), "no-cache");
    let again = Client::new().get(&url).header("if-none-match", header("etag"));
    assert_eq!(again.send().await.unwrap().status(), 304);
    assert!(script.text().await.unwrap().len() < 10_000, "every page of a website loads it");
}

#[tokio::test]
async fn a_widget_id_opens_the_widget_for_the_pages_of_its_website_alone() {
    let app = app_of_the_shop().await;
    let demo = demo(&app);
    let widget = demo["muro"]["widget_id"].as_str().unwrap();
    let mobile = demo["platform"]["mobile_channel_id"].as_str().unwrap().replace('-', "");
    for (id, origin, status) in [
        (widget, SHOP, 200),
        (widget, "https://evil.test", 403),
        (&format!("wgt_{mobile}"), SHOP, 403),
        (&widget.to_uppercase(), SHOP, 403),
        (&widget.replace("wgt_", "web_"), SHOP, 403),
        ("wgt_0", SHOP, 403),
    ] {
        let url = format!("{}/chat-widget?embed_token={id}&session_id=abc", app.base_url);
        let answer = Client::new().get(url).header("referer", origin).send().await.unwrap();
        assert_eq!(answer.status(), status, "{id} on {origin}");
        if status == 200 {
            let policy = answer.headers()["content-security-policy"].to_str().unwrap();
            assert!(policy.ends_with(&format!("frame-ancestors {SHOP}")), "{policy}");
        }
    }
}

#[tokio::test]
async fn pages_of_the_website_alone_say_who_their_visitor_is() {
    let app = app_of_the_shop().await;
    assert_eq!(identify(&app, "https://evil.test", json!({})).await.status(), 403);
    let answer = identify(&app, SHOP, json!({ "name": "Marie" })).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let said: Value = answer.json().await.unwrap();
    assert_eq!(said, json!({ "external_id": "phone", "external_id_hash": null }));
}

#[tokio::test]
async fn a_signed_address_is_answered_with_the_id_it_has_and_what_proves_it() {
    let app = TestApp::start().await;
    let secret = demo(&app)["chatwoot"]["hmac_token"].as_str().unwrap().to_owned();
    let hash = hmac_hex(&secret, "marie@example.com");
    let answer = identify(&app, SHOP, json!({ "user_hash": hash })).await;
    let said: Value = answer.json().await.unwrap();
    let expected = json!({ "external_id": "mailto:marie@example.com", "external_id_hash": hash });
    assert_eq!(said, expected);
}

#[tokio::test]
async fn a_refusal_says_why_in_the_words_of_the_dialect() {
    let app = TestApp::start().await;
    for (more, status, kind) in [
        (json!({ "email": "marie" }), 400, "invalid_request_error"),
        (json!({ "email": null }), 400, "invalid_request_error"),
        (json!({ "external_id": " " }), 400, "invalid_request_error"),
        (json!({ "name": "x".repeat(201) }), 400, "invalid_request_error"),
        (json!({ "user_hash": "00" }), 403, "permission_error"),
        (json!({ "widget_id": "wgt_0" }), 403, "permission_error"),
    ] {
        let answer = identify(&app, SHOP, more.clone()).await;
        assert_eq!(answer.status(), status, "{more}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["type"], kind, "{body}");
    }
    let url = format!("{}/widget/identify", app.base_url);
    assert_eq!(reqwest::get(&url).await.unwrap().status(), 405);
    let asked = Client::new().request(Method::OPTIONS, &url).send().await.unwrap();
    assert_eq!(asked.status(), 204);
}
