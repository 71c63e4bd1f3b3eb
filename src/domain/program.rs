//! A program that works for an organization.

use super::{ApiKeyId, Author, ChannelId, OrganizationId, UserId};

/// Whoever acts with a key of the muro dialect: for the organization, and within the one website the key
/// may be pinned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// The organization it works for.
    pub organization_id: OrganizationId,
    /// The key it came in with.
    pub key_id: ApiKeyId,
    /// The agent who made the key, in whose name it writes.
    pub user_id: Option<UserId>,
    /// The one website whose conversations and contacts it sees; `None`: all of the organization's.
    pub channel_id: Option<ChannelId>,
}

impl Program {
    /// What it writes is signed so: as the agent whose key it is, or as nobody but a program.
    #[must_use]
    pub fn author(&self) -> Author {
        self.user_id.map_or_else(|| Author::Bot(self.key_id.to_string()), Author::User)
    }

    /// Whether it sees what belongs to this channel of its organization.
    #[must_use]
    pub fn sees(&self, channel: ChannelId) -> bool {
        self.channel_id.is_none_or(|pinned| pinned == channel)
    }
}
