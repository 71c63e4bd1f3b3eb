//! A customer of this server.

use super::OrganizationId;

/// An organization: agents, channels and conversations that no other organization sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Who it is.
    pub id: OrganizationId,
    /// What it is called; unique on this server.
    pub name: String,
}
