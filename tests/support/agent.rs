//! Someone who works in the inbox.

use anyhow::{Context, Result, ensure};
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Client, Method, Response, StatusCode, redirect};
use serde_json::{Value, json};

use super::{DemoAgent, Door, Socket, message_id};

/// An agent who is logged in, over HTTP.
#[derive(Clone)]
pub(crate) struct AgentApi {
    client: Client,
    base_url: String,
    /// `session=…`, as the browser would send it.
    pub(crate) cookie: String,
    /// The token of the pages this agent is shown.
    pub(crate) csrf_token: String,
}

impl AgentApi {
    /// Logs in as a browser does: the form, its token, the cookie.
    pub(crate) async fn log_in(app: &Door, agent: &DemoAgent) -> Result<Self> {
        let client = Client::builder().redirect(redirect::Policy::none()).build()?;
        let answer = submit_login(&client, &app.base_url, &agent.email, &agent.password).await?;
        ensure!(answer.status().is_redirection(), "the login answered {}", answer.status());
        let cookie = session_cookie(&answer).context("the login set no cookie")?;
        let mut api =
            Self { client, base_url: app.base_url.clone(), cookie, csrf_token: String::new() };
        let page = api.send(Method::GET, "/inbox", None).await?.text().await?;
        api.csrf_token = csrf_token(&page).context("the inbox carries no token")?;
        Ok(api)
    }

    /// A GET that must succeed.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let answer = self.send(Method::GET, path, None).await?;
        ensure!(answer.status() == StatusCode::OK, "GET {path}: {}", answer.status());
        Ok(answer.json().await?)
    }

    /// A POST with its status and body, whatever they are.
    pub(crate) async fn post(&self, path: &str, body: Option<Value>) -> Result<(u16, Value)> {
        let answer = self.send(Method::POST, path, body).await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        let body = serde_json::from_str(&text)
            .with_context(|| format!("POST {path}: {status} with {text:?}"))?;
        Ok((status, body))
    }

    /// Any request, with the cookie and the token.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base_url))
            .header(COOKIE, &self.cookie)
            .header("X-CSRFToken", &self.csrf_token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Ok(request.send().await?)
    }

    /// Every message of a conversation, oldest first.
    pub(crate) async fn whole_history(&self, conversation_id: &str) -> Result<Vec<Value>> {
        let mut messages = Vec::new();
        loop {
            let offset = messages.len();
            let path =
                format!("/api/conversations/{conversation_id}/history?limit=200&offset={offset}");
            let page = self.get(&path).await?;
            let page = page.as_array().context("a history is a list")?.clone();
            if page.is_empty() {
                return Ok(messages);
            }
            messages.extend(page);
        }
    }
}

/// An agent with a page and a connection.
pub(crate) struct Agent {
    pub(crate) api: AgentApi,
    pub(crate) socket: Socket,
}

impl Agent {
    /// Logs in and connects, without joining anything.
    pub(crate) async fn arrive(app: &Door, agent: &DemoAgent) -> Result<Self> {
        let api = AgentApi::log_in(app, agent).await?;
        let socket = Socket::connect(&app.base_url, &[("cookie", &api.cookie)]).await?;
        Ok(Self { api, socket })
    }

    /// Logs in, connects and listens to the queue, as an open inbox does.
    pub(crate) async fn at_the_inbox(app: &Door, agent: &DemoAgent) -> Result<Self> {
        let mut agent = Self::arrive(app, agent).await?;
        agent.ask_ok("join_queue", json!({})).await?;
        Ok(agent)
    }

    /// An event that must be acknowledged with `ok`.
    pub(crate) async fn ask_ok(&mut self, event: &str, payload: Value) -> Result<Value> {
        let answer = self.socket.ask(event, payload).await?;
        ensure!(answer["ok"] == true, "{event} was refused: {answer}");
        Ok(answer)
    }

    /// Joins a conversation's room.
    pub(crate) async fn join(&mut self, conversation_id: &str) -> Result<Value> {
        self.ask_ok("join_conversation", json!({ "conversation_id": conversation_id })).await
    }

    /// Sends a text and returns the stored message.
    pub(crate) async fn say(&mut self, conversation_id: &str, text: &str) -> Result<Value> {
        let payload = json!({
            "conversation_id": conversation_id,
            "sender_type": "agent",
            "content": text,
            "content_type": "text",
            "client_message_id": message_id(),
        });
        Ok(self.ask_ok("send_message", payload).await?["message"].clone())
    }
}

/// Fetches the login form and submits it.
pub(crate) async fn submit_login(
    client: &Client,
    base_url: &str,
    email: &str,
    password: &str,
) -> Result<Response> {
    let form = client.get(format!("{base_url}/auth/login")).send().await?;
    let cookies = cookies(&form);
    let page = form.text().await?;
    let token = csrf_token(&page).context("the form carries no token")?;
    let fields = [("email", email), ("password", password), ("csrf_token", &token)];
    let request = client.post(format!("{base_url}/auth/login")).header(COOKIE, cookies);
    Ok(request.form(&fields).send().await?)
}

/// The token in `<meta name="csrf-token" content="…">`.
pub(crate) fn csrf_token(page: &str) -> Option<String> {
    let (_, rest) = page.split_once(r#"<meta name="csrf-token" content=""#)?;
    rest.split('"').next().map(ToOwned::to_owned)
}

/// Every cookie a response sets, as a browser would send them back.
fn cookies(answer: &Response) -> String {
    let pairs: Vec<&str> = answer
        .headers()
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .collect();
    pairs.join("; ")
}

fn session_cookie(answer: &Response) -> Option<String> {
    let cookies = cookies(answer);
    cookies.split("; ").find(|cookie| cookie.starts_with("session=")).map(ToOwned::to_owned)
}
