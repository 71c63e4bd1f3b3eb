//! The name of a channel, which says what the channel is.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// What the name of a user's own channel begins with; the user's id follows.
pub const SERVER_TO_USER: &str = "#server-to-user-";

const PRIVATE: &str = "private-";
const ENCRYPTED: &str = "private-encrypted-";
const PRESENCE: &str = "presence-";
const CACHE: [&str; 4] =
    ["cache-", "private-cache-", "private-encrypted-cache-", "presence-cache-"];

/// A valid channel name. Cloning it copies no text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelName(Arc<str>);

/// What a channel is, by the beginning of its name. Each may be a cache channel as well, see
/// [`ChannelName::is_cache`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// Open to everybody who knows the app's key.
    Public,
    /// `private-…`: open to those the application signed for.
    Private,
    /// `private-encrypted-…`: a private channel whose data this server cannot read.
    Encrypted,
    /// `presence-…`: a private channel that tells its members of each other.
    Presence,
    /// `#server-to-user-…`: what the application says to one signed-in user.
    ServerToUser,
}

/// Why a text is not a channel name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadChannelName {
    /// There is no text.
    #[error("channel: expected a name, got an empty text")]
    Empty,
    /// A character that names do not have; `#` only begins the channels of users.
    #[error("channel: expected letters, digits and _ - = @ , . ; in the name, got {0:?}")]
    Char(char),
    /// The channel of a user, but of none.
    #[error("channel: expected the id of a user after {SERVER_TO_USER}")]
    NoUser,
    /// More characters than are taken.
    #[error("channel: expected a name of at most {chars_max} characters")]
    TooLong {
        /// How many are taken.
        chars_max: usize,
    },
}

impl ChannelName {
    /// Reads a name of at most `chars_max` characters; 0 sets no limit.
    ///
    /// # Errors
    /// An empty or too long text, or one with characters outside `A-Za-z0-9_-=@,.;`.
    pub fn parse(text: &str, chars_max: usize) -> Result<Self, BadChannelName> {
        let user = text.strip_prefix(SERVER_TO_USER);
        if let Some(other) = user.unwrap_or(text).chars().find(|char| !is_name_char(*char)) {
            return Err(BadChannelName::Char(other));
        }
        if text.is_empty() {
            return Err(BadChannelName::Empty);
        }
        if user == Some("") {
            return Err(BadChannelName::NoUser);
        }
        // By now every character is one byte.
        if chars_max > 0 && text.len() > chars_max {
            return Err(BadChannelName::TooLong { chars_max });
        }
        Ok(Self(text.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the channel is.
    #[must_use]
    pub fn kind(&self) -> ChannelKind {
        if self.0.starts_with(ENCRYPTED) {
            ChannelKind::Encrypted
        } else if self.0.starts_with(PRIVATE) {
            ChannelKind::Private
        } else if self.0.starts_with(PRESENCE) {
            ChannelKind::Presence
        } else if self.0.starts_with(SERVER_TO_USER) {
            ChannelKind::ServerToUser
        } else {
            ChannelKind::Public
        }
    }

    /// Whether the name begins with `private-`, whatever follows.
    #[must_use]
    pub fn is_private(&self) -> bool {
        matches!(self.kind(), ChannelKind::Private | ChannelKind::Encrypted)
    }

    /// Whether the channel tells its members of each other.
    #[must_use]
    pub fn is_presence(&self) -> bool {
        self.kind() == ChannelKind::Presence
    }

    /// Whether this server cannot read the channel's data.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.kind() == ChannelKind::Encrypted
    }

    /// Whether a new subscriber gets the last event the application published.
    #[must_use]
    pub fn is_cache(&self) -> bool {
        CACHE.iter().any(|prefix| self.0.starts_with(prefix))
    }

    /// Whether a subscription needs the signature of the application.
    #[must_use]
    pub fn requires_auth(&self) -> bool {
        self.is_private() || self.is_presence()
    }

    /// Whether subscribers may send events to each other. The client libraries refuse to do so on
    /// encrypted channels; the protocol does not.
    #[must_use]
    pub fn takes_client_events(&self) -> bool {
        self.requires_auth()
    }

    /// Whose own channel this is, if it is one: a user's id.
    #[must_use]
    pub fn server_to_user(&self) -> Option<&str> {
        self.0.strip_prefix(SERVER_TO_USER)
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for ChannelName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ChannelName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Whether channel names, and the ids of signed-in users, may contain this character.
pub(super) const fn is_name_char(char: char) -> bool {
    matches!(
        char,
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' | '=' | '@' | ',' | '.' | ';'
    )
}
