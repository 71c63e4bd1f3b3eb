//! Saved replies over REST v1, as muro documents them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::rest::{Rest, ids};
use crate::support::{Agent, TestApp, plain_id};

const REPLIES: &str = "/saved-replies";

fn thanks() -> Value {
    json!({"shortcut": "thanks", "title": "Thank you", "body": "Thanks for reaching out!"})
}

#[tokio::test]
async fn a_reply_is_made_read_changed_and_forgotten() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let made = rest.create(REPLIES, &thanks()).await.unwrap();
    let expected = json!({
        "object": "saved_reply",
        "id": made["id"],
        "shortcut": "thanks",
        "title": "Thank you",
        "body": "Thanks for reaching out!",
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    });
    assert_eq!(made, expected);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("srp_"), "{id}");
    let path = format!("{REPLIES}/{id}");
    let whole = json!({"object": "list", "data": [made], "has_more": false, "next_cursor": null});
    assert_eq!(rest.get(REPLIES).await.unwrap(), whole);
    let changed = rest.patch(&path, &json!({"title": "Merci"})).await.unwrap();
    assert_eq!((&changed["title"], &changed["body"]), (&json!("Merci"), &made["body"]));
    assert_eq!(rest.get(&path).await.unwrap(), changed);
    let (status, gone) = rest.ask(Method::DELETE, &path, None).await.unwrap();
    let expected = json!({"object": "saved_reply", "id": id, "deleted": true});
    assert_eq!((status, gone), (200, expected));
    for path in [path.as_str(), "/saved-replies/thanks", "/saved-replies/%ff"] {
        let refusal = rest.refusal(Method::GET, path, None).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn a_shortcut_that_is_taken_is_a_conflict() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    rest.create(REPLIES, &thanks()).await.unwrap();
    let refusal = rest.refusal(Method::POST, REPLIES, Some(&thanks())).await.unwrap();
    assert_eq!((refusal.0, refusal.1.as_str()), (409, "invalid_request_error"));
    let stranger = Rest::new(&app, &app.other_demo().muro.key);
    stranger.create(REPLIES, &thanks()).await.unwrap();
    assert_eq!(ids(&rest.get(REPLIES).await.unwrap()).len(), 1);
}

#[tokio::test]
async fn a_reply_without_one_of_its_parts_is_refused() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    for (field, value) in [
        ("shortcut", json!("")),
        ("shortcut", json!("two words")),
        ("shortcut", json!("x".repeat(65))),
        ("shortcut", json!(1)),
        ("title", json!(" ")),
        ("title", json!("x".repeat(201))),
        ("body", json!("")),
        ("body", json!("x".repeat(32_769))),
    ] {
        let mut wrong = thanks();
        wrong[field] = value;
        let refusal = rest.refusal(Method::POST, REPLIES, Some(&wrong)).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (400, "invalid_request_error"), "{wrong}");
        assert!(refusal.2.starts_with(field), "{}", refusal.2);
        wrong.as_object_mut().unwrap().remove(field);
        let refusal = rest.refusal(Method::POST, REPLIES, Some(&wrong)).await.unwrap();
        assert!(refusal.0 == 400 && refusal.2.contains(field), "{refusal:?}");
    }
    let reader = Rest::new(&app, &app.demo.muro.read_key);
    let refusal = reader.refusal(Method::POST, REPLIES, Some(&thanks())).await.unwrap();
    assert_eq!((refusal.0, refusal.1.as_str()), (403, "permission_error"));
    assert_eq!(ids(&reader.get(REPLIES).await.unwrap()).len(), 0);
}

#[tokio::test]
async fn agents_are_offered_them_as_they_type() {
    let app = TestApp::start().await;
    let made = Rest::of(&app).create(REPLIES, &thanks()).await.unwrap();
    let agent = Agent::arrive(&app, &app.demo.agents[0]).await.unwrap();
    let offered = agent.api.get("/api/saved-replies?shortcut=th").await.unwrap();
    let id = plain_id(made["id"].as_str().unwrap());
    let mut expected = thanks();
    expected["id"] = json!(id);
    assert_eq!(offered, json!([expected]));
    assert_eq!(agent.api.get("/api/saved-replies").await.unwrap(), offered);
    assert_eq!(agent.api.get("/api/saved-replies?shortcut=x").await.unwrap(), json!([]));
    let stranger = reqwest::get(format!("{}/api/saved-replies", app.base_url)).await.unwrap();
    assert_eq!(stranger.status(), 401);
}
