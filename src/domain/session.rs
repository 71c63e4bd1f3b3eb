//! One support episode.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{ConversationId, Invalid, SessionId, Tags, Timestamp, UserId};

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionStatus {
    /// Someone waits for an answer or gets one.
    Open,
    /// Over; the next message of the end user begins another session.
    Resolved,
}

impl SessionStatus {
    /// The word it is kept and shown under.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
        }
    }
}

impl fmt::Display for SessionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SessionStatus {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "open" => Ok(Self::Open),
            "resolved" => Ok(Self::Resolved),
            _ => Err(Invalid::new("status", "must be open or resolved")),
        }
    }
}

/// One support episode of a conversation; at most one of them is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Which session.
    pub id: SessionId,
    /// The conversation it is part of.
    pub conversation_id: ConversationId,
    /// Where it stands.
    pub status: SessionStatus,
    /// The agent who took it; `None` while it waits in the queue.
    pub assigned_agent_id: Option<UserId>,
    /// Its labels.
    pub tags: Tags,
    /// When its first message came.
    pub first_message_at: Option<Timestamp>,
    /// When the agent took it.
    pub assigned_at: Option<Timestamp>,
    /// When it was over.
    pub resolved_at: Option<Timestamp>,
}
