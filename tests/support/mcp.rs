//! An agent that asks `/api/mcp` by hand: no handshake, and no word of streams.

use anyhow::Result;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::TestApp;

/// Asks with one key.
pub(crate) struct Mcp {
    url: String,
    key: String,
    client: Client,
}

impl Mcp {
    /// An agent with this key.
    pub(crate) fn new(app: &TestApp, key: &str) -> Self {
        let url = format!("{}/api/mcp", app.base_url);
        Self { url, key: key.to_owned(), client: Client::new() }
    }

    /// An agent that may read and write in the demo organization.
    pub(crate) fn of(app: &TestApp) -> Self {
        Self::new(app, &app.demo.muro.key)
    }

    /// A request with nothing but the key.
    pub(crate) fn request(&self, method: Method) -> RequestBuilder {
        self.client.request(method, &self.url).bearer_auth(&self.key)
    }

    /// Sends any text as JSON.
    pub(crate) async fn send_text(&self, body: impl Into<reqwest::Body>) -> Result<Response> {
        let request = self.request(Method::POST).header("content-type", "application/json");
        Ok(request.body(body).send().await?)
    }

    /// Sends any message.
    pub(crate) async fn send(&self, message: &Value) -> Result<Response> {
        self.send_text(message.to_string()).await
    }

    /// The answer to a request.
    pub(crate) async fn ask(&self, method: &str, params: Value) -> Value {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let answer = self.send(&message).await.unwrap();
        assert_eq!(answer.status(), 200, "{method}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        answer.json().await.unwrap()
    }

    /// What a tool gives.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Value {
        let result = self.result(tool, arguments).await;
        assert_ne!(result["isError"], true, "{tool}: {result}");
        let text = result["content"][0]["text"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), result["structuredContent"]);
        result["structuredContent"].clone()
    }

    /// The words in which a tool refuses.
    pub(crate) async fn refusal(&self, tool: &str, arguments: Value) -> String {
        let result = self.result(tool, arguments).await;
        assert_eq!(result["isError"], true, "{tool}: {result}");
        let error = &result["structuredContent"]["error"];
        let text = result["content"][0]["text"].as_str().unwrap().to_owned();
        let part = |name: &str| error[name].as_str().unwrap_or_default();
        assert_eq!(text, format!("{}: {}", part("type"), part("message")));
        text
    }

    async fn result(&self, tool: &str, arguments: Value) -> Value {
        let answer = self.ask("tools/call", json!({"name": tool, "arguments": arguments})).await;
        answer["result"].clone()
    }

    /// The names of the tools that this agent is shown.
    pub(crate) async fn tools(&self) -> Vec<String> {
        let answer = self.ask("tools/list", json!({})).await;
        let tools = answer["result"]["tools"].as_array().unwrap();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }
}
