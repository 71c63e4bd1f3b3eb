//! What has to be known before messages are written is read in one go.

use std::collections::HashMap;

use super::conversations::{look_at_tips, tips};
use super::messages::{found, look_for_client_ids};
use super::{StoreError, Tip, Tx};
use crate::domain::{ConversationId, Message, OrganizationId};

/// What is known of conversations before messages come into them.
#[derive(Debug)]
pub struct Known {
    /// Where the next message goes, of those that the organization has.
    pub tips: HashMap<ConversationId, Tip>,
    /// The messages that clients sent before under the ids that were asked about.
    pub earlier: Vec<Message>,
}

impl Tx {
    /// Locks an organization as [`lock_organization`](Tx::lock_organization) does, and reads what is known of some of its
    /// conversations, and of messages that clients may have sent before.
    pub async fn look_up<'a>(
        &mut self,
        organization: OrganizationId,
        conversations: impl IntoIterator<Item = ConversationId>,
        client_ids: impl IntoIterator<Item = (ConversationId, &'a str)>,
    ) -> Result<Known, StoreError> {
        let engine = self.engine();
        let mut client_ids = client_ids.into_iter().peekable();
        let mut reads = vec![look_at_tips(engine, organization, conversations)];
        if client_ids.peek().is_some() {
            reads.push(look_for_client_ids(engine, client_ids));
        }
        let rows = self.lock_and_fetch(organization, reads).await?;
        let mut rows = rows.iter().map(Vec::as_slice);
        Ok(Known {
            tips: tips(rows.next().unwrap_or_default())?,
            earlier: found(rows.next().unwrap_or_default())?,
        })
    }

    /// The messages that clients sent under these ids of their own.
    pub async fn list_messages_by_client_ids(
        &mut self,
        ids: impl IntoIterator<Item = (ConversationId, &str)>,
    ) -> Result<Vec<Message>, StoreError> {
        let mut ids = ids.into_iter().peekable();
        if ids.peek().is_none() {
            return Ok(Vec::new());
        }
        let look = look_for_client_ids(self.engine(), ids);
        let rows = self.fetch_together(vec![look]).await?;
        found(rows.first().map(Vec::as_slice).unwrap_or_default())
    }

    /// The tips of those of these conversations that an organization has, whose lock is held.
    pub async fn list_tips(
        &mut self,
        organization: OrganizationId,
        conversations: impl IntoIterator<Item = ConversationId>,
    ) -> Result<HashMap<ConversationId, Tip>, StoreError> {
        let look = look_at_tips(self.engine(), organization, conversations);
        let rows = self.fetch_together(vec![look]).await?;
        tips(rows.first().map(Vec::as_slice).unwrap_or_default())
    }
}
