//! Contacts over REST v1, as muro documents them.

use reqwest::Method;
use serde_json::json;

use crate::support::rest::{Rest, ids};
use crate::support::{TestApp, Visitor};

#[tokio::test]
async fn contacts_are_listed_with_those_seen_last_in_front() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let mut visitors = Vec::new();
    for number in 0..3 {
        let name = format!("visitor {number}");
        visitors.push(Visitor::with_conversation(&app, &name).await.unwrap());
    }
    let list = rest.get("/contacts").await.unwrap();
    let contact = &list["data"][0];
    let expected = json!({
        "object": "contact",
        "id": contact["id"],
        "name": null,
        "email": null,
        "website_id": app.demo.muro.website_id,
        "metadata": {},
        "conversation_count": 1,
        "last_seen_at": contact["last_seen_at"],
        "created_at": contact["created_at"],
    });
    assert_eq!(contact, &expected);
    let newest = ids(&list);
    visitors[0].say("me again").await.unwrap();
    let again = ids(&rest.get("/contacts").await.unwrap());
    assert_eq!(again, [&newest[2], &newest[0], &newest[1]].map(String::clone));
    let page = rest.get("/contacts?limit=2").await.unwrap();
    assert_eq!(ids(&page), again[..2]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest_of_it = rest.get(&format!("/contacts?limit=2&cursor={cursor}")).await.unwrap();
    assert_eq!(ids(&rest_of_it), again[2..]);

    let website = &app.demo.muro.website_id;
    let here = rest.get(&format!("/contacts?website_id={website}")).await.unwrap();
    assert_eq!(ids(&here).len(), 3);
    let nowhere = "/contacts?website_id=web_00000000000000000000000000000000";
    assert_eq!(ids(&rest.get(nowhere).await.unwrap()).len(), 0);
    for query in ["website_id=shop", "limit=0", "cursor=x"] {
        let path = format!("/contacts?{query}");
        let refusal = rest.refusal(Method::GET, &path, None).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (400, "invalid_request_error"), "{query}");
    }
    let cursor_of_contacts = format!("/conversations?cursor={cursor}");
    let refusal = rest.refusal(Method::GET, &cursor_of_contacts, None).await.unwrap();
    assert_eq!(refusal.0, 400, "a cursor is of one list");
}

#[tokio::test]
async fn a_contact_is_enriched_from_outside() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    Visitor::with_conversation(&app, "marie").await.unwrap();
    let id = ids(&rest.get("/contacts").await.unwrap()).remove(0);
    let path = format!("/contacts/{id}");
    let plan = json!({"plan": "PRO", "mrr": 9, "workspace_id": "ws_123"});
    let body = json!({"name": "Marie", "email": "Marie@Example.com", "metadata": plan});
    let changed = rest.patch(&path, &body).await.unwrap();
    assert_eq!(changed["name"], "Marie");
    assert_eq!(changed["email"], "marie@example.com");
    assert_eq!(changed["metadata"], plan);
    let changed = rest.patch(&path, &json!({"metadata": {"mrr": null, "a": []}})).await.unwrap();
    assert_eq!(changed["metadata"], json!({"plan": "PRO", "workspace_id": "ws_123", "a": []}));
    assert_eq!(rest.get(&path).await.unwrap(), changed);
    let list = rest.get("/conversations").await.unwrap();
    let visitor = json!({"id": id, "name": "Marie", "email": "marie@example.com"});
    assert_eq!(list["data"][0]["visitor"], visitor);
    let forgotten = rest.patch(&path, &json!({"email": null, "name": null})).await.unwrap();
    assert_eq!((&forgotten["email"], &forgotten["name"]), (&json!(null), &json!(null)));

    for (field, body) in [
        ("body", json!({})),
        ("email", json!({"email": "marie"})),
        ("email", json!({"email": 7})),
        ("name", json!({"name": "x".repeat(201)})),
        ("metadata", json!({"metadata": "PRO"})),
        ("metadata", json!({"metadata": {"k": "x".repeat(16_384)}})),
    ] {
        let refusal = rest.refusal(Method::PATCH, &path, Some(&body)).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (400, "invalid_request_error"), "{body}");
        assert!(refusal.2.contains(field), "{body}: {}", refusal.2);
    }
    for nobody in ["/contacts/vis_00000000000000000000000000000000", "/contacts/nobody"] {
        let refusal = rest.refusal(Method::GET, nobody, None).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (404, "not_found"), "{nobody}");
    }
}
