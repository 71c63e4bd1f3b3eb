//! Automation rules over REST v1, as muro documents them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::rest::{Rest, ids};
use crate::support::{TestApp, Visitor};

const RULES: &str = "/automation-rules";

/// The rule of muro's documents.
fn documented() -> Value {
    json!({
        "name": "Tag urgent refunds",
        "trigger": "message.created",
        "conditions": {
            "match": "all",
            "items": [{"field": "content", "op": "contains", "value": "refund"}],
        },
        "actions": [
            {"type": "add_tag", "value": "refund"},
            {"type": "reply", "text": "We'll sort this out right away."},
        ],
    })
}

/// The documented rule with these keys instead.
fn with(keys: Value) -> Value {
    let (Value::Object(mut rule), Value::Object(keys)) = (documented(), keys) else {
        panic!("both are objects")
    };
    rule.extend(keys);
    Value::Object(rule)
}

/// A rule without what differs from run to run, which must be there.
fn steady(mut rule: Value) -> Value {
    for (key, prefix) in [("id", "aur_"), ("created_at", "20"), ("updated_at", "20")] {
        let value = rule.as_object_mut().unwrap().remove(key).unwrap();
        assert!(value.as_str().unwrap().starts_with(prefix), "{key}: {value}");
    }
    rule
}

#[tokio::test]
async fn a_rule_is_made_read_changed_and_forgotten() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let made = rest.create(RULES, &documented()).await.unwrap();
    let expected = with(json!({"object": "automation_rule", "enabled": true}));
    assert_eq!(steady(made.clone()), expected);
    let path = format!("{RULES}/{}", made["id"].as_str().unwrap());
    assert_eq!(rest.get(&path).await.unwrap(), made);
    let list = rest.get(RULES).await.unwrap();
    let whole = json!({"object": "list", "data": [made], "has_more": false, "next_cursor": null});
    assert_eq!(list, whole);
    let actions = json!([{"type": "set_status", "status": "closed"}]);
    let change = json!({"name": " Close ", "enabled": false, "conditions": {}, "actions": actions});
    let changed = steady(rest.patch(&path, &change).await.unwrap());
    let expected = with(json!({
        "object": "automation_rule",
        "name": "Close",
        "enabled": false,
        "conditions": {"match": "all", "items": []},
        "actions": [{"type": "set_status", "value": "closed"}],
    }));
    assert_eq!(changed, expected);
    let (status, gone) = rest.ask(Method::DELETE, &path, None).await.unwrap();
    let expected = json!({"object": "automation_rule", "id": made["id"], "deleted": true});
    assert_eq!((status, gone), (200, expected));
    for method in [Method::GET, Method::DELETE] {
        let refusal = rest.refusal(method, &path, None).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (404, "not_found"));
    }
}

#[tokio::test]
async fn a_rule_that_makes_no_sense_is_refused_with_the_field() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let item = |item: Value| json!({"conditions": {"items": [item]}});
    let action = |action: Value| json!({"actions": [action]});
    let stranger = app.other_demo().agents[0].id.clone();
    for (wrong, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(201)}), "name"),
        (json!({"name": 1}), "name"),
        (json!({"enabled": "yes"}), "enabled"),
        (json!({"trigger": "conversation.closed"}), "trigger"),
        (json!({"conditions": {"match": "none"}}), "conditions.match"),
        (item(json!({"field": "subject", "op": "contains", "value": "a"})), "conditions.items[0]"),
        (item(json!({"field": "content", "op": "is", "value": "a"})), "conditions.items[0]"),
        (item(json!({"field": "content", "op": "contains"})), "conditions.items"),
        (item(json!({"field": "content", "op": "matches", "value": "(a"})), "conditions.items"),
        (item(json!({"field": "content", "op": "matches", "value": "(?=a)"})), "conditions.items"),
        (
            item(json!({"field": "content", "op": "matches", "value": "(a{1000}){1000}"})),
            "conditions.items",
        ),
        (json!({"actions": []}), "actions"),
        (action(json!({"type": "delete"})), "actions"),
        (action(json!({"type": "add_tag", "value": " "})), "actions"),
        (action(json!({"type": "assign", "user_id": "usr_1"})), "actions"),
        (action(json!({"type": "assign", "user_id": stranger})), "actions"),
        (action(json!({"type": "set_status", "value": "pending"})), "actions"),
        (action(json!({"type": "reply", "text": "x".repeat(32_769)})), "actions"),
    ] {
        let refusal = rest.refusal(Method::POST, RULES, Some(&with(wrong.clone()))).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (400, "invalid_request_error"), "{wrong}");
        assert!(refusal.2.starts_with(field), "{wrong}: {}", refusal.2);
    }
    let many = vec![json!({"type": "add_tag", "value": "a"}); 11];
    let refusal = rest.refusal(Method::POST, RULES, Some(&with(json!({"actions": many})))).await;
    let refusal = refusal.unwrap().2;
    assert!(refusal.starts_with("actions: must be 1 to 10"), "{refusal}");
    assert_eq!(ids(&rest.get(RULES).await.unwrap()), [""; 0]);
    let made = rest.create(RULES, &documented()).await.unwrap();
    let path = format!("{RULES}/{}", made["id"].as_str().unwrap());
    let refusal = rest.refusal(Method::PATCH, &path, Some(&json!({}))).await.unwrap();
    assert_eq!(refusal.0, 400);
    assert_eq!(rest.get(&path).await.unwrap(), made);
}

#[tokio::test]
async fn who_may_only_read_or_is_a_stranger_changes_no_rule() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let made = rest.create(RULES, &documented()).await.unwrap();
    let path = format!("{RULES}/{}", made["id"].as_str().unwrap());
    let reader = Rest::new(&app, &app.demo.muro.read_key);
    assert_eq!(reader.get(&path).await.unwrap(), made);
    let stranger = Rest::new(&app, &app.other_demo().muro.key);
    assert_eq!(stranger.get(RULES).await.unwrap()["data"], json!([]));
    let rule = documented();
    for (method, path, body) in [
        (Method::POST, RULES, Some(&rule)),
        (Method::PATCH, path.as_str(), Some(&rule)),
        (Method::DELETE, path.as_str(), None),
    ] {
        let refusal = reader.refusal(method.clone(), path, body).await.unwrap();
        assert_eq!((refusal.0, refusal.1.as_str()), (403, "permission_error"), "{method}");
        if method != Method::POST {
            let refusal = stranger.refusal(method.clone(), path, body).await.unwrap();
            assert_eq!((refusal.0, refusal.1.as_str()), (404, "not_found"), "{method}");
        }
    }
    assert_eq!(rest.get(&path).await.unwrap(), made);
}

#[tokio::test]
async fn rules_are_listed_in_the_order_in_which_they_run() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    let mut made = Vec::new();
    for n in 0..5 {
        let rule = with(json!({"name": n.to_string()}));
        let rule = rest.create(RULES, &rule).await.unwrap();
        made.push(rule["id"].as_str().unwrap().to_owned());
    }
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = rest.get(&format!("{RULES}?limit=2{cursor}")).await.unwrap();
        listed.extend(ids(&page));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(listed, made);
    let refusal = rest.refusal(Method::GET, &format!("{RULES}?cursor=x"), None).await.unwrap();
    assert_eq!(refusal.0, 400);
}

#[tokio::test]
async fn what_a_rule_did_is_kept_together_with_the_message() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    rest.create(RULES, &documented()).await.unwrap();
    let mut visitor = Visitor::with_conversation(&app, "visitor").await.unwrap();
    let join = json!({"conversation_id": visitor.conversation(), "external_id": "visitor"});
    visitor.socket.ask("join_conversation", join).await.unwrap();
    visitor.say("I want a REFUND").await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < 3 {
        let message = visitor.socket.next("message_received").await.unwrap();
        heard.push(message["content"].as_str().unwrap().to_owned());
    }
    assert_eq!(heard, ["hello", "I want a REFUND", "We'll sort this out right away."]);
    app.kill9().await;
    app.restart().await;
    let conversation = &rest.get("/conversations").await.unwrap()["data"][0];
    assert_eq!(conversation["tags"], json!(["refund"]));
    let path = format!("/conversations/{}/messages", conversation["id"].as_str().unwrap());
    let messages = rest.get(&path).await.unwrap();
    let told: Vec<_> = messages["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["sender_type"].as_str().unwrap(), it["content"].as_str().unwrap()))
        .collect();
    let expected = [
        ("visitor", "hello"),
        ("visitor", "I want a REFUND"),
        ("agent", "We'll sort this out right away."),
    ];
    assert_eq!(told, expected);
    assert_eq!(messages["data"][2]["sender_id"], Value::Null);
}

#[tokio::test]
async fn a_rule_that_cannot_be_read_keeps_nobody_from_writing() {
    let app = TestApp::start().await;
    let rest = Rest::of(&app);
    rest.create(RULES, &documented()).await.unwrap();
    app.execute("update automation_rules set actions = '[]'").await;
    let mut visitor = Visitor::with_conversation(&app, "visitor").await.unwrap();
    visitor.say("I want a refund").await.unwrap();
    let conversation = &rest.get("/conversations").await.unwrap()["data"][0];
    assert_eq!((&conversation["tags"], &conversation["unread_count"]), (&json!([]), &json!(2)));
    assert!(app.log().contains("automation rules cannot be read"));
}
