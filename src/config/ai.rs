//! `[ai]`: the model that writes summaries.

use std::time::Duration;

use serde::Deserialize;
use toml::{Table, Value};
use url::Url;

use crate::ai::Settings;
use crate::domain::secrets::Secret;

/// `[ai]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ai {
    /// Where the model is; empty: there is none.
    pub base_url: String,
    /// What it is reached with.
    pub api_key: Secret,
    /// Its name.
    pub model: String,
    /// How long it may take.
    pub timeout_ms: u64,
    /// How many characters of a conversation it is given.
    pub max_input_chars: usize,
}

impl Ai {
    /// Whether there is a model.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.base_url.is_empty()
    }

    /// How long whoever asks the model may have to wait, in milliseconds; 0 where there is none.
    #[must_use]
    pub fn patience_ms(&self) -> i64 {
        if self.is_on() { i64::try_from(self.timeout_ms).unwrap_or(i64::MAX) } else { 0 }
    }

    /// How the model is reached; `None` when there is none.
    #[must_use]
    pub fn settings(&self) -> Option<Settings> {
        self.is_on().then(|| Settings {
            base_url: self.base_url.clone(),
            api_key: self.api_key.clone(),
            model: self.model.clone(),
            timeout: Duration::from_millis(self.timeout_ms),
            input_chars_max: self.max_input_chars,
        })
    }
}

/// A model needs a name.
pub(super) fn problems(table: &Table, problems: &mut Vec<String>) {
    let text = |key: &str| table.get("ai")?.get(key)?.as_str();
    if text("base_url").is_some_and(|url| !url.is_empty()) && text("model") == Some("") {
        problems.push("ai.model: must name a model where ai.base_url is set".to_owned());
    }
}

/// Checks `base_url`.
pub(super) fn base_url(value: &Value) -> Result<(), String> {
    let text = value.as_str().unwrap_or_default();
    let is_base = |url: &Url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none()
    };
    if text.is_empty() || Url::parse(text).is_ok_and(|url| is_base(&url)) {
        return Ok(());
    }
    Err("must be empty or a URL without a query, such as https://api.openai.com/v1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(base_url: &str, model: &str) -> Vec<String> {
        let mut table = Table::new();
        let ai = Table::from_iter(
            [("base_url", base_url), ("model", model)]
                .map(|(key, text)| (key.to_owned(), Value::String(text.to_owned()))),
        );
        table.insert("ai".to_owned(), Value::Table(ai));
        let mut found = Vec::new();
        problems(&table, &mut found);
        found
    }

    #[test]
    fn a_model_needs_a_name_and_an_address() {
        assert!(problem("", "").is_empty() && problem("http://a/v1", "small-1").is_empty());
        assert_eq!(problem("http://a/v1", "").len(), 1);
        let is_good = |text: &str| base_url(&Value::String(text.to_owned())).is_ok();
        assert!(is_good("") && is_good("https://a.example/v1") && is_good("http://[::1]:11434/v1"));
        assert!(!is_good("a.example/v1") && !is_good("ftp://a/") && !is_good("http://a/v1?key=1"));
    }
}
