//! What an agent may not do at `/api/mcp`: what is another's, more than its key allows, too much, and nonsense.

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use crate::support::mcp::Mcp;
use crate::support::rest::{Rest, ids, make_key};
use crate::support::{Database, TestApp, Visitor};

const WRITING: [&str; 3] = ["send_reply", "update_conversation", "update_site"];

/// The ids of a conversation, its visitor and its website.
struct Things {
    conversation: String,
    contact: String,
    website: String,
}

impl Things {
    async fn of(app: &TestApp) -> Self {
        Visitor::with_conversation(app, "private").await.unwrap();
        let rest = Rest::of(app);
        Self {
            conversation: ids(&rest.get("/conversations").await.unwrap()).remove(0),
            contact: ids(&rest.get("/contacts").await.unwrap()).remove(0),
            website: app.demo.muro.website_id.clone(),
        }
    }

    /// A call of every tool that names a thing.
    fn calls(&self) -> [(&'static str, Value); 5] {
        let conversation = self.conversation.as_str();
        [
            ("get_conversation", json!({"id": conversation})),
            ("send_reply", json!({"conversation_id": conversation, "content": "intruding"})),
            ("update_conversation", json!({"id": conversation, "status": "closed"})),
            ("get_contact", json!({"id": self.contact})),
            ("update_site", json!({"id": self.website, "name": "Mallory's"})),
        ]
    }

    /// Everything that the tools show of them.
    async fn seen(&self, mcp: &Mcp) -> [Value; 3] {
        [
            mcp.call("get_conversation", json!({"id": self.conversation})).await,
            mcp.call("get_contact", json!({"id": self.contact})).await,
            mcp.call("list_sites", json!({})).await,
        ]
    }
}

#[tokio::test]
async fn what_is_of_another_organization_is_not_there_for_any_tool() {
    let app = TestApp::start().await;
    let (things, mcp) = (Things::of(&app).await, Mcp::of(&app));
    let before = things.seen(&mcp).await;
    let other = app.other_demo().muro;
    let foreign = Mcp::new(&app, &other.key);
    for (tool, arguments) in things.calls() {
        let refusal = foreign.refusal(tool, arguments).await;
        assert!(refusal.starts_with("not_found: "), "{tool}: {refusal}");
    }
    let of_website = json!({"website_id": things.website});
    for (tool, arguments) in [
        ("list_conversations", json!({})),
        ("list_conversations", json!({"q": "hello"})),
        ("list_contacts", json!({})),
        ("list_contacts", of_website),
    ] {
        assert_eq!(ids(&foreign.call(tool, arguments).await), [""; 0], "{tool}");
    }
    let sites = ids(&foreign.call("list_sites", json!({})).await);
    assert!(sites.contains(&other.website_id) && !sites.contains(&things.website), "{sites:?}");
    assert_eq!(things.seen(&mcp).await, before, "nothing has changed");
}

#[tokio::test]
async fn a_key_of_one_website_opens_nothing_of_another() {
    let app = TestApp::start().await;
    let (things, mcp) = (Things::of(&app).await, Mcp::of(&app));
    let before = things.seen(&mcp).await;
    let elsewhere = format!("web_{}", app.demo.platform.mobile_channel_id.replace('-', ""));
    let pinned = |website: &str| {
        let more = ["--scope", "read,write", "--website", website];
        Mcp::new(&app, &make_key(&app, &more).0)
    };
    let stranger = pinned(&elsewhere);
    for (tool, arguments) in things.calls() {
        let refusal = stranger.refusal(tool, arguments).await;
        assert!(refusal.starts_with("not_found: "), "{tool}: {refusal}");
    }
    for tool in ["list_conversations", "list_contacts"] {
        assert_eq!(ids(&stranger.call(tool, json!({})).await), [""; 0], "{tool}");
    }
    assert_eq!(ids(&stranger.call("list_sites", json!({})).await), [elsewhere.as_str()]);
    assert_eq!(things.seen(&mcp).await, before, "nothing has changed");
    let own = pinned(&things.website);
    assert_eq!(ids(&own.call("list_sites", json!({})).await), [things.website.as_str()]);
    for (tool, arguments) in things.calls() {
        own.call(tool, arguments).await;
    }
}

#[tokio::test]
async fn a_key_sees_the_tools_of_its_scopes_and_can_call_no_others() {
    let app = TestApp::start().await;
    let (things, mcp) = (Things::of(&app).await, Mcp::of(&app));
    let before = things.seen(&mcp).await;
    let all = mcp.tools().await;
    assert_eq!(all.len(), 8);
    let (writing, reading): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|tool| WRITING.contains(&tool.as_str()));
    let reads = Mcp::new(&app, &app.demo.muro.read_key);
    let writes = Mcp::new(&app, &make_key(&app, &["--scope", "write"]).0);
    assert_eq!(reads.tools().await, reading);
    assert_eq!(writes.tools().await, writing);
    for (tool, arguments) in things.calls() {
        let blind = if WRITING.contains(&tool) { &reads } else { &writes };
        let refusal = blind.refusal(tool, arguments).await;
        assert!(refusal.starts_with("permission_error: "), "{tool}: {refusal}");
    }
    for tool in ["list_conversations", "list_contacts", "list_sites"] {
        let refusal = writes.refusal(tool, json!({})).await;
        assert!(refusal.starts_with("permission_error: "), "{tool}: {refusal}");
    }
    assert_eq!(things.seen(&mcp).await, before, "nothing has changed");
}

#[tokio::test]
async fn without_a_good_key_nothing_is_said() {
    let app = TestApp::start().await;
    let (revoked, id) = make_key(&app, &["--scope", "read,write"]);
    assert_eq!(Mcp::new(&app, &revoked).tools().await.len(), 8);
    assert!(app.run(&["keys", "revoke", &id], &[]).status.success());
    let url = format!("{}/api/mcp", app.base_url);
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let agent = app.demo.platform.agent_key.as_str();
    for key in [None, Some("mr_live_unknown"), Some(agent), Some(revoked.as_str())] {
        let mut request = Client::new().post(&url).json(&body);
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"]["type"], "authentication_error");
    }
    let log = app.log();
    assert!(!log.contains(&revoked) && !log.contains(agent), "no key is written down");
}

#[tokio::test]
async fn requests_count_towards_the_limit_of_the_key() {
    let limit = [("LIMITS__API_REQUESTS_PER_MINUTE", "2")];
    let app = TestApp::start_with(&Database::Sqlite, &limit).await;
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    let remaining = |answer: &Response| answer.headers()["x-ratelimit-remaining"].clone();
    let mcp = Mcp::of(&app);
    assert_eq!(remaining(&mcp.send(&ping).await.unwrap()), "1");
    let rest = Rest::of(&app).send(Method::GET, "/contacts", None).await.unwrap();
    assert_eq!(remaining(&rest), "0", "one limit for both");
    let refused = mcp.send(&ping).await.unwrap();
    assert_eq!(refused.status(), 429);
    let wait: u32 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn what_is_no_message_is_refused_as_json_rpc_has_it() {
    let app = TestApp::start().await;
    let mcp = Mcp::of(&app);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: [(&[u8], i32); 10] = [
        (b"", -32_700),
        (b"{", -32_700),
        (b"\xff\xfe", -32_700),
        (deep.as_bytes(), -32_700),
        (b"{} {}", -32_700),
        (b"[]", -32_600),
        (b"7", -32_600),
        (b"{\"id\":3}", -32_600),
        (b"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", -32_600),
        (b"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", -32_600),
    ];
    for (body, code) in bodies {
        let name = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let answer = mcp.send_text(body.to_vec()).await.unwrap();
        assert_eq!(answer.status(), 400, "{name}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"]["code"], code, "{name}");
    }
    let plain = mcp.request(Method::POST).body("{}").send().await.unwrap();
    assert_eq!(plain.status(), 415);
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    let ahead = mcp.request(Method::POST).header("mcp-protocol-version", "2099-01-01").json(&ping);
    assert_eq!(ahead.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn sizes_are_those_of_rest() {
    let app = TestApp::start().await;
    let (things, mcp) = (Things::of(&app).await, Mcp::of(&app));
    let id = things.conversation.as_str();
    let reply = |bytes: usize| json!({"conversation_id": id, "content": "x".repeat(bytes)});
    mcp.call("send_reply", reply(32 * 1024)).await;
    let refusal = mcp.refusal("send_reply", reply(32 * 1024 + 1)).await;
    assert!(refusal.starts_with("invalid_request_error: content"), "{refusal}");
    mcp.call("list_conversations", json!({"q": "x".repeat(128)})).await;
    let refusal = mcp.refusal("list_conversations", json!({"q": "x".repeat(129)})).await;
    assert!(refusal.starts_with("invalid_request_error: q"), "{refusal}");
    mcp.call("update_site", json!({"id": things.website, "name": "x".repeat(200)})).await;
    let change = json!({"id": things.website, "name": "x".repeat(201)});
    assert!(mcp.refusal("update_site", change).await.starts_with("invalid_request_error: name"));

    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    let padded = |bytes: usize| format!("{}{ping}", " ".repeat(bytes - ping.len()));
    assert_eq!(mcp.send_text(padded(256 * 1024)).await.unwrap().status(), 200);
    assert_eq!(mcp.send_text(padded(256 * 1024 + 1)).await.unwrap().status(), 413);
}

#[tokio::test]
async fn a_long_conversation_is_shown_from_its_end() {
    let app = TestApp::start().await;
    let (things, mcp) = (Things::of(&app).await, Mcp::of(&app));
    let id = things.conversation.as_str();
    let shown = async || mcp.call("get_conversation", json!({"id": id})).await;
    // The visitor said one thing.
    for number in 2..=100 {
        mcp.call("send_reply", json!({"conversation_id": id, "content": format!("{number}")}))
            .await;
    }
    let whole = shown().await;
    assert_eq!(whole["messages"].as_array().unwrap().len(), 100);
    assert_eq!(whole["has_earlier_messages"], false);
    mcp.call("send_reply", json!({"conversation_id": id, "content": "101"})).await;
    let end = shown().await;
    assert_eq!(end["messages"].as_array().unwrap().len(), 100);
    assert_eq!(end["messages"][0]["content"], "2");
    assert_eq!(end["messages"][99]["content"], "101");
    assert_eq!(end["has_earlier_messages"], true);
}

#[tokio::test]
async fn no_argument_makes_a_server_fail_on_either_database() {
    let databases = [Some(Database::Sqlite), Database::postgres().await];
    for database in databases.iter().flatten() {
        let app = TestApp::start_with(database, &[]).await;
        let (things, mcp) = (Things::of(&app).await, Mcp::of(&app));
        let odd = [
            json!(null),
            json!(true),
            json!(-1),
            json!(1e300),
            json!("\0"),
            json!("'; drop table messages; --"),
            json!("\u{202e}\u{feff}"),
            json!(["a", ["\0"]]),
            json!({"a": {"b": "\0"}}),
        ];
        let names = ["id", "conversation_id", "content", "kind", "status", "q", "limit", "cursor"];
        let more = ["tags", "assigned_user_id", "website_id", "name", "url"];
        for tool in mcp.tools().await {
            let good = things.calls().into_iter().find(|(name, _)| *name == tool);
            let good = good.map_or(json!({}), |(_, arguments)| arguments);
            for name in names.iter().chain(&more) {
                for value in &odd {
                    let mut arguments = good.clone();
                    arguments[*name] = value.clone();
                    let call = json!({"name": tool, "arguments": arguments});
                    let answer = mcp.ask("tools/call", call).await;
                    let said = answer["result"]["content"][0]["text"].as_str().unwrap_or_default();
                    assert!(!said.starts_with("api_error"), "{tool} {arguments}: {said}");
                }
            }
        }
        let log = app.log();
        assert!(!log.contains("a request failed"), "{log}");
        assert!(!log.contains(&app.demo.muro.key), "no key is written down");
    }
}
