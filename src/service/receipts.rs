//! Who has read what.

use super::{Announcement, Origin, ServiceError, Services, WorkResult};
use crate::domain::{
    Actor, ConversationId, Event, EventKind, MessageId, OrganizationId, Timestamp,
};
use crate::store::{Done, Tx};

/// Most messages one call can mark.
const MARK_MAX: usize = 500;

impl Services {
    /// Marks messages of a conversation as read by `actor`, and returns those that were not yet.
    /// Ids that are not of this conversation are passed over.
    ///
    /// # Errors
    /// `NotFound` for a conversation that is not the actor's; `Invalid` for more than 500 ids.
    pub async fn mark_read(
        &self,
        actor: &Actor,
        id: ConversationId,
        message_ids: Vec<MessageId>,
        origin: Option<Origin>,
    ) -> Result<Vec<MessageId>, ServiceError> {
        if message_ids.len() > MARK_MAX {
            let why = format!("must be at most {MARK_MAX}");
            return Err(ServiceError::invalid("message_ids", &why));
        }
        let standing = self.standing_for(actor, id).await?;
        let organization_id = standing.conversation.organization_id;
        let reading = Reading {
            organization_id,
            conversation_id: id,
            reader: actor.reader(),
            by_agent: matches!(actor, Actor::Agent(_)),
            message_ids,
            origin,
            now: self.now(),
        };
        self.commit(Some(organization_id), move |tx| {
            let reading = reading.clone();
            Box::pin(async move { reading.run(tx).await })
        })
        .await
    }
}

#[derive(Clone)]
struct Reading {
    organization_id: OrganizationId,
    conversation_id: ConversationId,
    reader: String,
    by_agent: bool,
    message_ids: Vec<MessageId>,
    origin: Option<Origin>,
    now: Timestamp,
}

impl Reading {
    async fn run(self, tx: &mut Tx) -> WorkResult<Vec<MessageId>> {
        let (conversation, asked) = (self.conversation_id, &self.message_ids);
        let mut new = tx.insert_receipts(conversation, &self.reader, asked, self.now).await?;
        // In the order they were asked for, each once.
        let last = new.values().copied().max();
        let unread: Vec<_> = asked.iter().copied().filter(|id| new.remove(id).is_some()).collect();
        if unread.is_empty() {
            return Ok(Done::quietly(unread));
        }
        let position = tx.next_position(self.organization_id).await?;
        let kind = EventKind::MessagesRead {
            reader: self.reader,
            message_ids: unread.clone(),
            read_at: self.now,
        };
        let mut event = Event::logged(self.organization_id, position, self.conversation_id, kind);
        tx.insert_event(&mut event, self.now).await?;
        let mut announcements = vec![Announcement { event, origin: self.origin }];
        // What a visitor reads is not what waits for the organization.
        if let (Some(last), true) = (last, self.by_agent)
            && let Some(state) = tx.read_up_to(self.conversation_id, last).await?
        {
            announcements.push(Announcement::unprompted(Event::conversation_updated(state)));
        }
        Ok(Done { value: unread, announcements })
    }
}
