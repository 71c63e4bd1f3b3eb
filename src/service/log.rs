//! The logs of organizations: what happened, in order, for as long as it is kept.

use std::collections::HashMap;

use super::{ServiceError, Services};
use crate::domain::{ConversationId, ConversationState, Event, OrganizationId, Position};

/// All of it fails with `Internal` alone.
impl Services {
    /// The events after `position`, in order, at most `limit`; messages in full, notes included
    /// (who hears them is the audience's matter).
    pub async fn events_after(
        &self,
        organization_id: OrganizationId,
        position: Position,
        limit: u32,
    ) -> Result<Vec<Event>, ServiceError> {
        let limit = i64::from(limit);
        Ok(self.store().list_events_after(organization_id, position, limit).await?)
    }

    /// The newest position of the organization's log; 0 before its first event.
    pub async fn position(
        &self,
        organization_id: OrganizationId,
    ) -> Result<Position, ServiceError> {
        Ok(self.store().position(organization_id).await?)
    }

    /// The newest position in the log of each of these organizations.
    pub async fn log_tails(
        &self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<(OrganizationId, Position)>, ServiceError> {
        Ok(self.store().list_tails(organizations).await?)
    }

    /// The newest event of each conversation among those after `after` and up to `to`.
    pub async fn newest_between(
        &self,
        organization_id: OrganizationId,
        after: Position,
        to: Position,
    ) -> Result<Vec<(ConversationId, Position)>, ServiceError> {
        Ok(self.store().list_newest_between(organization_id, after, to).await?)
    }

    /// The newest position at which something happened to each of these conversations, where one is kept.
    pub async fn newest_positions(
        &self,
        conversations: &[ConversationId],
    ) -> Result<HashMap<ConversationId, Position>, ServiceError> {
        Ok(self.store().list_newest_positions(conversations).await?)
    }

    /// How a conversation stands now.
    pub async fn conversation_state(
        &self,
        organization_id: OrganizationId,
        id: ConversationId,
    ) -> Result<Option<ConversationState>, ServiceError> {
        let detail = self.store().lookup_detail(organization_id, None, id).await?;
        Ok(detail.map(|detail| detail.state))
    }
}
