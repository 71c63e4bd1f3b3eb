//! Ending a session.

use super::{Resolved, WorkResult, open_session, overtaken};
use crate::domain::{
    AgentActor, ConversationId, ConversationStatus, Event, EventKind, Tags, Timestamp,
};
use crate::service::Announcement;
use crate::store::{Done, Tx};

#[derive(Clone)]
pub(super) struct Resolution {
    pub(super) agent: AgentActor,
    pub(super) conversation_id: ConversationId,
    pub(super) tags: Tags,
    pub(super) now: Timestamp,
}

impl Resolution {
    pub(super) async fn run(self, tx: &mut Tx) -> WorkResult<Resolved> {
        let session = open_session(tx, self.conversation_id).await?;
        let tags = session.tags.joined(&self.tags)?;
        let position = tx.next_position(self.agent.organization_id).await?;
        if !tx.resolve_session(session.id, &tags, self.now).await? {
            return Err(overtaken());
        }
        let closed = ConversationStatus::Closed;
        let state = tx.set_conversation_status(self.conversation_id, closed, self.now).await?;
        let AgentActor { organization_id, user_id } = self.agent;
        let kind = EventKind::ConversationResolved {
            session_id: session.id,
            tags: tags.clone(),
            resolved_at: self.now,
            by: Some(user_id),
        };
        let mut event = Event::logged(organization_id, position, self.conversation_id, kind);
        tx.insert_event(&mut event, self.now).await?;
        let value = Resolved {
            conversation_id: self.conversation_id,
            session_id: session.id,
            tags,
            resolved_at: self.now,
        };
        let events = [event, Event::conversation_updated(state)];
        Ok(Done { value, announcements: events.map(Announcement::unprompted).into() })
    }
}
