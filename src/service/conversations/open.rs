//! Conversations that a program begins.

use crate::domain::{
    ContactId, ConversationDetail, ConversationId, ConversationState, ConversationStatus, Event,
    Program, Session, SessionId, SessionStatus, Tags, Timestamp, Visibility,
};
use crate::service::messages::{Place, opened, program_content};
use crate::service::rules::Running;
use crate::service::{Announcement, Noun, ServiceError, Services, WorkResult};
use crate::store::{Done, NewConversation, Tx};

impl Services {
    /// Begins a conversation with a contact, on the website by which they first came in; with a first
    /// message if there is one to say.
    ///
    /// # Errors
    /// `NotFound` for a contact the program does not see; `Invalid` for a text that is blank or longer than
    /// 32 KiB.
    pub async fn open_conversation(
        &self,
        program: Program,
        contact_id: ContactId,
        text: Option<String>,
    ) -> Result<ConversationDetail, ServiceError> {
        let content = text.map(program_content).transpose()?;
        self.get_contact(program, contact_id).await?;
        let person = self.store().lookup_first_contact_channel(contact_id).await?;
        let (contact_channel_id, channel) = person.ok_or(ServiceError::NotFound(Noun::Contact))?;
        let id = if let Some(content) = content {
            let place = Place::New { channel, contact_id, contact_channel_id };
            let public = Visibility::Public;
            self.write_for_program(program, place, content, public).await?.conversation_id
        } else {
            let (clock, rules) = (self.inner.clock.clone(), self.inner.rules.clone());
            let organization_id = program.organization_id;
            self.commit(Some(organization_id), move |tx| {
                let (clock, rules) = (clock.clone(), rules.clone());
                Box::pin(async move {
                    let new = NewConversation {
                        id: ConversationId::generate(),
                        organization_id,
                        channel_id: channel,
                        contact_id,
                        contact_channel_id,
                        display_id: 0,
                    };
                    let now = clock.now();
                    let running = Running { clock, organization_id, conversation_id: new.id, now };
                    let mut opened = open_empty(tx, new, now).await?;
                    opened.announcements.extend(running.begin_with(tx, &rules).await?);
                    Ok(opened)
                })
            })
            .await?
        };
        self.get_conversation_for_program(program, id).await
    }
}

/// Begins a conversation in which nothing is said yet. Its session is open at once, so that it can be
/// taken, labelled and closed.
async fn open_empty(
    tx: &mut Tx,
    mut new: NewConversation,
    now: Timestamp,
) -> WorkResult<ConversationId> {
    let position = tx.next_position(new.organization_id).await?;
    new.display_id = tx.next_display_id(new.organization_id).await?;
    tx.insert_conversation(&new, now).await?;
    let session = Session {
        id: SessionId::generate(),
        conversation_id: new.id,
        status: SessionStatus::Open,
        assigned_agent_id: None,
        tags: Tags::default(),
        first_message_at: None,
        assigned_at: None,
        resolved_at: None,
    };
    tx.insert_session(new.organization_id, &session, now).await?;
    let mut event = opened(&new, position, now);
    tx.insert_event(&mut event, now).await?;
    let events = [event, Event::conversation_updated(empty(&new))];
    Ok(Done { value: new.id, announcements: events.map(Announcement::unprompted).into() })
}

/// How a conversation stands before anything is said in it.
fn empty(new: &NewConversation) -> ConversationState {
    ConversationState {
        id: new.id,
        organization_id: new.organization_id,
        status: ConversationStatus::Open,
        tags: Tags::default(),
        unread_count: 0,
        assigned_agent_id: None,
        last_message_at: None,
    }
}
