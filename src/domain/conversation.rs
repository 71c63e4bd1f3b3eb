//! A conversation of one end user on one channel.

use std::fmt;
use std::str::FromStr;

use super::{
    ChannelId, Contact, ContactChannelId, ConversationId, Invalid, OrganizationId, Seq, Session,
    Tags, Timestamp, UserId,
};

/// Where a conversation stands; follows its newest session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationStatus {
    /// It has an open session, or no message yet.
    Open,
    /// Its last session is resolved.
    Closed,
}

impl ConversationStatus {
    /// The word it is kept under.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for ConversationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ConversationStatus {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "open" => Ok(Self::Open),
            "closed" => Ok(Self::Closed),
            _ => Err(Invalid::new("status", "must be open or closed")),
        }
    }
}

/// A conversation: one end user, one channel, one gapless sequence of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Which conversation.
    pub id: ConversationId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Where the end user came in.
    pub channel_id: ChannelId,
    /// The end user on that channel.
    pub contact_channel_id: ContactChannelId,
    /// Its counter in the organization, for dialects with integer ids.
    pub display_id: i64,
    /// Where it stands.
    pub status: ConversationStatus,
    /// The `seq` of its newest message; 0 before the first.
    pub seq: Seq,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed; moved by every message.
    pub updated_at: Timestamp,
}

/// A conversation as agents see it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationView {
    /// The conversation itself.
    pub conversation: Conversation,
    /// Its end user.
    pub contact: Contact,
    /// Its open session; `None` once resolved.
    pub active_session: Option<Session>,
}

/// A conversation as it stands right after a change: what a list of conversations shows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationState {
    /// Which conversation.
    pub id: ConversationId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Where it stands.
    pub status: ConversationStatus,
    /// The labels of its newest session.
    pub tags: Tags,
    /// The visitor's messages that nobody of the organization has read or answered.
    pub unread_count: i64,
    /// The agent who has its newest session.
    pub assigned_agent_id: Option<UserId>,
    /// When its newest message came; `None` before the first.
    pub last_message_at: Option<Timestamp>,
}
