//! A conversation of one end user on one channel.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    ChannelId, Contact, ContactChannelId, ContactId, ConversationId, Email, Invalid, Metadata,
    OrganizationId, SenderType, Seq, Session, Tags, Timestamp, UserId, Visibility, Website,
};

/// Where a conversation stands; follows its newest session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationStatus {
    /// It has an open session, or no message yet.
    Open,
    /// Its last session is resolved.
    Closed,
    /// It is put off: its session is open, but nobody has to look at it before a given time, or before
    /// its visitor writes.
    Snoozed,
}

impl ConversationStatus {
    /// The word it is kept under.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Snoozed => "snoozed",
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
            "snoozed" => Ok(Self::Snoozed),
            _ => Err(Invalid::new("status", "must be open, closed or snoozed")),
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// A conversation as programs see it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationDetail {
    /// How it stands.
    pub state: ConversationState,
    /// Until when it sleeps; `None` when it does not, or sleeps until its visitor writes.
    pub snoozed_until: Option<Timestamp>,
    /// What programs keep beside it.
    pub metadata: Metadata,
    /// Its end user.
    pub visitor: Visitor,
    /// Where that user came in.
    pub website: Website,
    /// Its newest message, notes included.
    pub last_message: Option<LastMessage>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed; lists of conversations are in this order.
    pub updated_at: Timestamp,
}

/// The end user of a conversation, as programs see them there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Who it is.
    pub id: ContactId,
    /// What they are called.
    pub name: Option<String>,
    /// Where mail reaches them.
    pub email: Option<Email>,
}

/// What was said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastMessage {
    /// What it says.
    pub text: String,
    /// Which side said it.
    pub sender: SenderType,
    /// Who may read it.
    pub visibility: Visibility,
    /// When it was kept.
    pub at: Timestamp,
}
