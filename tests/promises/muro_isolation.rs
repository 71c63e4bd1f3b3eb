//! No key opens what is not its own: every route of REST v1 against every kind of key that must not pass.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::rest::{Rest, ids, make_key};
use crate::support::{TestApp, Visitor};

/// The ids of what a program of the demo organization sees, or of nothing.
struct Things {
    conversation: String,
    contact: String,
    saved_reply: String,
    rule: String,
    webhook: String,
}

impl Things {
    async fn of(rest: &Rest) -> Self {
        let reply = json!({"shortcut": "hi", "title": "Hi", "body": "Hello!"});
        let rule = json!({
            "name": "Tag", "trigger": "message.created",
            "actions": [{"type": "add_tag", "value": "seen"}],
        });
        let webhook = json!({"url": "https://example.com/hook", "events": ["message.created"]});
        let id = |made: Value| made["id"].as_str().unwrap().to_owned();
        Self {
            conversation: ids(&rest.get("/conversations").await.unwrap()).remove(0),
            contact: ids(&rest.get("/contacts").await.unwrap()).remove(0),
            saved_reply: id(rest.create("/saved-replies", &reply).await.unwrap()),
            rule: id(rest.create("/automation-rules", &rule).await.unwrap()),
            webhook: id(rest.create("/webhooks", &webhook).await.unwrap()),
        }
    }

    fn of_nobody() -> Self {
        let id = |prefix: &str| format!("{prefix}_{}", uuid::Uuid::now_v7().simple());
        Self {
            conversation: id("cnv"),
            contact: id("vis"),
            saved_reply: id("srp"),
            rule: id("aur"),
            webhook: id("whk"),
        }
    }
}

/// A request about one thing.
struct Route {
    method: Method,
    path: String,
    body: Option<Value>,
    /// The status for a key that is pinned to another website.
    pinned: u16,
}

impl Route {
    async fn ask(&self, rest: &Rest) -> (u16, Value) {
        rest.ask(self.method.clone(), &self.path, self.body.as_ref()).await.unwrap()
    }

    /// The status and the type of the error that it is refused with.
    async fn refusal(&self, rest: &Rest) -> (u16, String) {
        let (status, body) = self.ask(rest).await;
        (status, body["error"]["type"].as_str().unwrap_or_default().to_owned())
    }
}

/// Every route that names a thing.
fn routes(things: &Things) -> Vec<Route> {
    let conversation = format!("/conversations/{}", things.conversation);
    let contact = format!("/contacts/{}", things.contact);
    let reply = format!("/saved-replies/{}", things.saved_reply);
    let rule = format!("/automation-rules/{}", things.rule);
    let webhook = format!("/webhooks/{}", things.webhook);
    let of_it = |what: &str| format!("{conversation}/{what}");
    let own = |method, path, body| Route { method, path, body, pinned: 404 };
    // What all websites share is changed by keys of all websites.
    let shared = |method, path, body| Route { method, path, body, pinned: 403 };
    let shown = |method, path, body| Route { method, path, body, pinned: 200 };
    vec![
        own(Method::GET, conversation.clone(), None),
        own(Method::PATCH, conversation.clone(), Some(json!({"status": "closed"}))),
        own(Method::GET, of_it("messages"), None),
        own(Method::POST, of_it("messages"), Some(json!({"content": "intruding"}))),
        own(Method::POST, of_it("typing"), None),
        own(Method::GET, of_it("summary"), None),
        own(Method::GET, contact.clone(), None),
        own(Method::PATCH, contact, Some(json!({"name": "Mallory"}))),
        own(Method::POST, "/conversations".to_owned(), Some(json!({"visitor_id": things.contact}))),
        shown(Method::GET, reply.clone(), None),
        shared(Method::PATCH, reply.clone(), Some(json!({"title": "Bye"}))),
        shared(Method::DELETE, reply, None),
        shared(Method::GET, rule.clone(), None),
        shared(Method::PATCH, rule.clone(), Some(json!({"enabled": false}))),
        shared(Method::DELETE, rule, None),
        own(Method::GET, webhook.clone(), None),
        own(Method::PATCH, webhook.clone(), Some(json!({"enabled": false}))),
        own(Method::GET, format!("{webhook}/deliveries"), None),
        own(Method::DELETE, webhook, None),
    ]
}

const LISTS: [&str; 5] =
    ["/conversations", "/contacts", "/saved-replies", "/automation-rules", "/webhooks"];

async fn prepared() -> (Arc<TestApp>, Rest, Things) {
    let app = TestApp::start().await;
    Visitor::with_conversation(&app, "private").await.unwrap();
    let rest = Rest::of(&app);
    let things = Things::of(&rest).await;
    (app, rest, things)
}

/// Everything a program sees of these things.
async fn seen(rest: &Rest, things: &Things) -> Vec<Value> {
    let mut seen = Vec::new();
    for route in routes(things).iter().filter(|route| route.method == Method::GET) {
        seen.push(rest.ask(Method::GET, &route.path, None).await.unwrap().1);
    }
    seen
}

#[tokio::test]
async fn what_is_of_another_organization_is_not_there() {
    let (app, rest, things) = prepared().await;
    let foreign = Rest::new(&app, &app.other_demo().muro.key);
    let before = seen(&rest, &things).await;
    for (route, void) in routes(&things).iter().zip(routes(&Things::of_nobody())) {
        let name = format!("{} {}", route.method, route.path);
        let answer = route.ask(&foreign).await;
        assert_eq!(answer, void.ask(&foreign).await, "{name}: it answers as where nothing is");
        assert_eq!((answer.0, &answer.1["error"]["type"]), (404, &json!("not_found")), "{name}");
    }
    for list in LISTS {
        assert_eq!(ids(&foreign.get(list).await.unwrap()), [""; 0], "{list}");
    }
    let bulk = json!({"ids": [things.conversation], "action": "close"});
    let results = foreign.post("/conversations/bulk", &bulk).await.unwrap();
    assert_eq!(results["data"][0]["error"]["type"], "not_found");
    assert_eq!(seen(&rest, &things).await, before, "nothing has changed");
}

#[tokio::test]
async fn a_key_of_one_website_opens_nothing_of_another() {
    let (app, rest, things) = prepared().await;
    let app_channel = format!("web_{}", app.demo.platform.mobile_channel_id.replace('-', ""));
    let more = ["--scope", "read,write", "--website", &app_channel];
    let pinned = Rest::new(&app, &make_key(&app, &more).0);
    let before = seen(&rest, &things).await;
    for route in routes(&things) {
        let (status, _) = route.ask(&pinned).await;
        assert_eq!(status, route.pinned, "{} {}", route.method, route.path);
    }
    for list in
        ["/conversations", "/contacts", "/conversations?q=hello", "/conversations?status=open"]
    {
        assert_eq!(ids(&pinned.get(list).await.unwrap()), [""; 0], "{list}");
    }
    let website = format!("/contacts?website_id={}", app.demo.muro.website_id);
    assert_eq!(ids(&pinned.get(&website).await.unwrap()), [""; 0]);
    let bulk = json!({"ids": [things.conversation], "action": "close"});
    let results = pinned.post("/conversations/bulk", &bulk).await.unwrap();
    assert_eq!(results["data"][0]["error"]["type"], "not_found");
    assert_eq!(seen(&rest, &things).await, before, "nothing has changed");

    let more = ["--scope", "read,write", "--website", app.demo.muro.website_id.as_str()];
    let own = Rest::new(&app, &make_key(&app, &more).0);
    assert_eq!(ids(&own.get("/conversations").await.unwrap()), [things.conversation.as_str()]);
    assert_eq!(ids(&own.get("/contacts").await.unwrap()), [things.contact.as_str()]);
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_no_more() {
    let (app, rest, things) = prepared().await;
    let reads = Rest::new(&app, &app.demo.muro.read_key);
    let writes = Rest::new(&app, &make_key(&app, &["--scope", "write"]).0);
    let before = seen(&rest, &things).await;
    for route in routes(&things) {
        let blind = if route.method == Method::GET { &writes } else { &reads };
        let (status, kind) = route.refusal(blind).await;
        let name = format!("{} {}", route.method, route.path);
        assert_eq!((status, kind.as_str()), (403, "permission_error"), "{name}");
    }
    for list in LISTS {
        let (status, kind, _) = writes.refusal(Method::GET, list, None).await.unwrap();
        assert_eq!((status, kind.as_str()), (403, "permission_error"), "{list}");
    }
    assert_eq!(seen(&rest, &things).await, before, "nothing has changed");
}

#[tokio::test]
async fn what_is_no_key_opens_nothing() {
    let (app, rest, things) = prepared().await;
    let (revoked, id) = make_key(&app, &["--scope", "read,write"]);
    let in_time = Rest::new(&app, &revoked);
    in_time.get("/conversations").await.unwrap();
    assert!(app.run(&["keys", "revoke", &id], &[]).status.success());
    let before = seen(&rest, &things).await;
    let made_up = format!("{}0", &revoked[..revoked.len() - 1]);
    for key in [&revoked, &made_up, "", "mr_live_", &app.demo.platform.agent_key] {
        let blind = Rest::new(&app, key);
        for route in routes(&things) {
            let (status, kind) = route.refusal(&blind).await;
            let name = format!("{key}: {} {}", route.method, route.path);
            assert_eq!((status, kind.as_str()), (401, "authentication_error"), "{name}");
        }
    }
    assert_eq!(seen(&rest, &things).await, before, "nothing has changed");
}
