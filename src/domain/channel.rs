//! A way in for visitors.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{ChannelId, Invalid, OrganizationId};

/// What a channel is built into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// A website, by an embedded widget.
    Web,
    /// A native app.
    Mobile,
    /// A program that brings its own visitors.
    Api,
}

impl ChannelKind {
    /// The word it is kept and shown under.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Mobile => "mobile",
            Self::Api => "api",
        }
    }
}

impl fmt::Display for ChannelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ChannelKind {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::Web, Self::Mobile, Self::Api]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Invalid::new("kind", "must be web, mobile or api"))
    }
}

/// The origins whose pages may show a widget. None named: every page may.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    /// Reads a list of origins (`https://shop.example`, with a port where it is not the scheme's own).
    ///
    /// # Errors
    /// The entry that is no origin.
    pub fn new(origins: impl IntoIterator<Item = String>) -> Result<Self, Invalid> {
        origins
            .into_iter()
            .map(|text| {
                normal_origin(&text).ok_or_else(|| {
                    Invalid::new(
                        "allowed_origins",
                        format!("`{text}` is not an origin such as https://shop.example"),
                    )
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether a page of `origin` may show the widget. Where a list is kept, a page that does not
    /// say where it is from may not.
    #[must_use]
    pub fn allow(&self, origin: Option<&str>) -> bool {
        self.0.is_empty()
            || origin.and_then(normal_origin).is_some_and(|origin| self.0.contains(&origin))
    }

    /// The origins, each as a browser writes it. Empty: no limit.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

/// The origin of a URL as browsers write it: lower case, no default port, no path.
fn normal_origin(text: &str) -> Option<String> {
    let url = url::Url::parse(text.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

/// A channel: visitors come in by it and are known by a source id on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Which channel.
    pub id: ChannelId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its counter in the organization, for dialects with integer ids.
    pub number: i64,
    /// What it is built into.
    pub kind: ChannelKind,
    /// What agents call it.
    pub name: String,
    /// Whether visitors must prove their id with a signature by the channel's secret.
    pub require_identity: bool,
}

/// What an embed token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbedToken {
    /// The channel it leads to.
    pub channel: Channel,
    /// Where its widget may be shown.
    pub allowed_origins: AllowedOrigins,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_origins_admits_its_own_alone() {
        let list = ["https://Shop.example:443/path".to_owned(), "http://localhost:3000".to_owned()];
        let allowed = AllowedOrigins::new(list).unwrap();
        assert!(allowed.allow(Some("https://shop.example")));
        assert!(allowed.allow(Some("http://localhost:3000/page")));
        for origin in
            ["http://shop.example", "https://shop.example.evil.test", "http://localhost", "null"]
        {
            assert!(!allowed.allow(Some(origin)), "{origin}");
        }
        assert!(!allowed.allow(None));
    }

    #[test]
    fn no_list_admits_everyone() {
        assert!(AllowedOrigins::default().allow(None));
    }

    #[test]
    fn what_is_no_origin_is_named() {
        assert!(AllowedOrigins::new(["shop".to_owned()]).unwrap_err().why.contains("`shop`"));
    }
}
