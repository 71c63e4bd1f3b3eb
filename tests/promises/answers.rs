//! Every answer of the REST API, good and bad, speaks the dialect.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::{AgentApi, TestApp, Visitor, plain_id};

#[tokio::test]
async fn a_conversation_is_shown_as_documented() {
    let app = TestApp::start().await;
    let agent = AgentApi::log_in(&app, &app.demo.agents[0]).await.unwrap();
    let mut visitor = Visitor::arrive(&app, "browser-session-abc").await.unwrap();
    let mut first = visitor.message("first", "Hello");
    first["customer_name"] = json!("John Doe");
    let answer = visitor.socket.ask("send_message", first).await.unwrap();
    let id = answer["message"]["conversation_id"].as_str().unwrap();

    let shown = agent.get(&format!("/api/conversations/{id}")).await.unwrap();
    assert_eq!(shown["id"], id);
    assert_eq!(shown["end_user"]["display_name"], "John Doe");
    assert_eq!(shown["end_user"]["external_id"], "browser-session-abc");
    assert_eq!(shown["organization_id"], plain_id(&app.demo.organization_id));
    assert_eq!(shown["channel_id"], plain_id(&app.demo.platform.channel_id));
    assert_eq!(shown["active_session"]["status"], "open");
    assert_eq!(shown["active_session"]["assigned_agent_id"], json!(null));
    assert_eq!(shown["active_session"]["tags"], json!([]));
    for field in ["created_at", "updated_at"] {
        assert_eq!(shown[field].as_str().unwrap().len(), "2025-01-15T08:00:00".len());
    }
    for query in ["", "?filter=unassigned", "?filter=all"] {
        let listed = agent.get(&format!("/api/conversations/{query}")).await.unwrap();
        assert_eq!(listed, json!([shown]), "{query}");
    }
    assert_eq!(agent.get("/api/conversations/?filter=mine").await.unwrap(), json!([]));

    let history = agent.get(&format!("/api/conversations/{id}/history")).await.unwrap();
    let message = history[0].as_object().unwrap();
    for field in [
        "id",
        "session_id",
        "sender_type",
        "sender_id",
        "content_type",
        "content",
        "rich_media",
        "read_by",
        "created_at",
    ] {
        assert!(message.contains_key(field), "{field} is documented");
    }
    assert_eq!(message["created_at"].as_str().unwrap().len(), "2025-01-15T08:23:10.000000".len());
}

#[tokio::test]
async fn a_history_is_paged_from_the_oldest() {
    let app = TestApp::start().await;
    let agent = AgentApi::log_in(&app, &app.demo.agents[0]).await.unwrap();
    let mut visitor = Visitor::with_conversation(&app, "long").await.unwrap();
    for number in 2..=60 {
        visitor.say(&format!("{number}")).await.unwrap();
    }
    let path = format!("/api/conversations/{}/history", visitor.conversation());
    for (query, seqs) in [
        ("", 1..=50),
        ("?limit=3", 1..=3),
        ("?limit=3&offset=3", 4..=6),
        ("?offset=58", 59..=60),
        ("?offset=59", 60..=60),
    ] {
        let answer = agent.send(Method::GET, &format!("{path}{query}"), None).await.unwrap();
        assert_eq!(answer.headers()["x-total-count"], "60");
        let page: Value = answer.json().await.unwrap();
        let came: Vec<u64> =
            page.as_array().unwrap().iter().map(|it| it["seq"].as_u64().unwrap()).collect();
        assert_eq!(came, seqs.collect::<Vec<u64>>(), "{query}");
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_in_the_dialect() {
    let app = TestApp::start().await;
    let agent = AgentApi::log_in(&app, &app.demo.agents[0]).await.unwrap();
    let visitor = Visitor::with_conversation(&app, "someone").await.unwrap();
    let here = format!("/api/conversations/{}", visitor.conversation());
    let nowhere = format!("/api/conversations/{}", uuid::Uuid::now_v7());
    let cases = [
        (Method::GET, "/api/conversations/?filter=everything".to_owned(), None, 400),
        (Method::GET, format!("{here}/history?limit=minus"), None, 400),
        (Method::GET, format!("{here}/history?offset=-1"), None, 400),
        (Method::GET, nowhere.clone(), None, 404),
        (Method::GET, format!("{nowhere}/history"), None, 404),
        (Method::GET, "/api/conversations/not-an-id".to_owned(), None, 404),
        (Method::POST, format!("{nowhere}/assign"), None, 404),
        (Method::POST, format!("{nowhere}/resolve"), None, 404),
        (Method::GET, "/api/no/such/path".to_owned(), None, 404),
        (Method::DELETE, here.clone(), None, 405),
        (Method::POST, format!("{here}/tag"), Some(json!({ "tags": "billing" })), 400),
        (Method::POST, format!("{here}/tag"), Some(json!({ "tags": [1] })), 400),
        (Method::POST, format!("{here}/tag"), Some(json!({ "tags": [" "] })), 400),
        (Method::POST, format!("{here}/tag"), Some(json!({ "tags": ["x".repeat(65)] })), 400),
        (Method::POST, format!("{here}/resolve"), Some(json!([])), 400),
    ];
    for (method, path, body, status) in cases {
        let answer = agent.send(method.clone(), &path, body.clone()).await.unwrap();
        assert_eq!(answer.status(), status, "{method} {path} {body:?}");
        assert_dialect(answer, &path).await;
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_in_the_dialect() {
    let app = TestApp::start().await;
    let agent = AgentApi::log_in(&app, &app.demo.agents[0]).await.unwrap();
    let visitor = Visitor::with_conversation(&app, "someone").await.unwrap();
    let url = format!("{}/api/conversations/{}/tag", app.base_url, visitor.conversation());
    for body in ["{", "{\"tags\":[}", "\u{0}", "tags=x", "[[[[", &"[".repeat(100_000)] {
        let request = Client::new()
            .post(&url)
            .header("cookie", &agent.cookie)
            .header("x-csrftoken", &agent.csrf_token)
            .header("content-type", "application/json")
            .body(body.to_owned());
        let answer = request.send().await.unwrap();
        assert!(matches!(answer.status().as_u16(), 400 | 413), "{}", answer.status());
        assert_dialect(answer, &url).await;
    }
}

#[tokio::test]
async fn nobody_gets_anything_without_a_login() {
    let app = TestApp::start().await;
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let id = uuid::Uuid::now_v7();
    for (method, path) in [
        (Method::GET, "/api/conversations/".to_owned()),
        (Method::GET, format!("/api/conversations/{id}")),
        (Method::GET, format!("/api/conversations/{id}/history")),
        (Method::POST, format!("/api/conversations/{id}/assign")),
        (Method::POST, format!("/api/conversations/{id}/resolve")),
        (Method::POST, format!("/api/conversations/{id}/tag")),
    ] {
        for cookie in ["", "session=", "session=made-up"] {
            let request = client.request(method.clone(), format!("{}{path}", app.base_url));
            let answer = request.header("cookie", cookie).send().await.unwrap();
            assert_eq!(answer.status(), 401, "{method} {path} {cookie}");
            assert_dialect(answer, &path).await;
        }
    }
    let answer = client.get(format!("{}/inbox", app.base_url)).send().await.unwrap();
    assert!(answer.status().is_redirection(), "a page sends to the login");
    assert!(answer.headers()["location"].to_str().unwrap().contains("/auth/login"));
}

/// `{"error": "<text>"}` and an id to ask about.
async fn assert_dialect(answer: reqwest::Response, what: &str) {
    let id = answer.headers().get("x-request-id").cloned();
    assert!(id.is_some_and(|id| !id.is_empty()), "{what}: no request id");
    let body = answer.text().await.unwrap();
    let body: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{what}: {body:?}"));
    assert!(body["error"].as_str().is_some_and(|text| !text.is_empty()), "{what}: {body}");
}
