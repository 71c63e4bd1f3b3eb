//! What one node tells the others.

use std::fmt;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::frame::Frame;
use crate::domain::{ApiKeyId, Event, UserId};

/// What one node tells the others on a feed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bulletin {
    /// Something happened in an organization.
    Told(Told),
    /// A frame for the members of a topic, as they get it.
    Frame(SharedFrame),
    /// Something that every node has to act on.
    Notice(Notice),
}

/// An event, and what is told with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    /// What happened.
    pub(super) event: Event,
    /// How the conversation stands after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) after: Vec<Event>,
}

/// A frame of Pusher Channels on its way to other nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SharedFrame {
    /// How it is to be handed out.
    pub(super) terms: Terms,
    frame: Frame,
}

impl SharedFrame {
    /// A frame, and how it is to be handed out.
    pub(super) fn new(terms: Terms, frame: Frame) -> Self {
        Self { terms, frame }
    }

    /// The frame.
    pub(super) fn frame(&self) -> Frame {
        self.frame.clone()
    }
}

/// How a frame is to be handed out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Terms {
    /// The socket that must not get it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) skip: Option<String>,
    /// The text of the event, and for how long a cache channel remembers it, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) remember: Option<(String, u64)>,
}

/// Something that every node has to act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Notice {
    /// All logins of an agent have ended.
    LoggedOut(UserId),
    /// A key was revoked.
    KeyRevoked(ApiKeyId),
    /// A recoverable session, by its public id, has a connection on the node that says so.
    SessionTaken(String),
    /// Every connection of the user of the feed is to be closed.
    Terminated,
}

/// The bytes are no bulletin.
#[derive(Debug)]
pub(super) struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read what another node told: {}", self.0)
    }
}

const TOLD: u8 = b't';
const FRAME: u8 = b'f';
const NOTICE: u8 = b'n';

impl Bulletin {
    /// A letter, then JSON; a frame stands behind its terms as it is, after a line feed, which JSON on one
    /// line never holds.
    pub(super) fn encode(&self) -> Bytes {
        match self {
            Self::Told(told) => tagged(TOLD, told),
            Self::Notice(notice) => tagged(NOTICE, notice),
            Self::Frame(SharedFrame { terms, frame }) => {
                let mut bytes = Vec::from(tagged(FRAME, terms));
                bytes.push(b'\n');
                // Pusher's protocol is text; what is not cannot have come from it.
                bytes.extend_from_slice(frame.as_text().unwrap_or_default().as_bytes());
                bytes.into()
            }
        }
    }

    /// Reads what another node wrote.
    pub(super) fn decode(bytes: &Bytes) -> Result<Self, Unreadable> {
        let rest = bytes.get(1..).unwrap_or_default();
        match bytes.first() {
            Some(&TOLD) => read(rest).map(Self::Told),
            Some(&NOTICE) => read(rest).map(Self::Notice),
            Some(&FRAME) => {
                let end = rest.iter().position(|byte| *byte == b'\n');
                let end = end.ok_or_else(|| Unreadable("a frame without terms".to_owned()))?;
                let text = std::str::from_utf8(&rest[end + 1..]);
                let text = text.map_err(|bad| Unreadable(bad.to_string()))?;
                Ok(Self::Frame(SharedFrame { terms: read(&rest[..end])?, frame: text.into() }))
            }
            _ => Err(Unreadable("it is of no known kind".to_owned())),
        }
    }
}

fn tagged(tag: u8, value: &impl Serialize) -> Bytes {
    let mut bytes = vec![tag];
    // Values of this server's own, all of whose keys are text: this cannot fail.
    let _ = serde_json::to_writer(&mut bytes, value);
    bytes.into()
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(bytes).map_err(|error| Unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrganizationId;

    #[test]
    fn a_bulletin_reads_back() {
        let event = Event::agent_status(OrganizationId::generate(), UserId::generate(), true);
        let terms = Terms {
            skip: Some("1.2".to_owned()),
            remember: Some(("two\nlines".to_owned(), 1_000)),
        };
        let bulletins = [
            Bulletin::Told(Told { event: event.clone(), after: vec![event] }),
            Bulletin::Frame(SharedFrame::new(terms, "{\"event\":\"a\nb\"}".into())),
            Bulletin::Frame(SharedFrame::new(Terms::default(), "".into())),
            Bulletin::Notice(Notice::Terminated),
        ];
        for bulletin in bulletins {
            assert_eq!(Bulletin::decode(&bulletin.encode()).unwrap(), bulletin);
        }
    }

    #[test]
    fn what_is_no_bulletin_is_refused() {
        for bytes in ["", "x", "t", "t{}", "f{}", "f{}x", "n\"unheard_of\""] {
            assert!(Bulletin::decode(&Bytes::from_static(bytes.as_bytes())).is_err(), "{bytes}");
        }
    }
}
