//! A model behind the API of `OpenAI`: a small HTTP server that can be told what to say, and how to fail.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::SOON;

/// What the model does with a question.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Says this.
    Text(&'static str),
    /// Fails with this status, and names the key in the reason, as some do.
    Status(u16),
    /// Has too much to do, for so many seconds.
    Busy(u64),
    /// Sends this body with a status of 200.
    Body(&'static str),
    /// Never answers.
    Silence,
}

/// A question that was asked.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
}

impl Question {
    /// The conversation that the model was given.
    pub(crate) fn material(&self) -> &str {
        self.body["messages"][1]["content"].as_str().expect("a question has material")
    }
}

#[derive(Default)]
struct Desk {
    /// What to do with the next questions; [`Model::POINTS`] once there is nothing left.
    replies: Mutex<VecDeque<Reply>>,
    questions: Mutex<Vec<Question>>,
    asked: Notify,
}

/// Answers questions and remembers them. Ends when dropped.
pub(crate) struct Model {
    /// What `ai.base_url` is to be.
    pub(crate) url: String,
    desk: Arc<Desk>,
    _server: JoinSet<()>,
}

impl Model {
    /// The key it is reached with.
    pub(crate) const KEY: &'static str = "sk-hunter2";
    /// What it says if it was told nothing else.
    pub(crate) const POINTS: &'static str = "- Wants a refund\n- Got it";

    /// A model that does this first.
    pub(crate) async fn start<const N: usize>(replies: [Reply; N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}/v1", listener.local_addr().expect("it listens"));
        let desk = Arc::new(Desk { replies: Mutex::new(replies.into()), ..Desk::default() });
        let routes =
            Router::new().route("/v1/chat/completions", post(answer)).with_state(Arc::clone(&desk));
        let mut server = JoinSet::new();
        server.spawn(async move {
            axum::serve(listener, routes).await.expect("the model runs");
        });
        Self { url, desk, _server: server }
    }

    /// The settings of a server that asks it, and gives it a second.
    pub(crate) fn settings(&self) -> [(&str, &str); 4] {
        [
            ("AI__BASE_URL", self.url.as_str()),
            ("AI__API_KEY", Self::KEY),
            ("AI__MODEL", "small-1"),
            ("AI__TIMEOUT_MS", "1000"),
        ]
    }

    /// What it does with the next question that nothing else is said of.
    pub(crate) fn will(&self, reply: Reply) {
        self.desk.replies.lock().push_back(reply);
    }

    /// Every question so far.
    pub(crate) fn questions(&self) -> Vec<Question> {
        self.desk.questions.lock().clone()
    }

    /// Waits until so many questions were asked.
    pub(crate) async fn until_asked(&self, count: usize) -> Vec<Question> {
        self.until_asked_within(count, SOON).await
    }

    /// The same, for as long as `limit`.
    pub(crate) async fn until_asked_within(&self, count: usize, limit: Duration) -> Vec<Question> {
        let waiting = async {
            loop {
                let asked = self.desk.asked.notified();
                let questions = self.questions();
                if questions.len() >= count {
                    return questions;
                }
                asked.await;
            }
        };
        let came = timeout(limit, waiting).await;
        came.unwrap_or_else(|_| panic!("only these were asked: {:#?}", self.questions()))
    }
}

async fn answer(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: String) -> Response {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let question = Question {
        authorization: authorization.map(ToOwned::to_owned),
        body: serde_json::from_str(&body).expect("a question is JSON"),
    };
    desk.questions.lock().push(question);
    let reply = desk.replies.lock().pop_front().unwrap_or(Reply::Text(Model::POINTS));
    desk.asked.notify_waiters();
    let json = [(CONTENT_TYPE, "application/json")];
    match reply {
        Reply::Text(text) => {
            let choice = json!({"index": 0, "message": {"role": "assistant", "content": text}});
            let answer = json!({"id": "1", "model": "small-1-0612", "choices": [choice]});
            (json, answer.to_string()).into_response()
        }
        Reply::Status(status) => {
            let why = json!({"error": {"message": format!("not with {}", Model::KEY)}});
            let status = StatusCode::from_u16(status).expect("it is a status");
            (status, json, why.to_string()).into_response()
        }
        Reply::Busy(seconds) => {
            (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds.to_string())]).into_response()
        }
        Reply::Body(text) => (json, text).into_response(),
        Reply::Silence => std::future::pending().await,
    }
}
