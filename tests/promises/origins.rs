//! Which pages may show the widget and speak for a browser.

use std::sync::Arc;

use reqwest::{Client, Method};
use serde_json::json;

use crate::support::{Agent, AgentApi, Database, Socket, TestApp};

const SHOP: &str = "https://shop.example";

/// A server whose widget may be shown by the shop alone.
async fn app_of_the_shop() -> Arc<TestApp> {
    let app = TestApp::start().await;
    app.execute(&format!("update embed_tokens set allowed_origins = '[\"{SHOP}\"]'")).await;
    app
}

fn widget_url(app: &TestApp) -> String {
    let token = &app.demo.platform.embed_token;
    format!("{}/chat-widget?embed_token={token}&session_id=abc", app.base_url)
}

#[tokio::test]
async fn a_page_that_is_not_on_the_list_gets_no_widget() {
    let app = app_of_the_shop().await;
    let client = Client::new();
    for (header, value, status) in [
        ("referer", "https://shop.example/basket?x=1", 200),
        ("origin", "https://shop.example", 200),
        ("referer", "https://shop.example.evil.test/", 403),
        ("referer", "http://shop.example/", 403),
        ("referer", "https://evil.test/https://shop.example", 403),
        ("origin", "https://evil.test", 403),
    ] {
        let answer = client.get(widget_url(&app)).header(header, value).send().await.unwrap();
        assert_eq!(answer.status(), status, "{header}: {value}");
        if status == 200 {
            let policy = answer.headers()["content-security-policy"].to_str().unwrap();
            let ancestors = policy.split(';').find(|it| it.contains("frame-ancestors")).unwrap();
            assert!(ancestors.contains(SHOP), "{policy}");
            assert!(!ancestors.contains('*'), "{policy}");
        }
    }
}

#[tokio::test]
async fn a_page_that_is_not_on_the_list_cannot_begin_a_conversation_either() {
    let app = app_of_the_shop().await;
    let message = json!({
        "content": "hello", "sender_type": "end_user", "external_id": "abc",
        "embed_token": app.demo.platform.embed_token,
    });
    for (origin, may) in [("https://evil.test", false), (SHOP, true), (app.base_url.as_str(), true)]
    {
        let mut socket = Socket::connect(&app.base_url, &[("origin", origin)]).await.unwrap();
        let answer = socket.ask("send_message", message.clone()).await.unwrap();
        assert_eq!(answer["ok"], may, "{origin}: {answer}");
    }
}

#[tokio::test]
async fn an_empty_list_lets_every_page_show_the_widget() {
    let app = TestApp::start().await;
    let request = Client::new().get(widget_url(&app)).header("referer", "https://anywhere.test/");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("x-frame-options"));
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        !policy.contains("frame-ancestors 'none'") && !policy.contains("frame-ancestors 'self'")
    );
}

#[tokio::test]
async fn a_wrong_token_gets_no_widget() {
    let app = TestApp::start().await;
    for query in ["", "?embed_token=", "?embed_token=ew_wrong&session_id=abc"] {
        let answer = reqwest::get(format!("{}/chat-widget{query}", app.base_url)).await.unwrap();
        assert_eq!(answer.status(), 403, "{query}");
    }
}

#[tokio::test]
async fn what_a_visitor_brings_into_the_page_stays_text() {
    let app = TestApp::start().await;
    let evil = "%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E%3Cimg%20src=x%20onerror=alert(1)%3E";
    let url = format!("{}&title={evil}&customer_name={evil}", widget_url(&app));
    let page = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(!page.contains("<img src=x"), "{page}");
}

#[tokio::test]
async fn pages_of_agents_are_shown_in_no_frame() {
    let app = TestApp::start().await;
    let agent = AgentApi::log_in(&app, &app.demo.agents[0]).await.unwrap();
    let inbox = agent.send(Method::GET, "/inbox", None).await.unwrap();
    let login = reqwest::get(format!("{}/auth/login", app.base_url)).await.unwrap();
    for page in [inbox, login] {
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

#[tokio::test]
async fn a_foreign_page_cannot_borrow_an_agents_cookie() {
    let settings = [("SERVER__ALLOWED_ORIGINS", r#"["https://desk.example"]"#)];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    let agent = Agent::at_the_inbox(&app, &app.demo.agents[0]).await.unwrap();
    let cookie = agent.api.cookie.as_str();
    let own = app.base_url.clone();
    for (origin, borrows) in
        [(own.as_str(), true), ("https://desk.example", true), ("https://evil.test", false)]
    {
        let headers = [("cookie", cookie), ("origin", origin)];
        let Ok(mut socket) = Socket::connect(&app.base_url, &headers).await else {
            assert!(!borrows, "{origin} was refused");
            continue;
        };
        let answer = socket.ask("join_queue", json!({})).await.unwrap();
        assert_eq!(answer["ok"], borrows, "{origin}");
    }
}

#[tokio::test]
async fn a_browser_is_told_who_may_read_the_answer() {
    let settings = [("SERVER__ALLOWED_ORIGINS", r#"["https://desk.example"]"#)];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    let url = format!("{}/socket.io/?EIO=4&transport=polling", app.base_url);
    for (origin, credentials) in [("https://desk.example", true), ("https://evil.test", false)] {
        let answer = Client::new().get(&url).header("origin", origin).send().await.unwrap();
        let header = |name: &str| answer.headers().get(name).map(|it| it.to_str().unwrap());
        let allowed = header("access-control-allow-origin") == Some(origin)
            && header("access-control-allow-credentials") == Some("true");
        assert_eq!(allowed, credentials, "{origin}");
    }
}
