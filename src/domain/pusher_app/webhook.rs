//! Someone who is told of an application's channels.

use std::collections::BTreeMap;
use std::fmt;

use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::domain::{Invalid, OccurrenceKind};

/// Headers that say how a delivery is to be read, and so are the server's own.
const OWN_HEADERS: [&str; 6] =
    ["connection", "content-length", "content-type", "host", "x-pusher-key", "x-pusher-signature"];

/// A webhook: where occurrences are posted, and which.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PusherWebhook {
    /// Where to.
    pub url: String,
    /// The kinds it hears of, under the names they have in a webhook. Empty: all.
    #[serde(default)]
    pub events: Vec<String>,
    /// How the names of the channels it hears of begin.
    #[serde(default)]
    pub channel_prefix: String,
    /// How they end.
    #[serde(default)]
    pub channel_suffix: String,
    /// Headers that are sent along; they may hold secrets.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

impl PusherWebhook {
    /// A webhook that hears everything.
    pub fn to(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            events: Vec::new(),
            channel_prefix: String::new(),
            channel_suffix: String::new(),
            headers: BTreeMap::new(),
        }
    }

    /// Whether it hears of this on `channel`.
    #[must_use]
    pub fn wants(&self, kind: &OccurrenceKind, channel: &str) -> bool {
        (self.events.is_empty() || self.events.iter().any(|event| event == kind.name()))
            && channel.starts_with(&self.channel_prefix)
            && channel.ends_with(&self.channel_suffix)
    }

    /// Where it is, as far as it can be shown: paths and queries of webhooks are often secret.
    #[must_use]
    pub fn origin(&self) -> String {
        Url::parse(&self.url)
            .map_or_else(|_| "…".to_owned(), |url| url.origin().ascii_serialization())
    }

    /// Adds what is wrong with a webhook as an operator wrote it; `field` is where it stands.
    pub(super) fn check(field: &str, value: &Value, problems: &mut Vec<Invalid>) {
        let Some(named) = value.as_object() else {
            return problems.push(Invalid::new(field, "must be a webhook with its url"));
        };
        if !named.contains_key("url") {
            problems.push(Invalid::new(format!("{field}.url"), "is missing"));
        }
        for (name, value) in named {
            let field = format!("{field}.{name}");
            let why = match name.as_str() {
                "url" => check_url(value),
                "events" => check_events(value),
                "channel_prefix" | "channel_suffix" if value.is_string() => None,
                "channel_prefix" | "channel_suffix" => Some("must be a string".to_owned()),
                "headers" => match value.as_object() {
                    Some(headers) => {
                        problems.extend(headers_problems(&field, headers));
                        None
                    }
                    None => Some("must be headers by their names".to_owned()),
                },
                _ => Some("is not a setting".to_owned()),
            };
            problems.extend(why.map(|why| Invalid::new(field, why)));
        }
    }
}

fn check_url(value: &Value) -> Option<String> {
    let url = value.as_str().and_then(|text| Url::parse(text).ok());
    let known = url.is_some_and(|url| matches!(url.scheme(), "http" | "https"));
    (!known).then(|| "must be a URL that begins with http:// or https://".to_owned())
}

fn check_events(value: &Value) -> Option<String> {
    let Some(events) = value.as_array() else {
        return Some("must be a list of strings".to_owned());
    };
    let is_unknown =
        |event: &&Value| !event.as_str().is_some_and(|name| OccurrenceKind::NAMES.contains(&name));
    let unknown = events.iter().find(is_unknown)?;
    let shown = unknown.as_str().map_or_else(|| unknown.to_string(), str::to_owned);
    Some(format!("`{shown}` is not an event; there are {}", OccurrenceKind::NAMES.join(", ")))
}

fn headers_problems(field: &str, headers: &Map<String, Value>) -> Vec<Invalid> {
    let problem = |(name, value): (&String, &Value)| {
        let why = if HeaderName::from_bytes(name.as_bytes()).is_err() {
            "is not the name of a header"
        } else if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            "is set by the server"
        } else if value.as_str().is_none_or(|text| HeaderValue::from_str(text).is_err()) {
            "is not the value of a header"
        } else {
            return None;
        };
        Some(Invalid::new(format!("{field}.{name}"), why))
    };
    headers.iter().filter_map(problem).collect()
}

impl fmt::Debug for PusherWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PusherWebhook")
            .field("origin", &self.origin())
            .field("events", &self.events)
            .field("channel_prefix", &self.channel_prefix)
            .field("channel_suffix", &self.channel_suffix)
            .field("headers", &self.headers.keys())
            .finish_non_exhaustive()
    }
}
