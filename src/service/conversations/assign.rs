//! Taking a conversation.

use super::{Assigned, WorkResult, open_session, overtaken};
use crate::domain::{AgentActor, ConversationId, Event, EventKind, SessionId, Timestamp, UserId};
use crate::service::{Announcement, Origin};
use crate::store::{Done, Tx};

#[derive(Clone)]
pub(super) struct Assignment {
    pub(super) agent: AgentActor,
    pub(super) conversation_id: ConversationId,
    pub(super) origin: Option<Origin>,
    pub(super) now: Timestamp,
}

impl Assignment {
    /// Gives the agent the open session; or tells who has it.
    pub(super) async fn run(self, tx: &mut Tx) -> WorkResult<Result<Assigned, UserId>> {
        let session = open_session(tx, self.conversation_id).await?;
        let Some(holder) = session.assigned_agent_id else {
            return self.claim(tx, session.id).await;
        };
        if holder != self.agent.user_id {
            return Ok(Done::quietly(Err(holder)));
        }
        let since = session.assigned_at.unwrap_or(self.now);
        Ok(Done::quietly(Ok(self.assigned(session.id, since))))
    }

    async fn claim(
        self,
        tx: &mut Tx,
        session_id: SessionId,
    ) -> WorkResult<Result<Assigned, UserId>> {
        let position = tx.next_position(self.agent.organization_id).await?;
        let state = tx.claim_session(session_id, self.agent.user_id, self.now).await?;
        let state = state.ok_or_else(overtaken)?;
        let AgentActor { organization_id, user_id: agent_id } = self.agent;
        let kind = EventKind::ConversationAssigned { session_id, agent_id, assigned_at: self.now };
        let mut event = Event::logged(organization_id, position, self.conversation_id, kind);
        tx.insert_event(&mut event, self.now).await?;
        let assigned = self.assigned(session_id, self.now);
        let updated = Announcement::unprompted(Event::conversation_updated(state));
        let announcements = vec![Announcement { event, origin: self.origin }, updated];
        Ok(Done { value: Ok(assigned), announcements })
    }

    fn assigned(&self, session_id: SessionId, assigned_at: Timestamp) -> Assigned {
        Assigned {
            conversation_id: self.conversation_id,
            session_id,
            agent_id: self.agent.user_id,
            assigned_at,
        }
    }
}
