//! A person an organization talks with.

use super::{ChannelId, ContactId, Email, Metadata, OrganizationId, Timestamp};

/// The end user of a conversation, as agents see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Who it is.
    pub id: ContactId,
    /// What they are called, where they or their site said so.
    pub name: Option<String>,
    /// Their id on the channel of the conversation (`external_id`).
    pub source_id: String,
}

/// A contact as programs see it.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactDetail {
    /// Who it is.
    pub id: ContactId,
    /// Whose contact it is.
    pub organization_id: OrganizationId,
    /// What they are called.
    pub name: Option<String>,
    /// Where mail reaches them.
    pub email: Option<Email>,
    /// What programs keep beside them.
    pub metadata: Metadata,
    /// Where they first came in.
    pub channel_id: ChannelId,
    /// How many conversations they have had.
    pub conversation_count: i64,
    /// When they last wrote, or when they came if they never did.
    pub last_seen_at: Timestamp,
    /// When they came.
    pub created_at: Timestamp,
    /// When what is known of them last changed.
    pub updated_at: Timestamp,
}
