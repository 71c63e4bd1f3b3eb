//! The name of a connection.

use std::fmt;
use std::str::FromStr;

/// The name of one connection: `3026194825.1170342`.
///
/// Whatever an application signs holds the id of the connection it signs for, so that nobody else
/// can use it. Both halves must therefore be random, and are never given out twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId {
    first: u32,
    second: u32,
}

/// A text is not the id of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("socket_id: expected two numbers with a dot between, such as 3026194825.1170342")]
pub struct BadSocketId;

impl SocketId {
    /// The id made of these two random numbers.
    #[must_use]
    pub const fn new(first: u32, second: u32) -> Self {
        Self { first, second }
    }

    /// Whether applications and their libraries take this text for the id of a connection: digits,
    /// a dot, digits. It may still be an id that is never given out here, and does not
    /// [parse](Self::from_str).
    #[must_use]
    pub fn is_well_formed(text: &str) -> bool {
        text.split_once('.').is_some_and(|(first, second)| is_digits(first) && is_digits(second))
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.first, self.second)
    }
}

impl FromStr for SocketId {
    type Err = BadSocketId;

    /// Reads an id as it was written here. Other spellings of the same numbers are refused, since a
    /// signature is made over the text.
    fn from_str(text: &str) -> Result<Self, BadSocketId> {
        let (first, second) = text.split_once('.').ok_or(BadSocketId)?;
        Ok(Self { first: number(first)?, second: number(second)? })
    }
}

fn number(text: &str) -> Result<u32, BadSocketId> {
    let has_leading_zero = text.len() > 1 && text.starts_with('0');
    if !is_digits(text) || has_leading_zero {
        return Err(BadSocketId);
    }
    text.parse().map_err(|_| BadSocketId)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
