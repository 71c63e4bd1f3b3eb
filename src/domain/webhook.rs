//! Who of an organization's programs is told what happens in its conversations.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{ChannelId, Invalid, OrganizationId, Timestamp, WebhookId};

/// Most characters of a URL.
const URL_CHARS_MAX: usize = 2_000;

/// What a webhook can hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum WebhookEvent {
    /// A visitor wrote, or was answered.
    #[serde(rename = "message.created")]
    MessageCreated,
    /// A conversation began.
    #[serde(rename = "conversation.opened")]
    ConversationOpened,
    /// A conversation was closed.
    #[serde(rename = "conversation.closed")]
    ConversationClosed,
    /// A visitor's e-mail became known.
    #[serde(rename = "visitor.identified")]
    VisitorIdentified,
}

impl WebhookEvent {
    /// All of them, in the order in which they are documented.
    pub const ALL: [Self; 4] = [
        Self::MessageCreated,
        Self::ConversationOpened,
        Self::ConversationClosed,
        Self::VisitorIdentified,
    ];

    /// Its name, as receivers know it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageCreated => "message.created",
            Self::ConversationOpened => "conversation.opened",
            Self::ConversationClosed => "conversation.closed",
            Self::VisitorIdentified => "visitor.identified",
        }
    }

    /// Reads a list as a program names it: each event once, in the documented order.
    ///
    /// # Errors
    /// An empty list, or a name that is none.
    pub fn list<S: AsRef<str>>(names: &[S]) -> Result<Vec<Self>, Invalid> {
        let given: Vec<Self> =
            names.iter().map(|name| name.as_ref().parse()).collect::<Result<_, _>>()?;
        if given.is_empty() {
            return Err(Invalid::new("events", "must name at least one event"));
        }
        Ok(Self::ALL.into_iter().filter(|event| given.contains(event)).collect())
    }
}

impl fmt::Display for WebhookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for WebhookEvent {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|event| event.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            Invalid::new("events", format!("must be among {known}"))
        })
    }
}

/// How a receiver can tell that a request is ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureStyle {
    /// `x-muro-signature`: the body alone is signed, as the muro dialect documents it.
    #[default]
    Muro,
    /// `webhook-signature`: id, time and body are signed (Standard Webhooks 1.0), so that a request
    /// that was captured cannot be sent again later.
    StandardWebhooks,
}

impl SignatureStyle {
    /// The word it is kept and shown under.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Muro => "muro",
            Self::StandardWebhooks => "standard-webhooks",
        }
    }
}

impl fmt::Display for SignatureStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SignatureStyle {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::Muro, Self::StandardWebhooks]
            .into_iter()
            .find(|style| style.as_str() == text)
            .ok_or_else(|| Invalid::new("signature_style", "must be muro or standard-webhooks"))
    }
}

/// A subscription: everything but its secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Which one.
    pub id: WebhookId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The website it hears of; `None`: all.
    pub channel_id: Option<ChannelId>,
    /// Where it is told.
    pub url: String,
    /// What it hears of; never empty.
    pub events: Vec<WebhookEvent>,
    /// How its requests are signed.
    pub signature_style: SignatureStyle,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Why the server switched it off.
    pub disabled_reason: Option<String>,
    /// The first failure since the last success.
    pub failing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its owner or the server last changed it.
    pub updated_at: Timestamp,
}

impl Webhook {
    /// Takes a URL as a program gives it.
    ///
    /// # Errors
    /// One that is not `http://` or `https://`, holds a password, or is longer than 2000 characters.
    pub fn check_url(text: &str) -> Result<String, Invalid> {
        let text = text.trim();
        super::text::check_chars("url", text, URL_CHARS_MAX)?;
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(url) = url else {
            return Err(Invalid::new("url", "must begin with http:// or https://"));
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Invalid::new("url", "must not hold a user name or a password"));
        }
        Ok(url.into())
    }

    /// Where it is, as far as it can be shown: paths and queries of webhooks are often secret.
    #[must_use]
    pub fn origin(&self) -> String {
        Url::parse(&self.url)
            .map_or_else(|_| "…".to_owned(), |url| url.origin().ascii_serialization())
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .field("organization_id", &self.organization_id)
            .field("channel_id", &self.channel_id)
            .field("origin", &self.origin())
            .field("events", &self.events)
            .field("signature_style", &self.signature_style)
            .field("enabled", &self.enabled)
            .field("failing_since", &self.failing_since)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_kept_once_in_the_documented_order() {
        let named = ["visitor.identified", "message.created", "visitor.identified"];
        let expected = [WebhookEvent::MessageCreated, WebhookEvent::VisitorIdentified];
        assert_eq!(WebhookEvent::list(&named).unwrap(), expected);
        assert_eq!(WebhookEvent::list::<&str>(&[]).unwrap_err().field, "events");
        let why = WebhookEvent::list(&["message.deleted"]).unwrap_err().why;
        assert!(why.contains("conversation.closed"), "{why}");
    }

    #[test]
    fn every_word_reads_back() {
        for event in WebhookEvent::ALL {
            assert_eq!(event.as_str().parse(), Ok(event));
            assert_eq!(serde_json::to_value(event).unwrap(), event.as_str());
        }
        for style in [SignatureStyle::Muro, SignatureStyle::StandardWebhooks] {
            assert_eq!(style.as_str().parse(), Ok(style));
        }
    }

    #[test]
    fn only_addresses_of_the_web_are_urls_of_webhooks() {
        assert_eq!(Webhook::check_url(" https://a.example ").unwrap(), "https://a.example/");
        let long = format!("https://a.example/{}", "x".repeat(URL_CHARS_MAX));
        for url in ["", "a.example", "ftp://a.example", "https://me:pw@a.example/", long.as_str()] {
            assert_eq!(Webhook::check_url(url).unwrap_err().field, "url", "{url}");
        }
    }
}
