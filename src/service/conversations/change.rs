//! What programs change of a conversation: any of it at once, in one transaction.

use serde_json::{Map, Value};

use super::overtaken;
use crate::domain::{
    ConversationDetail, ConversationId, ConversationStatus, Event, EventKind, OrganizationId,
    Program, Session, SessionStatus, Tags, Timestamp, UserId,
};
use crate::service::{Announcement, ServiceError, Services, WorkResult};
use crate::store::{Changed, Done, Mark, StoreError, Tx};

/// What is to be otherwise; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversationChange {
    /// Where it is to stand.
    pub status: Option<ConversationStatus>,
    /// Until when it is to sleep, if it is to sleep: until its visitor writes where this is `None`.
    pub snoozed_until: Option<Timestamp>,
    /// All its tags.
    pub tags: Option<Tags>,
    /// Who is to have it; `Some(None)` is nobody.
    pub assignee: Option<Option<UserId>>,
    /// What becomes of its unread messages.
    pub mark: Option<Mark>,
    /// Keys to set in its metadata, and to drop where they are null.
    pub metadata: Option<Map<String, Value>>,
}

impl ConversationChange {
    /// Whether it changes nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Services {
    /// Changes a conversation. What agents are told of a change that one of them makes, they are told of
    /// this one.
    ///
    /// # Errors
    /// `NotFound` for a conversation the program does not see; `Invalid` for nothing to change, for an agent
    /// who does not work for the organization, for a time to wake that is over, or without sleep, and for
    /// metadata that would become too long.
    pub async fn change_conversation(
        &self,
        program: Program,
        id: ConversationId,
        change: ConversationChange,
    ) -> Result<ConversationDetail, ServiceError> {
        self.standing_for_program(program, id).await?;
        self.check_change(program.organization_id, &change).await?;
        let (organization_id, by, now) = (program.organization_id, program.user_id, self.now());
        self.commit(Some(organization_id), move |tx| {
            let change = change.clone();
            Box::pin(async move { Changing { organization_id, id, by, now }.run(tx, change).await })
        })
        .await?;
        self.get_conversation_for_program(program, id).await
    }

    pub(super) async fn check_change(
        &self,
        organization: OrganizationId,
        change: &ConversationChange,
    ) -> Result<(), ServiceError> {
        if change.is_empty() {
            return Err(ServiceError::invalid("body", "must name something to change"));
        }
        let sleeps = change.status == Some(ConversationStatus::Snoozed);
        match change.snoozed_until {
            Some(_) if !sleeps => {
                return Err(ServiceError::invalid("snoozed_until", "needs the status snoozed"));
            }
            Some(until) if until <= self.now() => {
                return Err(ServiceError::invalid("snoozed_until", "must be in the future"));
            }
            _ => {}
        }
        if let Some(Some(agent)) = change.assignee {
            let agent = self.store().lookup_user(agent).await?;
            let is_ours = agent.is_some_and(|agent| agent.organization_id == organization);
            if !is_ours {
                let why = "must be a user of this workspace, or null";
                return Err(ServiceError::invalid("assigned_user_id", why));
            }
        }
        Ok(())
    }
}

/// A change on its way.
#[derive(Clone, Copy, Debug)]
pub(in crate::service) struct Changing {
    pub(in crate::service) organization_id: OrganizationId,
    pub(in crate::service) id: ConversationId,
    /// The agent in whose name it is made.
    pub(in crate::service) by: Option<UserId>,
    pub(in crate::service) now: Timestamp,
}

impl Changing {
    /// Reads and refuses first, then takes the organization's log, and writes.
    pub(in crate::service) async fn run(
        self,
        tx: &mut Tx,
        change: ConversationChange,
    ) -> WorkResult<()> {
        let before = tx.lookup_unchanged(self.id).await?.ok_or_else(|| self.gone())?;
        let status = change.status.unwrap_or(before.status);
        let metadata = match change.metadata.clone() {
            Some(keys) => before.metadata.merged(keys)?,
            None => before.metadata.clone(),
        };
        let mut events = Vec::new();
        if let Some(session) = &before.session {
            let after = self.session_after(session, status, &change);
            for kind in told(session, &after, self.by, self.now) {
                let position = tx.next_position(self.organization_id).await?;
                events.push(self.event(kind, position));
            }
            if after != *session && !tx.change_session(session, &after).await? {
                return Err(overtaken());
            }
        }
        let changed = Changed {
            status,
            snoozed_until: match change.status {
                Some(_) => change.snoozed_until,
                None => before.snoozed_until,
            },
            metadata: &metadata,
            mark: change.mark,
            active_at: (status != before.status).then_some(self.now),
        };
        let state = tx.change_conversation(self.id, &before, &changed).await?;
        let state = state.ok_or_else(overtaken)?;
        for event in &mut events {
            tx.insert_event(event, self.now).await?;
        }
        if shows(&change) {
            events.push(Event::conversation_updated(state));
        }
        let announcements = events.into_iter().map(Announcement::unprompted).collect();
        Ok(Done { value: (), announcements })
    }

    /// The newest session as it is to be. It is open unless the conversation is closed.
    fn session_after(
        self,
        session: &Session,
        status: ConversationStatus,
        change: &ConversationChange,
    ) -> Session {
        let mut after = session.clone();
        if let Some(tags) = &change.tags {
            after.tags = tags.clone();
        }
        if let Some(agent) = change.assignee
            && agent != session.assigned_agent_id
        {
            after.assigned_agent_id = agent;
            after.assigned_at = agent.map(|_| self.now);
        }
        if status == ConversationStatus::Closed {
            after.status = SessionStatus::Resolved;
            after.resolved_at = session.resolved_at.or(Some(self.now));
        } else {
            after.status = SessionStatus::Open;
            after.resolved_at = None;
        }
        after
    }

    fn event(self, kind: EventKind, position: i64) -> Event {
        Event::logged(self.organization_id, position, self.id, kind)
    }

    /// Conversations are never deleted, so that one that was found is there.
    fn gone(self) -> ServiceError {
        let id = self.id.to_string();
        StoreError::Corrupt { table: "conversations", column: "id", id }.into()
    }
}

/// What happened to a session, in the words in which agents hear of it. What changes of a session that is
/// over, and stays so, they do not.
fn told(before: &Session, after: &Session, by: Option<UserId>, now: Timestamp) -> Vec<EventKind> {
    let session_id = after.id;
    let mut kinds = Vec::new();
    let (was_open, is_open) =
        (before.status == SessionStatus::Open, after.status == SessionStatus::Open);
    if !was_open && !is_open {
        return kinds;
    }
    if before.assigned_agent_id != after.assigned_agent_id {
        kinds.push(match after.assigned_agent_id {
            Some(agent_id) => {
                EventKind::ConversationAssigned { session_id, agent_id, assigned_at: now }
            }
            None => EventKind::ConversationUnassigned { session_id },
        });
    }
    let tags = after.tags.clone();
    match (was_open, is_open) {
        (true, false) => {
            kinds.push(EventKind::ConversationResolved { session_id, tags, resolved_at: now, by });
        }
        (false, _) => kinds.push(EventKind::ConversationReopened { session_id, tags }),
        (true, true) if before.tags != after.tags => {
            kinds.push(EventKind::ConversationTagged { session_id, tags });
        }
        (true, true) => {}
    }
    kinds
}

/// Whether a change is of something that is told of how a conversation stands.
fn shows(change: &ConversationChange) -> bool {
    let ConversationChange { status, snoozed_until: _, tags, assignee, mark, metadata: _ } = change;
    status.is_some() || tags.is_some() || assignee.is_some() || mark.is_some()
}
