//! Programs are told what happens in conversations: all of it, signed, whatever befalls the receiver or
//! the server.

use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support::pusher::hmac_hex;
use crate::support::rest::Rest;
use crate::support::{Answer, Database, Hook, Receiver, SOON, TestApp, Visitor, found, free_port};

/// Waits that are short enough for a test, and receivers on this machine.
const HASTE: [(&str, &str); 4] = [
    ("WEBHOOKS__SCHEDULE", r#"["100ms","100ms","100ms","100ms","100ms","100ms"]"#),
    ("WEBHOOKS__RETRY_FIRST_MS", "100"),
    ("WEBHOOKS__TIMEOUT_MS", "1000"),
    ("WEBHOOKS__ALLOW_PRIVATE_ADDRESSES", "true"),
];

async fn serve() -> (Arc<TestApp>, Rest) {
    let app = TestApp::start_with(&Database::Sqlite, &HASTE).await;
    let rest = Rest::of(&app);
    (app, rest)
}

async fn subscribe(rest: &Rest, url: &str, events: &[&str]) -> Value {
    rest.create("/webhooks", &json!({ "url": url, "events": events })).await.unwrap()
}

async fn arrive(app: &TestApp, name: &str) -> Visitor {
    Visitor::arrive(app, name).await.unwrap()
}

/// Someone says something, and is gone.
async fn says(app: &TestApp, text: &str) {
    arrive(app, "visitor").await.say(text).await.unwrap();
}

/// What came of the first thing that a webhook was to be told, once this holds of it.
async fn logged(rest: &Rest, webhook: &Value, holds: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/webhooks/{}/deliveries", webhook["id"].as_str().unwrap());
    let first = async || {
        let list = rest.get(&path).await.unwrap();
        Some(list["data"][0].clone()).filter(&holds)
    };
    found("something of the kind came of it", first).await
}

/// The texts of the messages that were told of, in the order in which they came.
fn contents(hooks: &[Hook]) -> Vec<String> {
    let text = |hook: &Hook| hook.json()["data"]["message"]["content"].as_str().map(str::to_owned);
    hooks.iter().filter_map(text).collect()
}

fn of_type(hooks: &[Hook], kind: &str) -> Vec<Value> {
    hooks.iter().map(Hook::json).filter(|event| event["type"] == kind).collect()
}

#[tokio::test]
async fn a_conversation_is_told_from_beginning_to_end() {
    let (app, rest) = serve().await;
    let receiver = Receiver::start().await;
    let webhook = rest.create("/webhooks", &json!({ "url": receiver.url })).await.unwrap();
    let mut visitor = arrive(&app, "visitor").await;
    visitor.say("hello").await.unwrap();
    let conversation = format!("cnv_{}", visitor.conversation().replace('-', ""));
    let path = format!("/conversations/{conversation}");
    rest.create(&format!("{path}/messages"), &json!({"content": "hi"})).await.unwrap();
    let note = json!({"content": "a note", "kind": "note"});
    rest.create(&format!("{path}/messages"), &note).await.unwrap();
    let shown = rest.get(&path).await.unwrap();
    let contact = format!("/contacts/{}", shown["visitor"]["id"].as_str().unwrap());
    rest.patch(&contact, &json!({"email": "marie@example.com"})).await.unwrap();
    rest.patch(&path, &json!({"status": "closed", "tags": ["billing"]})).await.unwrap();
    let hooks = receiver.until_hooks(SOON, |hooks| hooks.len() == 5).await;

    assert_eq!(contents(&hooks), ["hello", "hi"], "and never the note");
    let opened = &of_type(&hooks, "conversation.opened")[0];
    assert_eq!(opened["data"]["conversation"]["visitor_id"], shown["visitor"]["id"]);
    assert_eq!(opened["data"]["conversation"]["website_id"], json!(app.demo.muro.website_id));
    let closed = &of_type(&hooks, "conversation.closed")[0]["data"]["conversation"];
    assert_eq!((&closed["id"], &closed["tags"]), (&json!(conversation), &json!(["billing"])));
    let identified = &of_type(&hooks, "visitor.identified")[0]["data"]["visitor"];
    assert_eq!(identified["email"], "marie@example.com");
    let secret = webhook["secret"].as_str().unwrap();
    for hook in &hooks {
        let (header, event) = (|name: &str| hook.headers[name].as_str(), hook.json());
        assert_eq!(event["organization_id"], json!(app.demo.organization_id));
        assert_eq!(event["type"], header("x-muro-event"));
        assert_eq!(event["id"], header("x-muro-event-id"));
        let (time, signature) = (header("x-muro-timestamp"), hmac_hex(secret, &hook.body));
        assert_eq!(header("x-muro-signature"), format!("t={time},v1={signature}"));
    }
}

#[tokio::test]
async fn a_receiver_that_fails_hears_everything_in_order() {
    let receiver = Receiver::failing(Answer::FAILURES).await;
    let (app, rest) = serve().await;
    subscribe(&rest, &receiver.url, &["message.created"]).await;
    let (mut one, mut two) = (arrive(&app, "one").await, arrive(&app, "two").await);
    for number in ["1", "2", "3"] {
        one.say(&format!("one {number}")).await.unwrap();
        two.say(&format!("two {number}")).await.unwrap();
    }
    let accepted = receiver.until_hooks(SOON * 2, |hooks| hooks.len() >= 6).await;
    let ids = |hooks: &[Hook]| -> Vec<String> {
        hooks.iter().map(|hook| hook.headers["x-muro-event-id"].clone()).collect()
    };
    let mut known = ids(&accepted);
    known.sort_unstable();
    known.dedup();
    assert_eq!(known.len(), 6, "each event has an id of its own");
    let attempts = receiver.hooks();
    assert!(ids(&attempts).iter().all(|id| known.contains(id)), "at every attempt the same one");
    assert_eq!(
        attempts.len() - accepted.len(),
        Answer::FAILURES.len(),
        "redirects are not followed"
    );
    let mut told = contents(&accepted);
    told.sort();
    assert_eq!(told, ["one 1", "one 2", "one 3", "two 1", "two 2", "two 3"]);
}

#[tokio::test]
async fn what_happened_before_a_power_cut_is_told_after_it() {
    let port = free_port();
    let (app, rest) = serve().await;
    subscribe(&rest, &format!("http://127.0.0.1:{port}/hooks"), &["message.created"]).await;
    let mut visitor = arrive(&app, "visitor").await;
    for number in ["1", "2", "3"] {
        visitor.say(number).await.unwrap();
    }
    app.kill9().await;
    let receiver = Receiver::start_on(port).await;
    app.restart().await;
    // What was being posted in that moment is another's until its lease runs out.
    let hooks = receiver.until_hooks(SOON * 4, |hooks| contents(hooks).len() >= 3).await;
    let mut told = contents(&hooks);
    told.dedup();
    assert_eq!(told, ["1", "2", "3"]);
}

#[tokio::test]
async fn a_webhook_that_fails_for_three_days_is_switched_off_with_the_reason() {
    let port = free_port();
    let (app, rest) = serve().await;
    let url = format!("http://127.0.0.1:{port}/hooks");
    let webhook = subscribe(&rest, &url, &["message.created"]).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    says(&app, "is anybody there?").await;
    logged(&rest, &webhook, |delivery| delivery["attempts"][0].is_object()).await;
    let failing = rest.get(&path).await.unwrap();
    assert_eq!((&failing["enabled"], &failing["disabled_reason"]), (&json!(true), &Value::Null));
    assert!(failing["failing_since"].is_string(), "{failing}");

    app.execute("update webhooks set failing_since = failing_since - 259200000000").await;
    says(&app, "and after three days?").await;
    let is_off = async || Some(rest.get(&path).await.unwrap()).filter(|it| it["enabled"] == false);
    let off = found("it is switched off", is_off).await;
    let reason = off["disabled_reason"].as_str().unwrap();
    assert!(reason.starts_with("it has taken nothing since 20"), "{reason}");
    assert!(reason.contains("Connection refused"), "{reason}");
    let listed = app.run(&["webhooks", "list"], &[]).stdout;
    assert!(listed.contains(reason), "{listed}");

    let receiver = Receiver::start_on(port).await;
    let on = rest.patch(&path, &json!({"enabled": true})).await.unwrap();
    assert_eq!((&on["disabled_reason"], &on["failing_since"]), (&Value::Null, &Value::Null));
    says(&app, "welcome back").await;
    let hooks = receiver.until_hooks(SOON, |hooks| !hooks.is_empty()).await;
    assert_eq!(contents(&hooks), ["welcome back"], "what waited for it was dropped");
}

#[tokio::test]
async fn every_attempt_can_be_looked_up_and_made_again() {
    let receiver = Receiver::failing([Answer::Status(500)]).await;
    let (app, rest) = serve().await;
    let webhook = subscribe(&rest, &receiver.url, &["message.created"]).await;
    says(&app, "hello").await;
    let delivery = logged(&rest, &webhook, |delivery| delivery["status"] == "delivered").await;
    assert_eq!(delivery["object"], "webhook_delivery");
    assert_eq!(delivery["event"]["data"]["message"]["content"], "hello");
    let attempts = delivery["attempts"].as_array().unwrap();
    let statuses: Vec<&Value> = attempts.iter().map(|attempt| &attempt["status"]).collect();
    assert_eq!(statuses, [&json!(500), &json!(200)]);
    assert_eq!(attempts[0]["response"], "ok");
    let [webhook, delivery] = [&webhook, &delivery].map(|it| it["id"].as_str().unwrap());
    let again = format!("/webhooks/{webhook}/deliveries/{delivery}/redeliver");
    let again = rest.post(&again, &json!({})).await.unwrap();
    assert_eq!(again["status"], "pending");
    let hooks = receiver.until_hooks(SOON, |hooks| hooks.len() == 2).await;
    assert_eq!(hooks[0].body, hooks[1].body, "the same event under the same id");
}

#[tokio::test]
async fn webhooks_are_made_shown_changed_and_forgotten() {
    let (app, rest) = serve().await;
    let asked = json!({
        "url": "https://a.example/hook", "events": ["conversation.closed", "message.created"],
        "website_id": app.demo.muro.website_id, "signature_style": "standard-webhooks",
    });
    let mut made = rest.create("/webhooks", &asked).await.unwrap();
    let secret = made.as_object_mut().unwrap().remove("secret").unwrap();
    assert!(secret.as_str().unwrap().starts_with("whsec_"));
    let id = made["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("whk_"));
    let expected = json!({
        "object": "webhook", "id": id, "url": "https://a.example/hook",
        "events": ["message.created", "conversation.closed"],
        "website_id": app.demo.muro.website_id, "signature_style": "standard-webhooks",
        "enabled": true, "disabled_reason": null, "failing_since": null,
        "created_at": made["created_at"], "updated_at": made["updated_at"],
    });
    assert_eq!(made, expected);
    let path = format!("/webhooks/{id}");
    assert_eq!(rest.get(&path).await.unwrap(), expected, "the secret is shown once");
    assert_eq!(rest.get("/webhooks").await.unwrap()["data"], json!([expected]));
    let changed = rest.patch(&path, &json!({"enabled": false})).await.unwrap();
    assert_eq!(changed["enabled"], false);
    let rotated = rest.post(&format!("{path}/rotate"), &json!({})).await.unwrap();
    assert_ne!(rotated["secret"], secret);
    let gone = rest.ask(Method::DELETE, &path, None).await.unwrap();
    assert_eq!(gone, (200, json!({"object": "webhook", "id": id, "deleted": true})));
    assert_eq!(rest.refusal(Method::GET, &path, None).await.unwrap().0, 404);
}

#[tokio::test]
async fn what_cannot_be_a_webhook_is_refused_with_its_field() {
    let (app, rest) = serve().await;
    let url = "https://a.example/";
    for (field, body) in [
        ("url", json!({})),
        ("url", json!({"url": "a.example"})),
        ("events", json!({"url": url, "events": []})),
        ("events", json!({"url": url, "events": ["message.deleted"]})),
        ("website_id", json!({"url": url, "website_id": "web_1"})),
        ("signature_style", json!({"url": url, "signature_style": "none"})),
    ] {
        let refusal = rest.refusal(Method::POST, "/webhooks", Some(&body)).await.unwrap();
        let (status, kind, message) = refusal;
        assert_eq!((status, kind.as_str()), (400, "invalid_request_error"), "{body}");
        assert!(message.contains(field), "{body}: {message}");
    }
    let webhook = subscribe(&rest, url, &["message.created"]).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().unwrap());
    let empty = rest.refusal(Method::PATCH, &path, Some(&json!({}))).await.unwrap();
    assert_eq!(empty.0, 400);
    let reader = Rest::new(&app, &app.demo.muro.read_key);
    let refused = reader.refusal(Method::DELETE, &path, None).await.unwrap();
    assert_eq!((refused.0, refused.1.as_str()), (403, "permission_error"));
    assert!(reader.get(&path).await.is_ok());
    let stranger = Rest::new(&app, &app.other_demo().muro.key);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(stranger.refusal(method, &path, None).await.unwrap().0, 404);
    }
}

#[tokio::test]
async fn a_receiver_on_this_machine_is_reached_only_where_that_is_allowed() {
    let settings = [HASTE[0], HASTE[1], HASTE[2]];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    let (rest, receiver) = (Rest::of(&app), Receiver::start().await);
    let webhook = subscribe(&rest, &receiver.url, &["message.created"]).await;
    says(&app, "hello").await;
    let delivery = logged(&rest, &webhook, |delivery| delivery["attempts"][0].is_object()).await;
    let why = &delivery["attempts"][0]["error"];
    assert!(why.as_str().unwrap().contains("allow_private_addresses"), "{why}");
    assert!(receiver.hooks().is_empty());
}

#[tokio::test]
async fn an_operator_handles_webhooks_on_the_command_line() {
    let (app, rest) = serve().await;
    let receiver = Receiver::start().await;
    let made =
        app.run(&["webhooks", "create", "--organization", "Demo", "--url", &receiver.url], &[]);
    assert!(made.status.success(), "{}", made.stderr);
    let word = |label: &str| {
        let line = made.stdout.lines().find(|line| line.starts_with(label)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    let (id, secret) = (word("id"), word("secret"));
    says(&app, "hello").await;
    let hooks = receiver.until_hooks(SOON, |hooks| hooks.len() == 2).await;
    let signature = hmac_hex(&secret, &hooks[0].body);
    assert!(hooks[0].headers["x-muro-signature"].ends_with(&signature));
    let listed = app.run(&["webhooks", "list"], &[]).stdout;
    assert!(listed.contains(&id) && listed.contains("enabled"), "{listed}");
    assert!(!listed.contains("/hooks") && !listed.contains(&secret), "{listed}");
    assert!(app.run(&["webhooks", "disable", &id], &[]).status.success());
    assert_eq!(rest.get(&format!("/webhooks/{id}")).await.unwrap()["enabled"], false);
    assert!(app.run(&["webhooks", "enable", &id], &[]).status.success());
    assert!(app.run(&["webhooks", "deliveries", &id], &[]).status.success());
    assert!(app.run(&["webhooks", "delete", &id], &[]).status.success());
    let gone = app.run(&["webhooks", "rotate", &id], &[]);
    assert!(gone.stderr.contains("webhooks list"), "{}", gone.stderr);
}
