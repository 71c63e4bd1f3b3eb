//! Conversations over REST v1, as muro documents them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::rest::{Rest, ids};
use crate::support::{Agent, TestApp, Visitor, plain_id};

/// The conversation of a visitor, as REST v1 names it.
fn id_of(visitor: &Visitor) -> String {
    format!("cnv_{}", visitor.conversation().replace('-', ""))
}

async fn begun(app: &TestApp, external_id: &str) -> (Visitor, String) {
    let visitor = Visitor::with_conversation(app, external_id).await.unwrap();
    let id = id_of(&visitor);
    (visitor, id)
}

/// Each is refused as an invalid request that names the field.
async fn refused(rest: &Rest, method: Method, path: &str, cases: Vec<(&str, Value)>) {
    for (field, body) in cases {
        let refusal = rest.refusal(method.clone(), path, Some(&body)).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (400, "invalid_request_error"), "{body}");
        assert!(refusal.2.contains(field), "{body}: {}", refusal.2);
    }
}

#[tokio::test]
async fn a_conversation_is_shown_whole() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let (_visitor, id) = begun(&app, "marie").await;
    let shown = rest.get(&format!("/conversations/{id}")).await.unwrap();
    let at = &shown["created_at"];
    let website = &app.demo.muro.website_id;
    let expected = json!({
        "object": "conversation",
        "id": id,
        "status": "open",
        "unread_count": 1,
        "tags": [],
        "assigned_user_id": null,
        "metadata": {},
        "visitor": {"id": shown["visitor"]["id"], "name": null, "email": null},
        "website": {"id": website, "name": "Website", "url": ""},
        "website_id": website,
        "last_message": {"content": "hello", "sender_type": "visitor", "at": at},
        "last_message_at": at,
        "created_at": at,
        "updated_at": at,
    });
    assert_eq!(shown, expected);
    assert!(shown["visitor"]["id"].as_str().unwrap().starts_with("vis_"));
    let list = rest.get("/conversations").await.unwrap();
    let whole = json!({"object": "list", "data": [shown], "has_more": false, "next_cursor": null});
    assert_eq!(list, whole);
}

#[tokio::test]
async fn a_list_is_read_on_by_its_cursor() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let mut expected = Vec::new();
    for number in 0..5 {
        expected.insert(0, begun(&app, &format!("visitor {number}")).await.1);
    }
    let (mut read, mut path) = (Vec::new(), "/conversations?limit=2".to_owned());
    loop {
        let page = rest.get(&path).await.unwrap();
        read.extend(ids(&page));
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert_eq!(page["has_more"], false);
            break;
        };
        assert_eq!(page["has_more"], true);
        path = format!("/conversations?limit=2&cursor={cursor}");
    }
    assert_eq!(read, expected);
    for query in ["limit=0", "limit=101", "cursor=1", "status=pending", "status="] {
        let path = format!("/conversations?{query}");
        let refusal = rest.refusal(Method::GET, &path, None).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (400, "invalid_request_error"), "{query}");
    }
    assert_eq!(ids(&rest.get("/conversations?limit=100").await.unwrap()).len(), 5);
}

#[tokio::test]
async fn a_list_has_those_alone_that_were_asked_for() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let mut all = Vec::new();
    for status in ["open", "closed", "snoozed"] {
        let (_visitor, id) = begun(&app, status).await;
        rest.patch(&format!("/conversations/{id}"), &json!({"status": status})).await.unwrap();
        all.push((status, id));
    }
    for (status, id) in all {
        let list = rest.get(&format!("/conversations?status={status}")).await.unwrap();
        assert_eq!(ids(&list), [id], "{status}");
    }
}

#[tokio::test]
async fn conversations_are_searched_by_words_status_and_page() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let mut begin = Vec::new();
    for number in 0..3 {
        begin.push(begun(&app, &format!("visitor {number}")).await.1);
    }
    let note = json!({"content": "Wants a refund for Café Zürich", "kind": "note"});
    for id in &begin[..2] {
        rest.create(&format!("/conversations/{id}/messages"), &note).await.unwrap();
    }
    rest.patch(&format!("/conversations/{}", begin[0]), &json!({"status": "closed"}))
        .await
        .unwrap();
    let found =
        async |query: &str| ids(&rest.get(&format!("/conversations?{query}")).await.unwrap());
    assert_eq!(found("q=refund").await, [&*begin[0], &*begin[1]]);
    assert_eq!(found("q=zurich%20caf").await, [&*begin[0], &*begin[1]]);
    assert_eq!(found("q=refund&status=open").await, [&*begin[1]]);
    // A visitor said hello, the note says the rest.
    assert_eq!(found("q=refund%20hello").await, [&*begin[0], &*begin[1]]);
    assert_eq!(found("q=%20").await.len(), 3);
    for nothing in ["fund", "%22", "'", "refund%20goodbye", &"x".repeat(128)] {
        assert_eq!(found(&format!("q={nothing}")).await, Vec::<String>::new(), "{nothing}");
    }
    let page = rest.get("/conversations?q=refund&limit=1").await.unwrap();
    let next = format!("q=refund&limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(found(&next).await, [&*begin[1]]);
    let long = format!("/conversations?q={}", "x".repeat(129));
    let refusal = rest.refusal(Method::GET, &long, None).await.unwrap();
    assert_eq!((refusal.0, refusal.1.as_str()), (400, "invalid_request_error"));
}

#[tokio::test]
async fn a_program_opens_a_conversation_with_a_contact() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let (mut visitor, first) = begun(&app, "marie").await;
    let visitor_id = rest.get(&format!("/conversations/{first}")).await.unwrap()["visitor"].clone();
    let visitor_id = visitor_id["id"].clone();
    let body = json!({"visitor_id": visitor_id, "content": "Need a hand?"});
    let opened = rest.create("/conversations", &body).await.unwrap();
    assert_ne!(opened["id"], json!(first));
    assert_eq!(opened["status"], "open");
    assert_eq!(opened["visitor"]["id"], visitor_id);
    assert_eq!(opened["last_message"]["sender_type"], "agent");
    let empty = rest.create("/conversations", &json!({"visitor_id": visitor_id})).await.unwrap();
    assert_eq!((&empty["last_message"], &empty["last_message_at"]), (&json!(null), &json!(null)));
    assert_eq!(ids(&rest.get("/conversations").await.unwrap()).len(), 3);
    visitor.conversation_id = None;
    visitor.say("yes please").await.unwrap();
    assert_eq!(json!(id_of(&visitor)), empty["id"], "the newest is the one they talk in");

    for nobody in ["vis_00000000000000000000000000000000", "nobody", ""] {
        let body = json!({"visitor_id": nobody});
        let refusal = rest.refusal(Method::POST, "/conversations", Some(&body)).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (404, "not_found"), "{nobody}");
    }
    let cases = vec![
        ("visitor_id", json!({})),
        ("visitor_id", json!({"visitor_id": 7})),
        ("content", json!({"visitor_id": visitor_id, "content": " "})),
        ("content", json!({"visitor_id": visitor_id, "content": "x".repeat(32_769)})),
    ];
    refused(&rest, Method::POST, "/conversations", cases).await;
}

#[tokio::test]
async fn a_change_names_any_subset() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let (_visitor, id) = begun(&app, "marie").await;
    let path = format!("/conversations/{id}");
    let ada = &app.demo.agents[0].id;
    for (change, expected) in [
        (json!({"tags": ["vip", "vip", " billing "]}), json!({"tags": ["vip", "billing"]})),
        (json!({"assigned_user_id": ada}), json!({"assigned_user_id": ada})),
        (json!({"assigned_user_id": null}), json!({"assigned_user_id": null})),
        (json!({"mark_read": true}), json!({"unread_count": 0})),
        (json!({"mark_unread": true}), json!({"unread_count": 1})),
        (
            json!({"metadata": {"a": 1, "b": {"c": 2}}}),
            json!({"metadata": {"a": 1, "b": {"c": 2}}}),
        ),
        (json!({"metadata": {"a": null, "b": {}}}), json!({"metadata": {"b": {}}})),
        (
            json!({"status": "snoozed", "snoozed_until": "2099-01-01T00:00:00+01:00"}),
            json!({"status": "snoozed", "snoozed_until": "2098-12-31T23:00:00.000Z"}),
        ),
        (json!({"status": "snoozed"}), json!({"status": "snoozed", "snoozed_until": null})),
        (
            json!({"status": "closed", "tags": [], "mark_read": true}),
            json!({"status": "closed", "tags": [], "unread_count": 0}),
        ),
        (json!({"status": "open"}), json!({"status": "open"})),
    ] {
        let changed = rest.patch(&path, &change).await.unwrap();
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&changed[field], value, "{change}");
        }
        assert_eq!(rest.get(&path).await.unwrap(), changed, "{change}");
    }
}

#[tokio::test]
async fn a_change_that_breaks_a_rule_changes_nothing() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let (_visitor, id) = begun(&app, "marie").await;
    let path = format!("/conversations/{id}");
    let before = rest.get(&path).await.unwrap();
    let many: Vec<_> = (0..51).map(|number| number.to_string()).collect();
    let foreign = app.other_demo().agents[0].id.clone();
    let cases = vec![
        ("body", json!({})),
        ("body", json!({"mark_read": false})),
        ("mark_unread", json!({"mark_read": true, "mark_unread": true})),
        ("status", json!({"status": "pending"})),
        ("snoozed_until", json!({"status": "snoozed", "snoozed_until": "tomorrow"})),
        ("snoozed_until", json!({"status": "snoozed", "snoozed_until": "2020-01-01T00:00:00Z"})),
        ("snoozed_until", json!({"snoozed_until": "2099-01-01T00:00:00Z"})),
        ("tags", json!({"tags": many})),
        ("tags[1]", json!({"tags": ["a", "x".repeat(65)]})),
        ("tags[0]", json!({"tags": [1]})),
        ("assigned_user_id", json!({"assigned_user_id": "somebody"})),
        ("assigned_user_id", json!({"assigned_user_id": foreign})),
        ("metadata", json!({"metadata": {"k": "x".repeat(16_384)}})),
        ("metadata", json!({"metadata": []})),
    ];
    refused(&rest, Method::PATCH, &path, cases).await;
    assert_eq!(rest.get(&path).await.unwrap(), before);

    // The last that fits.
    let full = json!({"k": "x".repeat(16_384 - r#"{"k":""}"#.len())});
    let tags: Vec<_> = (0..50).map(|number| format!("{number:064}")).collect();
    let changed = rest.patch(&path, &json!({"tags": tags, "metadata": full})).await.unwrap();
    assert_eq!((&changed["tags"], &changed["metadata"]), (&json!(tags), &full));
}

#[tokio::test]
async fn the_inbox_sees_what_programs_do() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let mut agent = Agent::at_the_inbox(&app, &app.demo.agents[1]).await.unwrap();
    let (visitor, id) = begun(&app, "marie").await;
    let (path, plain) = (format!("/conversations/{id}"), json!(visitor.conversation()));
    let ada = &app.demo.agents[0].id;
    rest.patch(&path, &json!({"assigned_user_id": ada})).await.unwrap();
    let heard = agent.socket.next("conversation_assigned").await.unwrap();
    assert_eq!(heard, json!({"conversation_id": plain, "assigned_to": plain_id(ada)}));
    rest.patch(&path, &json!({"assigned_user_id": null})).await.unwrap();
    let heard = agent.socket.next("conversation_assigned").await.unwrap();
    assert_eq!(heard, json!({"conversation_id": plain, "assigned_to": null}));
    rest.patch(&path, &json!({"status": "closed", "tags": ["done"]})).await.unwrap();
    for (status, change) in [("resolved", None), ("open", Some(json!({"status": "open"})))] {
        if let Some(change) = change {
            rest.patch(&path, &change).await.unwrap();
        }
        let heard = loop {
            let heard = agent.socket.next("conversation_updated").await.unwrap();
            if heard["status"] != json!(null) {
                break heard;
            }
        };
        assert_eq!((&heard["conversation_id"], &heard["status"]), (&plain, &json!(status)));
        assert_eq!(heard["tags"], json!(["done"]));
    }
}

#[tokio::test]
async fn many_are_changed_at_once_with_a_result_for_each() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let (_here, here) = begun(&app, "here").await;
    let (_there, there) = begun(&app, "there").await;
    let nowhere = "cnv_00000000000000000000000000000000";
    let path = "/conversations/bulk";
    let body = json!({"ids": [here, nowhere, "nonsense", there], "action": "close"});
    let results = rest.post(path, &body).await.unwrap();
    assert_eq!(ids(&results), [here.as_str(), nowhere, "nonsense", there.as_str()]);
    let shown = rest.get(&format!("/conversations/{here}")).await.unwrap();
    assert_eq!(shown["status"], "closed");
    assert_eq!(results["data"][0], json!({"id": here, "ok": true, "conversation": shown}));
    for index in [1, 2] {
        let error = json!({"type": "not_found", "message": "conversation not found"});
        let id = &body["ids"][index];
        assert_eq!(results["data"][index], json!({"id": id, "ok": false, "error": error}));
    }
    assert_eq!(results["data"][3]["ok"], true);

    let ada = &app.demo.agents[0].id;
    for (action, field, value) in [
        ("open", "status", json!("open")),
        ("snooze", "status", json!("snoozed")),
        ("read", "unread_count", json!(0)),
        ("unread", "unread_count", json!(1)),
        ("assign", "assigned_user_id", json!(ada)),
    ] {
        let body = json!({"ids": [here], "action": action, "assigned_user_id": ada});
        let results = rest.post(path, &body).await.unwrap();
        assert_eq!(results["data"][0]["conversation"][field], value, "{action}");
    }
    let cases = vec![
        ("ids", json!({"action": "close"})),
        ("ids", json!({"ids": [], "action": "close"})),
        ("ids", json!({"ids": vec![&here; 101], "action": "close"})),
        ("action", json!({"ids": [here], "action": "delete"})),
        ("action", json!({"ids": [here]})),
        ("assigned_user_id", json!({"ids": [here], "action": "assign"})),
        ("assigned_user_id", json!({"ids": [here], "action": "assign", "assigned_user_id": "x"})),
        ("assigned_user_id", json!({"ids": [here], "action": "close", "assigned_user_id": "x"})),
    ];
    refused(&rest, Method::POST, path, cases).await;
    let most = json!({"ids": vec![&here; 100], "action": "read"});
    assert_eq!(ids(&rest.post(path, &most).await.unwrap()).len(), 100);
}
