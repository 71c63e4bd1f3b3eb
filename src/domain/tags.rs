//! The labels of a session.

use serde::{Deserialize, Serialize};

use super::Invalid;

/// Most tags one session can carry.
const TAGS_MAX: usize = 50;
/// Most characters of one tag.
const TAG_CHARS_MAX: usize = 64;

/// Labels of a support episode: trimmed, none empty, none twice, in the order they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(Vec<String>);

impl Tags {
    /// Takes a list as an agent typed it.
    ///
    /// # Errors
    /// A tag that is blank or longer than 64 characters, or more than 50 different tags.
    pub fn new(list: impl IntoIterator<Item = String>) -> Result<Self, Invalid> {
        let mut tags = Vec::new();
        for (index, text) in list.into_iter().enumerate() {
            let tag = text.trim();
            if tag.is_empty() {
                return Err(Invalid::new(format!("tags[{index}]"), "must not be blank"));
            }
            super::text::check_chars(&format!("tags[{index}]"), tag, TAG_CHARS_MAX)?;
            if !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
            if tags.len() > TAGS_MAX {
                return Err(Invalid::new("tags", format!("must be at most {TAGS_MAX}")));
            }
        }
        Ok(Self(tags))
    }

    /// The tags in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// These tags and then those of `more` that are not among them.
    ///
    /// # Errors
    /// More than 50 different tags.
    pub fn joined(&self, more: &Self) -> Result<Self, Invalid> {
        Self::new(self.0.iter().chain(&more.0).cloned())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(list: &[&str]) -> Result<Tags, Invalid> {
        Tags::new(list.iter().map(|&tag| tag.to_owned()))
    }

    #[test]
    fn tags_are_trimmed_and_kept_once_in_their_order() {
        assert_eq!(tags(&[" b ", "a", "b"]).unwrap().as_slice(), ["b", "a"]);
    }

    #[test]
    fn a_tag_that_breaks_the_rules_is_named() {
        assert_eq!(tags(&["a", " "]).unwrap_err().field, "tags[1]");
        assert_eq!(tags(&[&"x".repeat(65)]).unwrap_err().field, "tags[0]");
        let many: Vec<_> = (0..51).map(|n| n.to_string()).collect();
        assert_eq!(Tags::new(many).unwrap_err().field, "tags");
    }
}
