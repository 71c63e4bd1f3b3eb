//! Tokens and keys: random, shown once, kept as a hash.

use std::fmt;

use rand::RngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

use super::Secret;

/// What a token opens; its prefix tells people and secret scanners what they found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// The widget of a channel (platform).
    Embed,
    /// Everything one agent may do (platform).
    AgentKey,
    /// REST v1 (muro).
    MuroKey,
    /// Administration (munin).
    MuninAdmin,
    /// Ingest for one widget (munin).
    MuninWidget,
    /// A browser's login; no prefix, it lives in a cookie.
    Login,
    /// Proof that a form came from our page; no prefix, it lives in the page.
    Csrf,
}

impl TokenKind {
    /// What a token of this kind begins with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Embed => "ew_",
            Self::AgentKey => "sb_agent_",
            Self::MuroKey => "mr_live_",
            Self::MuninAdmin => "mn_admin_",
            Self::MuninWidget => "mn_widget_",
            Self::Login | Self::Csrf => "",
        }
    }
}

/// A new token of 256 random bits, in characters that need no escaping anywhere.
#[must_use]
pub fn new_token(kind: TokenKind) -> Secret {
    Secret::new(format!("{}{}", kind.prefix(), random_hex(32)))
}

/// `bytes` random bytes from the system, as hex digits.
#[must_use]
pub fn random_hex(bytes: usize) -> String {
    hex_from(&mut rand::TryRngCore::unwrap_err(OsRng), bytes)
}

/// An id that nobody can guess, of so many random bytes, for as long as a connection lasts. It takes no call of the system:
/// it is of a generator that this process seeds from the system again and again.
#[must_use]
pub fn random_id(bytes: usize) -> String {
    hex_from(&mut rand::rng(), bytes)
}

fn hex_from(source: &mut impl RngCore, bytes: usize) -> String {
    let mut random = vec![0; bytes];
    source.fill_bytes(&mut random);
    hex(&random)
}

/// The SHA-256 of a token: what is kept of it, and what it is looked up by. A hash without salt is
/// enough for 256 random bits, and a lookup by hash leaks nothing by its timing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(String);

impl TokenHash {
    /// The hash of `token`.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(hex(&Sha256::digest(token.as_bytes())))
    }

    /// 64 hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower-case hex digits of `bytes`.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_carry_their_prefix_and_256_bits() {
        let token = new_token(TokenKind::Embed);
        let digits = token.expose().strip_prefix("ew_").unwrap();
        assert_eq!(digits.len(), 64);
        assert!(digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(token, new_token(TokenKind::Embed));
    }

    #[test]
    fn a_hash_is_the_published_one() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(TokenHash::of("abc").as_str(), expected);
    }
}
