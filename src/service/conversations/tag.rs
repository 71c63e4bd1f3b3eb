//! Labelling a session.

use super::{Tagged, WorkResult, open_session, overtaken};
use crate::domain::{AgentActor, ConversationId, Event, EventKind, Tags, Timestamp};
use crate::service::Announcement;
use crate::store::{Done, Tx};

#[derive(Clone)]
pub(super) struct Tagging {
    pub(super) agent: AgentActor,
    pub(super) conversation_id: ConversationId,
    pub(super) tags: Tags,
    pub(super) now: Timestamp,
}

impl Tagging {
    pub(super) async fn run(self, tx: &mut Tx) -> WorkResult<Tagged> {
        let session = open_session(tx, self.conversation_id).await?;
        let value = Tagged {
            conversation_id: self.conversation_id,
            session_id: session.id,
            tags: self.tags.clone(),
        };
        if session.tags == self.tags {
            return Ok(Done::quietly(value));
        }
        let position = tx.next_position(self.agent.organization_id).await?;
        let state = tx.set_session_tags(session.id, &self.tags).await?;
        let state = state.ok_or_else(overtaken)?;
        let organization_id = self.agent.organization_id;
        let kind = EventKind::ConversationTagged { session_id: session.id, tags: self.tags };
        let mut event = Event::logged(organization_id, position, self.conversation_id, kind);
        tx.insert_event(&mut event, self.now).await?;
        let events = [event, Event::conversation_updated(state)];
        Ok(Done { value, announcements: events.map(Announcement::unprompted).into() })
    }
}
