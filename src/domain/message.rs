//! One message.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    ContactId, Content, ConversationId, Invalid, MessageId, OrganizationId, Seq, SessionId,
    Timestamp, UserId,
};

/// Most characters of a client's own id of a message.
const CLIENT_MESSAGE_ID_CHARS_MAX: usize = 128;

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The end user, by the id they have on the channel.
    Contact {
        /// `external_id` of the platform dialect.
        source_id: String,
    },
    /// An agent.
    User(UserId),
    /// A program that answers, by its id.
    Bot(String),
    /// This server.
    System,
}

impl Author {
    /// Which side of the conversation it is.
    #[must_use]
    pub fn sender_type(&self) -> SenderType {
        match self {
            Self::Contact { .. } => SenderType::EndUser,
            Self::User(_) => SenderType::Agent,
            Self::Bot(_) => SenderType::Bot,
            Self::System => SenderType::System,
        }
    }

    /// The id under which that side is known; the server has none.
    #[must_use]
    pub fn sender_id(&self) -> Option<String> {
        match self {
            Self::Contact { source_id } => Some(source_id.clone()),
            Self::User(id) => Some(id.to_string()),
            Self::Bot(id) => Some(id.clone()),
            Self::System => None,
        }
    }
}

/// The side of a conversation someone is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SenderType {
    /// The visitor.
    EndUser,
    /// Someone of the organization.
    Agent,
    /// A program that answers.
    Bot,
    /// This server.
    System,
}

impl SenderType {
    /// The word of the platform dialect: `end_user`, `agent`, `bot` (and `system`, which it lacks).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EndUser => "end_user",
            Self::Agent => "agent",
            Self::Bot => "bot",
            Self::System => "system",
        }
    }
}

impl fmt::Display for SenderType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SenderType {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::EndUser, Self::Agent, Self::Bot, Self::System]
            .into_iter()
            .find(|side| side.as_str() == text)
            .ok_or_else(|| Invalid::new("sender_type", "must be end_user, agent or bot"))
    }
}

/// Who may read a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Both sides.
    Public,
    /// Agents alone.
    Note,
}

impl Visibility {
    /// The word it is kept under.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Note => "note",
        }
    }
}

impl FromStr for Visibility {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "public" => Ok(Self::Public),
            "note" => Ok(Self::Note),
            _ => Err(Invalid::new("visibility", "must be public or note")),
        }
    }
}

/// A client's own id of a message it sends: the same one again means the same message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientMessageId(String);

impl ClientMessageId {
    /// Takes a client's id as it is.
    ///
    /// # Errors
    /// Empty, longer than 128 characters, or with a NUL in it.
    pub fn new(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if text.is_empty() {
            return Err(Invalid::new("client_message_id", "must not be empty"));
        }
        super::text::check_chars("client_message_id", &text, CLIENT_MESSAGE_ID_CHARS_MAX)?;
        Ok(Self(text))
    }

    /// The id as the client wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One message of a conversation; never changed once it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Which message.
    pub id: MessageId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The conversation it is part of.
    pub conversation_id: ConversationId,
    /// The end user of that conversation.
    pub contact_id: ContactId,
    /// The session it is part of.
    pub session_id: SessionId,
    /// Its place in the conversation.
    pub seq: Seq,
    /// Who wrote it.
    pub author: Author,
    /// Who may read it.
    pub visibility: Visibility,
    /// What it says.
    pub content: Content,
    /// The id its sender gave it.
    pub client_message_id: Option<String>,
    /// When it was kept.
    pub created_at: Timestamp,
}

/// Who read a message, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The reader, as [`Actor::reader`](super::Actor::reader) names it.
    pub reader: String,
    /// When they first read it.
    pub read_at: Timestamp,
}

/// A message and who has read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMessage {
    /// The message.
    pub message: Message,
    /// Its readers, the earliest first.
    pub read_by: Vec<Receipt>,
}
