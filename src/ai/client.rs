//! Asking a model, through any endpoint that speaks the API of `OpenAI`
//! (`POST {base_url}/chat/completions`, <https://platform.openai.com/docs/api-reference/chat>).

use std::time::Duration;

use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, redirect};
use serde_json::{Value, json};

use super::Settings;
use crate::tls;

/// As the endpoint sees it.
const USER_AGENT: &str = concat!("switchboard/", env!("CARGO_PKG_VERSION"));
/// Most bytes of an answer: what is longer is no summary.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Longest name of a model that is believed.
const NAME_BYTES_MAX: usize = 200;
/// The longest wait that an endpoint may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// The model cannot be asked: the system's TLS is not usable, or the settings are not.
#[derive(Debug, thiserror::Error)]
#[error("ai: {0}")]
pub struct CannotAsk(String);

/// What a model answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) text: String,
    /// As the endpoint names it.
    pub(super) model: Option<String>,
}

/// Why there is no answer. What an endpoint says of its failure is not repeated: it may name the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It cannot be reached, takes too long or has too much to do.
    Away { why: String, retry_after: Option<Duration> },
    /// It answered something that is no answer of a model.
    Useless(String),
}

/// Asks the model. A clone is another handle on the same connections.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    authorization: Option<HeaderValue>,
    model: String,
}

impl Client {
    pub(super) fn new(settings: &Settings) -> Result<Self, CannotAsk> {
        let tls = tls::client("questions to the model").map_err(cannot)?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(USER_AGENT)
            .timeout(settings.timeout)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(cannot)?;
        let url = format!("{}/chat/completions", settings.base_url.trim_end_matches('/'));
        let authorization = authorization(settings.api_key.expose())?;
        Ok(Self { http, url, authorization, model: settings.model.clone() })
    }

    /// Asks once, with what the model is to do and what it is to do it with.
    pub(super) async fn ask(&self, task: &str, material: &str) -> Result<Answer, Failure> {
        let question = json!({
            "model": self.model,
            "messages": [
                { "role": "system", "content": task },
                { "role": "user", "content": material },
            ],
            "stream": false,
        });
        let mut request = self.http.post(&self.url).header(CONTENT_TYPE, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let answer = request.body(question.to_string()).send().await.map_err(unreachable)?;
        if !answer.status().is_success() {
            return Err(refused(&answer));
        }
        read_answer(&read(answer).await?)
    }
}

fn cannot(error: impl std::fmt::Display) -> CannotAsk {
    CannotAsk(error.to_string())
}

fn authorization(key: &str) -> Result<Option<HeaderValue>, CannotAsk> {
    if key.is_empty() {
        return Ok(None);
    }
    let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
        .map_err(|_| CannotAsk("api_key has characters that a header cannot hold".to_owned()))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// The URL is left out: some carry a key in it.
fn unreachable(error: reqwest::Error) -> Failure {
    let why = if error.is_timeout() {
        "it did not answer in time".to_owned()
    } else if error.is_connect() {
        "it cannot be reached".to_owned()
    } else {
        error.without_url().to_string()
    };
    Failure::Away { why, retry_after: None }
}

fn refused(answer: &Response) -> Failure {
    let status = answer.status();
    let why = format!("it answered {status}");
    if status.is_server_error() || matches!(status.as_u16(), 408 | 409 | 425 | 429) {
        return Failure::Away { why, retry_after: retry_after(answer) };
    }
    Failure::Useless(why)
}

/// Whole seconds; the other form, a date, is not worth believing two clocks for.
fn retry_after(answer: &Response) -> Option<Duration> {
    let text = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let seconds = text.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

async fn read(mut answer: Response) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_BYTES_MAX {
            return Err(Failure::Useless("its answer is endless".to_owned()));
        }
    }
    Ok(bytes)
}

/// Takes the text out of `choices[0].message.content`, which is a text or a list of parts with texts.
fn read_answer(bytes: &[u8]) -> Result<Answer, Failure> {
    let answer: Value = serde_json::from_slice(bytes)
        .map_err(|_| Failure::Useless("its answer is not JSON".to_owned()))?;
    let text = match &answer["choices"][0]["message"]["content"] {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            Some(parts.iter().filter_map(|part| part["text"].as_str()).collect())
        }
        _ => None,
    };
    let text = text.ok_or_else(|| Failure::Useless("its answer has no text".to_owned()))?;
    let model = answer["model"].as_str().filter(|name| is_name(name)).map(str::to_owned);
    Ok(Answer { text, model })
}

/// Whether a model's name can be kept and shown.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= NAME_BYTES_MAX && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &Value) -> Result<Answer, Failure> {
        read_answer(answer.to_string().as_bytes())
    }

    #[test]
    fn texts_and_parts_of_texts_are_read() {
        let message = |content: Value| json!({"choices": [{"message": {"content": content}}]});
        assert_eq!(read(&message(json!("- a"))).unwrap().text, "- a");
        let parts = json!([{"type": "text", "text": "- a"}, {"type": "text", "text": "\n- b"}]);
        assert_eq!(read(&message(parts)).unwrap().text, "- a\n- b");
        let named = json!({"model": "m-1", "choices": [{"message": {"content": ""}}]});
        assert_eq!(read(&named).unwrap().model.as_deref(), Some("m-1"));
        let nameless = json!({"model": "a\u{0}b", "choices": [{"message": {"content": ""}}]});
        assert_eq!(read(&nameless).unwrap().model, None);
    }

    #[test]
    fn everything_else_is_useless() {
        for answer in [json!(null), json!([]), json!({}), json!({"choices": []}), json!("- a")] {
            assert!(matches!(read(&answer), Err(Failure::Useless(_))), "{answer}");
        }
        assert!(matches!(read_answer(b"<html>"), Err(Failure::Useless(_))));
    }

    #[test]
    fn a_key_that_no_header_can_hold_is_refused_without_being_shown() {
        let error = authorization("hunter2\n").unwrap_err().to_string();
        assert!(error.contains("api_key") && !error.contains("hunter2"), "{error}");
        assert_eq!(authorization("").unwrap(), None);
    }
}
