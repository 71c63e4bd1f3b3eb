//! Where a message goes, and the contact and the conversation that are made for it where there are none.

use super::write::Writing;
use crate::domain::{
    Author, ChannelId, ContactChannelId, ContactId, ConversationId, Event, EventKind, Position,
    Timestamp,
};
use crate::service::ServiceError;
use crate::store::{NewContact, NewConversation, Tx};

/// Where a message goes.
#[derive(Clone, Debug)]
pub(in crate::service) enum Place {
    /// Into a conversation of the organization, if it is one. The contact is its end user, when that is who writes.
    Conversation { id: ConversationId, contact_id: Option<ContactId> },
    /// Into the one conversation of this visitor on this channel, which may be yet to begin.
    Visitor { channel: ChannelId, source_id: String },
    /// Into a new conversation with this contact.
    New { channel: ChannelId, contact_id: ContactId, contact_channel_id: ContactChannelId },
}

/// What is there of a place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    Conversation { id: ConversationId, contact_id: Option<ContactId> },
    Contact { channel: ChannelId, id: ContactId, contact_channel_id: ContactChannelId },
    Nobody { channel: ChannelId, source_id: &'a str },
}

impl Place {
    pub(super) async fn find(&self, tx: &mut Tx) -> Result<Found<'_>, ServiceError> {
        let (channel, source_id) = match self {
            Self::Conversation { id, contact_id } => {
                return Ok(Found::Conversation { id: *id, contact_id: *contact_id });
            }
            Self::New { channel, contact_id: id, contact_channel_id } => {
                let (channel, id, contact_channel_id) = (*channel, *id, *contact_channel_id);
                return Ok(Found::Contact { channel, id, contact_channel_id });
            }
            Self::Visitor { channel, source_id } => (*channel, source_id),
        };
        let person = tx.lookup_contact_channel(channel, source_id).await?;
        let Some((contact_channel_id, contact_id)) = person else {
            return Ok(Found::Nobody { channel, source_id });
        };
        let latest = tx.lookup_latest_conversation(contact_channel_id).await?;
        Ok(match latest {
            Some(conversation) => {
                Found::Conversation { id: conversation.id, contact_id: Some(contact_id) }
            }
            None => Found::Contact { channel, id: contact_id, contact_channel_id },
        })
    }
}

impl Writing {
    /// The conversation, and what it is begun with if it is begun now.
    pub(super) async fn settle_in(
        &self,
        tx: &mut Tx,
        found: Found<'_>,
        now: Timestamp,
    ) -> Result<(ConversationId, Option<NewConversation>), ServiceError> {
        let (channel_id, contact_id, contact_channel_id) = match found {
            Found::Conversation { id, contact_id } => {
                if let Some(contact_id) = contact_id {
                    tx.see_contact(contact_id, self.customer_name.as_deref(), now).await?;
                }
                return Ok((id, None));
            }
            Found::Contact { channel, id, contact_channel_id } => {
                if let Author::Contact { .. } = self.author {
                    tx.see_contact(id, self.customer_name.as_deref(), now).await?;
                }
                (channel, id, contact_channel_id)
            }
            Found::Nobody { channel, source_id } => {
                let (id, on_channel) = self.make_contact(tx, channel, source_id, now).await?;
                (channel, id, on_channel)
            }
        };
        let new = NewConversation {
            id: ConversationId::generate(),
            organization_id: self.organization_id,
            channel_id,
            contact_id,
            contact_channel_id,
            display_id: tx.next_display_id(self.organization_id).await?,
        };
        tx.insert_conversation(&new, now).await?;
        Ok((new.id, Some(new)))
    }

    async fn make_contact(
        &self,
        tx: &mut Tx,
        channel_id: ChannelId,
        source_id: &str,
        now: Timestamp,
    ) -> Result<(ContactId, ContactChannelId), ServiceError> {
        let new = NewContact {
            id: ContactId::generate(),
            contact_channel_id: ContactChannelId::generate(),
            organization_id: self.organization_id,
            number: tx.next_number(self.organization_id).await?,
            channel_id,
            source_id,
            name: self.customer_name.as_deref(),
        };
        let ids = (new.id, new.contact_channel_id);
        tx.insert_contact(new, now).await?;
        Ok(ids)
    }
}

/// The event of the beginning of a conversation.
pub(in crate::service) fn opened(
    new: &NewConversation,
    position: Position,
    now: Timestamp,
) -> Event {
    let kind = EventKind::ConversationOpened {
        contact_id: new.contact_id,
        channel_id: new.channel_id,
        opened_at: now,
    };
    Event::logged(new.organization_id, position, new.id, kind)
}
