//! The Pusher application that clients connect to and that publishes.

use std::str::FromStr;

use switchboard_protocol::pusher::Token;

/// Given to servers of our own, and what is used where none is named.
pub(crate) const DEFAULT: &str = "load-tests:load-tests-key:load-tests-secret";

/// An application as a Pusher server knows it.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) id: String,
    key: String,
    secret: String,
}

impl App {
    /// Signs for it.
    pub(crate) fn token(&self) -> Token<'_> {
        Token::new(&self.key, &self.secret)
    }

    /// As the configuration of this server takes it: the JSON of a list.
    pub(crate) fn configuration(&self) -> String {
        serde_json::json!([{"id": self.id, "key": self.key, "secret": self.secret}]).to_string()
    }
}

impl FromStr for App {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.splitn(3, ':').collect();
        let [id, key, secret] = parts[..] else { return Err("expected ID:KEY:SECRET") };
        Ok(Self { id: id.to_owned(), key: key.to_owned(), secret: secret.to_owned() })
    }
}
