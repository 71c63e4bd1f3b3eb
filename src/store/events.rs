//! The log of each organization: what recovery replays.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{FromRow, Row, query, query_as};

use super::given::{given, given_sql};
use super::messages::MessageRow;
use super::open::Engine;
use super::row::{Source, to_json};
use super::script::Step;
use super::{Store, StoreError, Tx};
use crate::domain::{
    ChannelId, ContactId, ConversationId, Email, Event, EventKind, MessageId, OrganizationId,
    Position, Seq, SessionId, Tags, Timestamp, UserId,
};

/// What is written of an event beside its kind. A message is in its own table and only named here.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Data {
    Assigned { session_id: SessionId, agent_id: UserId, assigned_at: Timestamp },
    Resolved { session_id: SessionId, tags: Tags, resolved_at: Timestamp, by: Option<UserId> },
    Opened { contact_id: ContactId, channel_id: ChannelId, opened_at: Timestamp },
    Identified { contact_id: ContactId, email: Email, name: Option<String> },
    Read { reader: String, message_ids: Vec<MessageId>, read_at: Timestamp },
    Tagged { session_id: SessionId, tags: Tags },
    Session { session_id: SessionId },
    Message {},
}

struct EventRow {
    position: i64,
    kind: String,
    previous: Option<i64>,
    conversation_id: Option<String>,
    data: String,
    message: Option<MessageRow>,
}

impl<'r> FromRow<'r, AnyRow> for EventRow {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        let has_message = row.try_get::<Option<String>, _>("id")?.is_some();
        Ok(Self {
            position: row.try_get("event_position")?,
            kind: row.try_get("event_kind")?,
            previous: row.try_get("event_previous")?,
            conversation_id: row.try_get("event_conversation_id")?,
            data: row.try_get("event_data")?,
            message: has_message.then(|| MessageRow::from_row(row)).transpose()?,
        })
    }
}

impl EventRow {
    fn into_domain(self, organization_id: OrganizationId) -> Result<Event, StoreError> {
        let id = format!("{organization_id}/{}", self.position);
        let source = Source { table: "events", id: &id };
        let kind = match (self.kind.as_str(), self.message) {
            ("message_created", Some(row)) => EventKind::MessageCreated(Arc::new(row.try_into()?)),
            ("message_created", None) => return Err(source.corrupt("seq")),
            (kind, _) => from_data(kind, source.json("data", &self.data)?)
                .ok_or_else(|| source.corrupt("kind"))?,
        };
        let conversation = self.conversation_id.as_deref();
        Ok(Event {
            organization_id,
            position: Some(self.position),
            previous: self.previous,
            conversation_id: source.parse_optional("conversation_id", conversation)?,
            kind,
        })
    }
}

fn from_data(kind: &str, data: Data) -> Option<EventKind> {
    match (kind, data) {
        ("conversation_opened", Data::Opened { contact_id, channel_id, opened_at }) => {
            Some(EventKind::ConversationOpened { contact_id, channel_id, opened_at })
        }
        ("conversation_assigned", Data::Assigned { session_id, agent_id, assigned_at }) => {
            Some(EventKind::ConversationAssigned { session_id, agent_id, assigned_at })
        }
        ("conversation_unassigned", Data::Session { session_id }) => {
            Some(EventKind::ConversationUnassigned { session_id })
        }
        ("conversation_resolved", Data::Resolved { session_id, tags, resolved_at, by }) => {
            Some(EventKind::ConversationResolved { session_id, tags, resolved_at, by })
        }
        ("conversation_reopened", Data::Tagged { session_id, tags }) => {
            Some(EventKind::ConversationReopened { session_id, tags })
        }
        ("conversation_tagged", Data::Tagged { session_id, tags }) => {
            Some(EventKind::ConversationTagged { session_id, tags })
        }
        ("messages_read", Data::Read { reader, message_ids, read_at }) => {
            Some(EventKind::MessagesRead { reader, message_ids, read_at })
        }
        ("visitor_identified", Data::Identified { contact_id, email, name }) => {
            Some(EventKind::VisitorIdentified { contact_id, email, name })
        }
        _ => None,
    }
}

/// The kind's word and what is written beside it; `None` for what is never kept.
fn to_data(kind: &EventKind) -> Option<(&'static str, Data)> {
    match kind.clone() {
        EventKind::MessageCreated(_) => Some(("message_created", Data::Message {})),
        EventKind::ConversationOpened { contact_id, channel_id, opened_at } => {
            Some(("conversation_opened", Data::Opened { contact_id, channel_id, opened_at }))
        }
        EventKind::ConversationAssigned { session_id, agent_id, assigned_at } => {
            Some(("conversation_assigned", Data::Assigned { session_id, agent_id, assigned_at }))
        }
        EventKind::ConversationUnassigned { session_id } => {
            Some(("conversation_unassigned", Data::Session { session_id }))
        }
        EventKind::ConversationResolved { session_id, tags, resolved_at, by } => {
            Some(("conversation_resolved", Data::Resolved { session_id, tags, resolved_at, by }))
        }
        EventKind::ConversationReopened { session_id, tags } => {
            Some(("conversation_reopened", Data::Tagged { session_id, tags }))
        }
        EventKind::ConversationTagged { session_id, tags } => {
            Some(("conversation_tagged", Data::Tagged { session_id, tags }))
        }
        EventKind::MessagesRead { reader, message_ids, read_at } => {
            Some(("messages_read", Data::Read { reader, message_ids, read_at }))
        }
        EventKind::VisitorIdentified { contact_id, email, name } => {
            Some(("visitor_identified", Data::Identified { contact_id, email, name }))
        }
        EventKind::ConversationUpdated(_)
        | EventKind::Typing { .. }
        | EventKind::AgentStatus { .. } => None,
    }
}

impl Store {
    /// The events of an organization after `position`, in order, messages in full.
    pub async fn list_events_after(
        &self,
        organization: OrganizationId,
        position: Position,
        limit: i64,
    ) -> Result<Vec<Event>, StoreError> {
        let query = query_as::<_, EventRow>(
            "select e.position as event_position, e.kind as event_kind, e.previous as event_previous, \
             e.conversation_id as event_conversation_id, e.data as event_data, \
             m.id, m.organization_id, m.conversation_id, c.contact_id, m.session_id, m.seq, m.author_type, \
             m.author_id, m.visibility, m.kind, m.content, m.rich, m.client_message_id, m.created_at \
             from events e left join messages m on m.conversation_id = e.conversation_id and m.seq = e.seq \
             left join conversations c on c.id = m.conversation_id \
             where e.organization_id = $1 and e.position > $2 order by e.position limit $3",
        );
        let query = query.bind(organization.to_string()).bind(position).bind(limit);
        let rows = self.fetch_all(query).await?;
        rows.into_iter().map(|row| row.into_domain(organization)).collect()
    }
}

/// An event as it is written.
#[derive(Serialize)]
struct NewRow {
    organization_id: OrganizationId,
    position: Position,
    kind: &'static str,
    conversation_id: Option<ConversationId>,
    seq: Option<Seq>,
    data: String,
    previous: Option<Position>,
}

impl NewRow {
    /// `None` for what is never kept.
    fn of(event: &Event) -> Option<Self> {
        let (kind, data) = to_data(&event.kind)?;
        Some(Self {
            organization_id: event.organization_id,
            position: event.position?,
            kind,
            conversation_id: event.conversation_id,
            seq: match &event.kind {
                EventKind::MessageCreated(message) => Some(message.seq),
                _ => None,
            },
            data: to_json(&data),
            previous: event.previous,
        })
    }
}

/// Events at the positions that they carry. Which event of the conversation was before it, each knows.
pub(super) fn insert_events(engine: Engine, events: &[Event], now: Timestamp) -> Step {
    let sql = given_sql!(
        engine,
        [
            organization_id text, position bigint, kind text, conversation_id text, seq bigint,
            data text, previous bigint
        ],
        "insert into events \
         (organization_id, position, kind, conversation_id, seq, data, created_at, previous) \
         select organization_id, position, kind, conversation_id, seq, data, $2, previous \
         from given"
    );
    Step::new(sql).text(given(events.iter().filter_map(NewRow::of))).number(now.micros())
}

/// An event of its own, where this finds the newest one before it.
macro_rules! insert_sql {
    ($newest:literal) => {
        concat!(
            "insert into events \
             (organization_id, position, kind, conversation_id, seq, data, created_at, previous) \
             values ($1, $2, $3, $4, $5, $6, $7, (",
            $newest,
            ")) returning previous"
        )
    };
}

/// Notes on a conversation which event about it is the newest.
fn move_on(conversation: ConversationId, position: Position) -> Step {
    let step = Step::new("update conversations set position = $1 where id = $2");
    step.number(position).text(conversation.to_string())
}

impl Tx {
    /// Writes down what is due to webhooks, and the jobs that follow.
    pub(super) async fn pass_on(
        &mut self,
        events: &[Event],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for event in events {
            self.relay(event, now).await?;
            self.follow_up(event, now).await?;
        }
        Ok(())
    }

    /// Writes an event down at the position it carries, and with it what is due to webhooks and the jobs
    /// that follow from it; notes on the event which one of its conversation was before it. What carries no
    /// position is never kept, and passes.
    pub async fn insert_event(
        &mut self,
        event: &mut Event,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(new) = NewRow::of(event) else { return Ok(()) };
        let query = query_as(match self.engine() {
            Engine::Sqlite => {
                insert_sql!("select c.position from conversations c where c.id = $4")
            }
            Engine::Postgres => {
                insert_sql!("select max(e.position) from events e where e.conversation_id = $4")
            }
        });
        let query = query
            .bind(new.organization_id.to_string())
            .bind(new.position)
            .bind(new.kind)
            .bind(new.conversation_id.map(|id| id.to_string()))
            .bind(new.seq)
            .bind(new.data)
            .bind(now.micros());
        let row: Option<(Option<i64>,)> = self.returning(query).await?;
        if let (Engine::Sqlite, Some(id)) = (self.engine(), new.conversation_id) {
            self.execute_together(vec![move_on(id, new.position)]).await?;
        }
        event.previous = row.and_then(|(previous,)| previous);
        self.relay(event, now).await?;
        self.follow_up(event, now).await
    }

    /// Deletes events older than `before`.
    pub async fn delete_events(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(query("delete from events where created_at < $1").bind(before.micros())).await
    }
}
