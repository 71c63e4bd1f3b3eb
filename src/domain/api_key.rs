//! A key that lets a program in.

use std::fmt;
use std::str::FromStr;

use super::{AgentActor, ApiKeyId, ChannelId, Invalid, OrganizationId, Program, Timestamp, UserId};

/// The product whose documented interface a caller speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Socket.IO events, agent REST, the iframe widget.
    Platform,
    /// REST v1 and Pusher realtime.
    Muro,
    /// Transcript ingest and hand-over.
    Munin,
}

impl Dialect {
    /// The word it is kept under.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Muro => "muro",
            Self::Munin => "munin",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Dialect {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::Platform, Self::Muro, Self::Munin]
            .into_iter()
            .find(|dialect| dialect.as_str() == text)
            .ok_or_else(|| Invalid::new("dialect", "must be platform, muro or munin"))
    }
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Acts as one agent.
    Agent,
    /// Reads and writes for the whole organization.
    Full,
    /// Reads for the whole organization.
    Read,
    /// Administers the organization.
    Admin,
    /// Brings in the visitors of one widget.
    Widget,
}

impl KeyKind {
    /// The word it is kept under.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Full => "full",
            Self::Read => "read",
            Self::Admin => "admin",
            Self::Widget => "widget",
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyKind {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::Agent, Self::Full, Self::Read, Self::Admin, Self::Widget]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Invalid::new("kind", "must be agent, full, read, admin or widget"))
    }
}

/// A key as it is kept: everything but the key itself, which is shown once and forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Which key.
    pub id: ApiKeyId,
    /// The organization it opens.
    pub organization_id: OrganizationId,
    /// The agent it acts as.
    pub user_id: Option<UserId>,
    /// The one website it sees; `None`: all of the organization's.
    pub channel_id: Option<ChannelId>,
    /// The dialect it is good for.
    pub dialect: Dialect,
    /// What it is for.
    pub kind: KeyKind,
    /// Its first characters, by which people tell keys apart.
    pub prefix: String,
    /// What its maker called it.
    pub name: String,
    /// What it may do, in the dialect's own words.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Whether it opens anything at `now`.
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// The agent it acts as in the platform dialect; keys of other dialects are nobody there.
    #[must_use]
    pub fn agent_actor(&self) -> Option<AgentActor> {
        let user_id = self.user_id.filter(|_| self.dialect == Dialect::Platform)?;
        Some(AgentActor { organization_id: self.organization_id, user_id })
    }
    /// Whoever acts with it in the muro dialect.
    #[must_use]
    pub fn program(&self) -> Program {
        Program {
            organization_id: self.organization_id,
            key_id: self.id,
            user_id: self.user_id,
            channel_id: self.channel_id,
        }
    }
}
