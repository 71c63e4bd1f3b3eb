//! From the log to the outbox: what is appended to the log of an organization is due to its webhooks in
//! the same transaction.

use sqlx::{FromRow, query_as};

use crate::domain::{
    ContactId, ConversationId, ConversationState, DeliveryKind, Endpoint, Event, EventKind, News,
    Notice, Timestamp, WebhookEvent,
};
use crate::store::conversations::StateRow;
use crate::store::deliveries::NewDelivery;
use crate::store::row::{Source, to_json};
use crate::store::{StoreError, Tx};

/// What an event is about, as far as webhooks care.
#[derive(Clone, Copy)]
enum Subject {
    Conversation(ConversationId),
    Contact(ContactId),
}

#[derive(FromRow)]
struct ReceiverRow {
    id: String,
    url: String,
    events: String,
}

impl ReceiverRow {
    fn wants(&self, event: WebhookEvent) -> Result<bool, StoreError> {
        let source = Source { table: "webhooks", id: &self.id };
        let events: Vec<WebhookEvent> = source.json("events", &self.events)?;
        Ok(events.contains(&event))
    }

    fn into_endpoint(self) -> Endpoint {
        Endpoint { kind: DeliveryKind::Muro, owner: self.id, url: self.url }
    }
}

impl Tx {
    /// Makes a delivery for each webhook that hears of an event. Costs nothing where an organization
    /// has none: [`Tx::next_position`] has read that along.
    pub(in crate::store) async fn relay(
        &mut self,
        event: &Event,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !self.is_listened(event.organization_id) {
            return Ok(());
        }
        let Some((kind, subject)) = topic(event) else { return Ok(()) };
        let receivers = self.list_receivers(event, kind, subject).await?;
        if receivers.is_empty() {
            return Ok(());
        }
        let Some(news) = self.news(event).await? else { return Ok(()) };
        let notice = Notice::new(event.organization_id, news, now);
        let (lane, payload) = (notice.lane(), to_json(&notice));
        let give_up_at = now.plus_ms(Notice::KEPT_MS);
        for endpoint in &receivers {
            let new = NewDelivery { endpoint, lane: &lane, payload: &payload, give_up_at };
            self.insert_delivery(new, now).await?;
        }
        Ok(())
    }

    /// The webhooks that are enabled and hear of it.
    async fn list_receivers(
        &mut self,
        event: &Event,
        kind: WebhookEvent,
        subject: Subject,
    ) -> Result<Vec<Endpoint>, StoreError> {
        let query = query_as::<_, ReceiverRow>(
            "select id, url, events from webhooks where organization_id = $1 and enabled = 1 \
             and (channel_id is null \
             or channel_id in (select channel_id from conversations where id = $2) \
             or channel_id in (select channel_id from contact_channels where contact_id = $3)) \
             order by id",
        );
        let (conversation, contact) = match subject {
            Subject::Conversation(id) => (id.to_string(), String::new()),
            Subject::Contact(id) => (String::new(), id.to_string()),
        };
        let query = query.bind(event.organization_id.to_string()).bind(conversation).bind(contact);
        let mut endpoints = Vec::new();
        for row in self.fetch_all(query).await? {
            if row.wants(kind)? {
                endpoints.push(row.into_endpoint());
            }
        }
        Ok(endpoints)
    }

    /// What there is to tell, as things stand at this place in the log.
    async fn news(&mut self, event: &Event) -> Result<Option<News>, StoreError> {
        Ok(match (&event.kind, event.conversation_id) {
            (EventKind::MessageCreated(message), _) => News::of_message(message),
            (&EventKind::ConversationOpened { contact_id, channel_id, opened_at }, Some(id)) => {
                Some(News::ConversationOpened { id, channel_id, contact_id, created_at: opened_at })
            }
            (EventKind::ConversationResolved { .. }, Some(id)) => Some(self.closed(id).await?),
            (EventKind::VisitorIdentified { contact_id, email, name }, _) => {
                let (email, name) = (email.as_str().to_owned(), name.clone());
                Some(News::VisitorIdentified { id: *contact_id, email, name })
            }
            _ => None,
        })
    }

    async fn closed(&mut self, id: ConversationId) -> Result<News, StoreError> {
        let id = id.to_string();
        let query = query_as::<_, StateRow>(
            "select c.id, c.organization_id, c.status, c.unread, c.last_message_at, \
             (select s.tags from sessions s where s.conversation_id = c.id \
             order by s.created_at desc, s.id desc limit 1) as tags, \
             (select s.assigned_agent_id from sessions s where s.conversation_id = c.id \
             order by s.created_at desc, s.id desc limit 1) as assigned_agent_id \
             from conversations c where c.id = $1",
        );
        let row = self.fetch_optional(query.bind(id.as_str())).await?;
        let source = Source { table: "conversations", id: &id };
        let state: ConversationState = row.ok_or_else(|| source.corrupt("id"))?.try_into()?;
        Ok(News::ConversationClosed {
            id: state.id,
            tags: state.tags,
            unread_count: state.unread_count,
            assigned_agent_id: state.assigned_agent_id,
            last_message_at: state.last_message_at,
        })
    }
}

/// What webhooks call an event, and what it is about; `None` for what they never hear of.
fn topic(event: &Event) -> Option<(WebhookEvent, Subject)> {
    let conversation = event.conversation_id.map(Subject::Conversation);
    match &event.kind {
        EventKind::MessageCreated(message) => {
            News::of_message(message)?;
            Some((WebhookEvent::MessageCreated, conversation?))
        }
        EventKind::ConversationOpened { .. } => {
            Some((WebhookEvent::ConversationOpened, conversation?))
        }
        EventKind::ConversationResolved { .. } => {
            Some((WebhookEvent::ConversationClosed, conversation?))
        }
        EventKind::VisitorIdentified { contact_id, .. } => {
            Some((WebhookEvent::VisitorIdentified, Subject::Contact(*contact_id)))
        }
        _ => None,
    }
}
