//! Answers that agents keep ready.

use super::text::{check_chars, clean_name};
use super::{Invalid, OrganizationId, SavedReplyId, Timestamp};

/// Most characters of a shortcut.
const SHORTCUT_CHARS_MAX: usize = 64;
/// Most bytes of an answer, as of any message of a program.
const BODY_BYTES_MAX: usize = 32 * 1024;

/// What a saved reply says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyText {
    /// What an agent types after a slash; unique in the organization.
    pub shortcut: String,
    /// What agents see in a list.
    pub title: String,
    /// The answer.
    pub body: String,
}

impl ReplyText {
    /// The same as it is kept: the shortcut without its slash, the title trimmed.
    ///
    /// # Errors
    /// A shortcut that is empty, has white space in it or more than 64 characters; a title that is blank or
    /// has more than 200 characters; a body that is blank or has more than 32 KiB; a NUL anywhere.
    pub fn checked(self) -> Result<Self, Invalid> {
        let title = clean_name("title", &self.title)?;
        let title = title.ok_or_else(|| Invalid::new("title", "must not be blank"))?;
        if self.body.trim().is_empty() {
            return Err(Invalid::new("body", "must not be blank"));
        }
        if self.body.len() > BODY_BYTES_MAX {
            return Err(Invalid::new("body", format!("must be at most {BODY_BYTES_MAX} bytes")));
        }
        check_chars("body", &self.body, BODY_BYTES_MAX)?;
        Ok(Self { shortcut: shortcut(&self.shortcut)?, title, body: self.body })
    }
}

/// What an agent has typed of a shortcut until now, without the slash.
///
/// # Errors
/// More characters than a shortcut has; a NUL.
pub fn begun_shortcut(text: &str) -> Result<&str, Invalid> {
    let text = without_slash(text);
    check_chars("shortcut", text, SHORTCUT_CHARS_MAX)?;
    Ok(text)
}

/// Agents type `/thanks`, so people also call the shortcut that.
fn without_slash(text: &str) -> &str {
    text.strip_prefix('/').unwrap_or(text)
}

fn shortcut(text: &str) -> Result<String, Invalid> {
    let text = without_slash(text.trim());
    if text.is_empty() {
        return Err(Invalid::new("shortcut", "must not be empty"));
    }
    if text.contains(char::is_whitespace) {
        return Err(Invalid::new("shortcut", "must be one word"));
    }
    check_chars("shortcut", text, SHORTCUT_CHARS_MAX)?;
    Ok(text.to_owned())
}

/// A saved reply of an organization. Later ones have greater ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedReply {
    /// Which one.
    pub id: SavedReplyId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What it says.
    pub text: ReplyText,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(shortcut: &str, title: &str, body: &str) -> Result<ReplyText, Invalid> {
        let [shortcut, title, body] = [shortcut, title, body].map(str::to_owned);
        ReplyText { shortcut, title, body }.checked()
    }

    #[test]
    fn a_reply_is_kept_without_its_slash_and_its_title_trimmed() {
        let kept = checked(" /thanks ", " Thank you ", " Thanks!\n").unwrap();
        assert_eq!(kept.shortcut, "thanks");
        assert_eq!(kept.title, "Thank you");
        assert_eq!(kept.body, " Thanks!\n", "the answer is the agent's own affair");
    }

    #[test]
    fn each_part_has_its_bounds() {
        let long = |length: usize| "x".repeat(length);
        assert!(checked(&long(64), &long(200), &long(32_768)).is_ok());
        for (shortcut, title, body, field) in [
            ("", "t", "b", "shortcut"),
            ("/", "t", "b", "shortcut"),
            ("two words", "t", "b", "shortcut"),
            ("a\0", "t", "b", "shortcut"),
            (&long(65), "t", "b", "shortcut"),
            ("s", " ", "b", "title"),
            ("s", &long(201), "b", "title"),
            ("s", "t", " \n", "body"),
            ("s", "t", "a\0", "body"),
            ("s", "t", &long(32_769), "body"),
        ] {
            assert_eq!(checked(shortcut, title, body).unwrap_err().field, field);
        }
    }
}
