//! `POST /api/mcp`, as muro documents it and the Model Context Protocol has it.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::mcp::Mcp;
use crate::support::rest::{Rest, ids};
use crate::support::{TestApp, Visitor};

async fn begun(app: &TestApp) -> String {
    let visitor = Visitor::with_conversation(app, "marie").await.unwrap();
    format!("cnv_{}", visitor.conversation().replace('-', ""))
}

#[tokio::test]
async fn an_agent_finds_reads_answers_and_closes() {
    let app = TestApp::start().await;
    let id = begun(&app).await;
    let (mcp, rest) = (Mcp::of(&app), Rest::of(&app));
    let found = mcp.call("list_conversations", json!({"status": "open", "limit": 10})).await;
    assert_eq!(found, rest.get("/conversations?status=open&limit=10").await.unwrap());
    assert_eq!(found["data"][0]["id"], id.as_str());
    let found = mcp.call("list_conversations", json!({"q": "hello"})).await;
    assert_eq!(found["data"][0]["id"], id.as_str());
    let reply = json!({"conversation_id": id, "content": "On it."});
    assert_eq!(mcp.call("send_reply", reply).await["sender_type"], "agent");
    let note = json!({"conversation_id": id, "content": "rude", "kind": "note"});
    assert_eq!(mcp.call("send_reply", note).await["sender_type"], "note");
    let mut read = mcp.call("get_conversation", json!({"id": id})).await;
    let said = rest.get(&format!("/conversations/{id}/messages")).await.unwrap();
    assert_eq!(read["messages"], said["data"], "all three, as REST shows them");
    assert_eq!(read["has_earlier_messages"], false);
    let own = read.as_object_mut().unwrap();
    own.retain(|name, _| !["messages", "has_earlier_messages"].contains(&name.as_str()));
    assert_eq!(read, rest.get(&format!("/conversations/{id}")).await.unwrap());
    let change = json!({"id": id, "status": "closed", "tags": ["vip"], "assigned_user_id": null});
    let closed = mcp.call("update_conversation", change).await;
    assert_eq!((&closed["status"], &closed["tags"]), (&json!("closed"), &json!(["vip"])));
    assert_eq!(closed["assigned_user_id"], json!(null));
}

#[tokio::test]
async fn contacts_and_websites_are_read_and_websites_changed() {
    let app = TestApp::start().await;
    begun(&app).await;
    let mcp = Mcp::of(&app);
    let website = app.demo.muro.website_id.as_str();
    let contacts = mcp.call("list_contacts", json!({"website_id": website})).await;
    let contact = mcp.call("get_contact", json!({"id": contacts["data"][0]["id"]})).await;
    assert_eq!(contact, contacts["data"][0]);
    let sites = mcp.call("list_sites", json!({})).await;
    assert_eq!(sites["data"][0]["id"], website);
    assert_eq!((&sites["has_more"], &sites["next_cursor"]), (&json!(false), &Value::Null));
    let change = json!({"id": website, "name": " Shop ", "url": "https://shop.example"});
    let changed = mcp.call("update_site", change).await;
    let expected = json!({
        "object": "website", "id": website, "name": "Shop", "url": "https://shop.example",
    });
    assert_eq!(changed, expected);
    assert_eq!(mcp.call("list_sites", json!({})).await["data"][0], expected);
    let list = mcp.call("list_conversations", json!({})).await;
    assert_eq!(list["data"][0]["website"]["name"], "Shop");
    let emptied = mcp.call("update_site", json!({"id": website, "url": ""})).await;
    assert_eq!((&emptied["name"], &emptied["url"]), (&json!("Shop"), &json!("")));
}

#[tokio::test]
async fn lists_are_read_on_by_cursor() {
    let app = TestApp::start().await;
    let mcp = Mcp::of(&app);
    for name in ["marie", "paul"] {
        Visitor::with_conversation(&app, name).await.unwrap();
    }
    for tool in ["list_conversations", "list_contacts"] {
        let both = ids(&mcp.call(tool, json!({})).await);
        let first = mcp.call(tool, json!({"limit": 1})).await;
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = mcp.call(tool, json!({"limit": 1, "cursor": cursor})).await;
        assert_eq!([ids(&first), ids(&second)].concat(), both, "{tool}");
        assert_eq!((&first["has_more"], &second["has_more"]), (&json!(true), &json!(false)));
    }
}

#[tokio::test]
async fn the_tools_say_what_they_take_and_what_they_do() {
    let app = TestApp::start().await;
    let answer = Mcp::of(&app).ask("tools/list", json!({})).await;
    for tool in answer["result"]["tools"].as_array().unwrap() {
        let schema = &tool["inputSchema"];
        assert_eq!(schema["type"], "object", "{tool}");
        assert_eq!(schema["additionalProperties"], false, "{tool}");
        assert!(!schema.to_string().contains("$ref"), "{tool}");
        assert!(!tool["description"].as_str().unwrap().is_empty(), "{tool}");
        assert!(tool["annotations"]["readOnlyHint"].is_boolean(), "{tool}");
    }
    let reply = &answer["result"]["tools"][2];
    assert_eq!(reply["inputSchema"]["required"], json!(["conversation_id", "content"]));
    assert_eq!(
        reply["annotations"],
        json!({
            "readOnlyHint": false, "destructiveHint": false, "idempotentHint": false,
        })
    );
}

#[tokio::test]
async fn a_tool_refuses_in_the_words_of_rest() {
    let app = TestApp::start().await;
    let mcp = Mcp::of(&app);
    let website = app.demo.muro.website_id.as_str();
    let cases = [
        ("get_conversation", json!({"id": "cnv_0"}), "not_found: conversation not found"),
        ("get_contact", json!({"id": "vis_0"}), "not_found: contact not found"),
        ("update_site", json!({"id": "web_0", "name": "x"}), "not_found: website not found"),
        ("update_site", json!({"id": website}), "invalid_request_error: body"),
        ("update_site", json!({"id": website, "name": " "}), "invalid_request_error: name"),
        ("update_site", json!({"id": website, "url": "ftp://x"}), "invalid_request_error: url"),
        ("list_conversations", json!({"limit": 101}), "invalid_request_error: limit"),
        ("list_conversations", json!({"limit": -1}), "invalid_request_error: limit"),
        ("list_conversations", json!({"cursor": "x"}), "invalid_request_error: cursor"),
        ("list_conversations", json!({"status": "lost"}), "invalid_request_error: status"),
        ("list_conversations", json!({"page": 2}), "invalid_request_error: page: unknown field"),
        ("list_sites", json!({"page": 2}), "invalid_request_error: page: unknown field"),
        ("get_conversation", json!({}), "invalid_request_error: arguments: missing field `id`"),
    ];
    for (tool, arguments, words) in cases {
        let refusal = mcp.refusal(tool, arguments.clone()).await;
        assert!(refusal.starts_with(words), "{tool} {arguments}: {refusal}");
    }
    let cases = [
        ("tools/call", json!({"name": "drop_tables"}), -32_602),
        ("tools/call", json!({}), -32_602),
        ("tools/call", json!({"name": "list_sites", "arguments": []}), -32_602),
        ("tools/drop", json!({}), -32_601),
        ("logging/setLevel", json!({"level": "info"}), -32_601),
    ];
    for (method, params, code) in cases {
        let answer = mcp.ask(method, params.clone()).await;
        assert_eq!(answer["error"]["code"], code, "{method} {params}: {answer}");
    }
}

#[tokio::test]
async fn there_are_no_streams_and_no_sessions() {
    let app = TestApp::start().await;
    let mcp = Mcp::of(&app);
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let answer = mcp.request(method.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{method}");
        assert_eq!(answer.headers()["allow"], "POST", "{method}");
    }
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    assert_eq!(mcp.send(&initialized).await.unwrap().status(), 202);
    let client = json!({"name": "t", "version": "1"});
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let hello = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client});
        let answer = mcp.ask("initialize", hello).await;
        assert_eq!(answer["result"]["protocolVersion"], version);
        assert_eq!(answer["result"]["serverInfo"]["name"], "switchboard");
    }
}

#[tokio::test]
async fn the_revision_without_a_handshake_is_spoken_too() {
    let app = TestApp::start().await;
    let mcp = Mcp::of(&app);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let ask = async |method: &str, name: Option<&str>, mut params: Value| -> Value {
        params["_meta"] = meta.clone();
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = mcp.request(Method::POST).header("mcp-protocol-version", "2026-07-28");
        let mut request = request.header("mcp-method", method);
        if let Some(name) = name {
            request = request.header("mcp-name", name);
        }
        let answer = request.json(&message).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{method}");
        answer.json().await.unwrap()
    };
    let told = ask("server/discover", None, json!({})).await;
    let versions = told["result"]["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2026-07-28")), "{told}");
    let told = ask("tools/list", None, json!({})).await;
    assert_eq!(told["result"]["tools"].as_array().unwrap().len(), 8);
    assert_eq!(told["result"]["cacheScope"], "private", "another key sees other tools");
    let told = ask("tools/call", Some("list_sites"), json!({"name": "list_sites"})).await;
    assert_eq!(told["result"]["structuredContent"]["object"], "list");
}

#[tokio::test]
async fn a_page_of_any_origin_may_ask() {
    let app = TestApp::start().await;
    let url = format!("{}/api/mcp", app.base_url);
    let asked = Client::new().request(Method::OPTIONS, &url).send().await.unwrap();
    assert_eq!(asked.status(), 204);
    assert!(asked.headers().contains_key("x-request-id"));
    let allowed = asked.headers()["access-control-allow-headers"].to_str().unwrap().to_lowercase();
    for name in ["authorization", "content-type", "mcp-protocol-version", "mcp-method", "mcp-name"]
    {
        assert!(allowed.contains(name), "{allowed}");
    }
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    let request = Mcp::of(&app).request(Method::POST).header("origin", "https://page.example");
    let answer = request.json(&ping).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
}
