//! How far a client has heard.

use std::fmt;
use std::str::FromStr;

use crate::domain::{Event, Position};

/// The place of one delivery: which event of the organization, and which of the rooms that heard it.
///
/// It goes with each event as `position.index`; a client that comes back names the last one it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offset {
    /// Position in the log of the organization.
    pub position: Position,
    /// Index in the audience of the event.
    pub index: usize,
}

impl Offset {
    /// The offset of an event for the `index`th room of its audience; what is not in the log has none.
    #[must_use]
    pub fn of(event: &Event, index: usize) -> Option<Self> {
        event.position.map(|position| Self { position, index })
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.position, self.index)
    }
}

/// The text is no offset of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadOffset;

impl FromStr for Offset {
    type Err = BadOffset;

    fn from_str(text: &str) -> Result<Self, BadOffset> {
        let (position, index) = text.split_once('.').ok_or(BadOffset)?;
        let position = position.parse().map_err(|_| BadOffset)?;
        let index = index.parse().map_err(|_| BadOffset)?;
        if position < 0 { Err(BadOffset) } else { Ok(Self { position, index }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_reads_back_and_nonsense_does_not() {
        let offset = Offset { position: 42, index: 1 };
        assert_eq!(offset.to_string(), "42.1");
        assert_eq!("42.1".parse(), Ok(offset));
        for text in ["", "42", "42.", ".1", "-1.0", "a.b", "99999999999999999999.0"] {
            assert_eq!(text.parse::<Offset>(), Err(BadOffset), "{text}");
        }
    }
}
