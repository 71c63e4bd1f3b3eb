//! A person an organization talks with.

use super::ContactId;

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
