//! What a message says: a text, and for all but plain text a structure beside it.

mod rich;

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// Most bytes of the structure beside a text.
const RICH_BYTES_MAX: usize = 64 * 1024;

/// The six types of content the platform dialect documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentKind {
    /// Words alone.
    Text,
    /// A picture, with a caption at most.
    Image,
    /// A file to fetch.
    File,
    /// Answers to press.
    QuickButton,
    /// Cards side by side.
    Carousel,
    /// Answers to pick from a list.
    Dropdown,
}

impl ContentKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Text, Self::Image, Self::File, Self::QuickButton, Self::Carousel, Self::Dropdown];

    /// The word it is kept and sent under (`content_type`).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::File => "file",
            Self::QuickButton => "quick_button",
            Self::Carousel => "carousel",
            Self::Dropdown => "dropdown",
        }
    }
}

impl fmt::Display for ContentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ContentKind {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let words = Self::ALL.map(Self::as_str).join(", ");
            Invalid::new("content_type", format!("must be one of {words}"))
        })
    }
}

/// How much one message may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentLimits {
    /// Most characters of its text (`limits.content_chars_max`); 0 is no limit.
    pub chars_max: usize,
}

impl Default for ContentLimits {
    fn default() -> Self {
        Self { chars_max: 10_000 }
    }
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// What it is.
    pub kind: ContentKind,
    /// The text, the caption, or the question; may be empty beside a structure.
    pub text: String,
    /// The structure, as its sender wrote it (keys nobody knows included); `None` for text alone.
    pub rich: Option<Value>,
}

impl Content {
    /// Takes what a client sent, under the limits the documents know.
    ///
    /// # Errors
    /// The field that breaks a rule, under its name on the wire.
    pub fn new(kind: &str, text: String, rich: Option<Value>) -> Result<Self, Invalid> {
        Self::within(ContentLimits::default(), kind, text, rich)
    }

    /// Takes what a client sent, under other limits.
    ///
    /// # Errors
    /// As [`Content::new`].
    pub fn within(
        limits: ContentLimits,
        kind: &str,
        text: String,
        rich: Option<Value>,
    ) -> Result<Self, Invalid> {
        let kind = kind.parse()?;
        check_length(&text, limits)?;
        let rich = rich.filter(|value| !value.is_null());
        match (&rich, kind) {
            (None, ContentKind::Text) if text.trim().is_empty() => {
                return Err(Invalid::new("content", "must not be blank"));
            }
            (None, ContentKind::Text) => {}
            (Some(_), ContentKind::Text) => {
                return Err(Invalid::new("rich_media", "must be left out of a text"));
            }
            (None, _) => {
                return Err(Invalid::new("rich_media", format!("is required for {kind}")));
            }
            (Some(value), _) => check_rich(kind, value)?,
        }
        Ok(Self { kind, text, rich })
    }
}

fn check_length(text: &str, limits: ContentLimits) -> Result<(), Invalid> {
    let max = if limits.chars_max == 0 { usize::MAX } else { limits.chars_max };
    super::text::check_chars("content", text, max)
}

fn check_rich(kind: ContentKind, value: &Value) -> Result<(), Invalid> {
    if value.to_string().len() > RICH_BYTES_MAX {
        return Err(Invalid::new("rich_media", format!("must be at most {RICH_BYTES_MAX} bytes")));
    }
    rich::check(kind, value)
}

#[cfg(test)]
mod tests;
