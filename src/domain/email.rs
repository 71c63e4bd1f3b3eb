//! An e-mail address.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// Most characters of an address as it was typed: the bytes that RFC 5321 allows (section 4.5.3.1.3, without the angle
/// brackets), counted as JSON Schema counts, so that a description can say it.
const CHARS_MAX: usize = 254;

/// An address that mail could go to, in lower case. Whether it does go there, nobody has tried.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = Invalid;

    /// Takes an address as people type it. Refused is what can be none: it needs one `@` with something
    /// before it and a host after it, no white space, and at most 254 characters.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let typed = text.trim();
        let text = typed.to_lowercase();
        let is_address = typed.chars().count() <= CHARS_MAX
            && !text.contains(|c: char| c.is_whitespace() || c.is_control())
            && text
                .split_once('@')
                .is_some_and(|(person, host)| !person.is_empty() && is_host(host));
        if is_address {
            return Ok(Self(text));
        }
        Err(Invalid::new("email", "must be an e-mail address"))
    }
}

/// Labels with dots between, none of them empty.
fn is_host(text: &str) -> bool {
    !text.contains('@') && text.split('.').all(|label| !label.is_empty())
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_lower_case() {
        assert_eq!(" Marie@Example.COM ".parse::<Email>().unwrap().as_str(), "marie@example.com");
        assert!("o'neil+shop@mail.example.co.uk".parse::<Email>().is_ok());
        assert!("root@localhost".parse::<Email>().is_ok());
    }

    /// İ is two characters in lower case, of three bytes.
    #[test]
    fn the_characters_that_were_typed_are_counted() {
        let longest = format!("{}@host.example", "İ".repeat(CHARS_MAX - 13));
        assert!(longest.parse::<Email>().is_ok());
        assert!(format!("x{longest}").parse::<Email>().is_err());
    }

    #[test]
    fn what_can_be_no_address_is_refused() {
        let long = format!("{}@example.com", "x".repeat(CHARS_MAX));
        for text in [
            "",
            "marie",
            "@example.com",
            "marie@",
            "a@b@c",
            "a b@c.d",
            "a@b..c",
            "a@.b",
            "a\0@b",
            &long,
        ] {
            assert_eq!(text.parse::<Email>().unwrap_err().field, "email", "{text}");
        }
    }
}
