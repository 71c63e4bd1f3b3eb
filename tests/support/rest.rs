//! A program with a key of REST v1.

use anyhow::{Result, ensure};
use reqwest::{Client, Method, Response};
use serde_json::Value;

use super::{Door, TestApp};

/// Asks `/api/v1` with one key.
pub(crate) struct Rest {
    base_url: String,
    key: String,
    client: Client,
}

impl Rest {
    /// A program with this key.
    pub(crate) fn new(app: &Door, key: &str) -> Self {
        let base_url = format!("{}/api/v1", app.base_url);
        Self { base_url, key: key.to_owned(), client: Client::new() }
    }

    /// A program that may read and write in the demo organization.
    pub(crate) fn of(app: &Door) -> Self {
        Self::new(app, &app.demo.muro.key)
    }

    /// Any request; the body is sent as JSON.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response> {
        let url = format!("{}{path}", self.base_url);
        let mut request = self.client.request(method, url).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(request.send().await?)
    }

    /// The answer to a request, with its status.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value)> {
        let answer = self.send(method, path, body).await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }

    /// What is at a path, which must be there.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.expect(Method::GET, path, None, 200).await
    }

    /// What is made of a body, which must be new.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> Result<Value> {
        self.expect(Method::POST, path, Some(body), 201).await
    }

    /// What comes of a body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.expect(Method::POST, path, Some(body), 200).await
    }

    /// What is otherwise then.
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.expect(Method::PATCH, path, Some(body), 200).await
    }

    /// The status, type and message of a refusal.
    pub(crate) async fn refusal(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, String, String)> {
        let (status, body) = self.ask(method, path, body).await?;
        let text = |key: &str| body["error"][key].as_str().unwrap_or_default().to_owned();
        Ok((status, text("type"), text("message")))
    }

    async fn expect(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        status: u16,
    ) -> Result<Value> {
        let (came, answer) = self.ask(method.clone(), path, body).await?;
        ensure!(came == status, "{method} {path}: {came} {answer}");
        Ok(answer)
    }
}

/// The ids of a list, in its order.
pub(crate) fn ids(list: &Value) -> Vec<String> {
    let data = list["data"].as_array().expect("a list has data");
    data.iter().map(|it| it["id"].as_str().expect("it has an id").to_owned()).collect()
}

/// A key that the demo organization's first agent makes, and its id.
pub(crate) fn make_key(app: &TestApp, more: &[&str]) -> (String, String) {
    let email = app.demo.agents[0].email.as_str();
    let mut arguments = vec!["keys", "create", "--agent", email, "--name", "test"];
    arguments.extend(more);
    let told = app.run(&arguments, &[]);
    assert!(told.status.success(), "{}", told.stderr);
    let key = told.stdout.lines().next().unwrap().to_owned();
    let id = told.stdout.rsplit(' ').next().unwrap().trim().trim_end_matches('.').to_owned();
    (key, id)
}
