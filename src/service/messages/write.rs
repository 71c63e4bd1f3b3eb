//! The transaction of a message: contact, conversation and session where they are missing, the next
//! `seq`, the message, the events.

use std::sync::Arc;

use super::Sent;
use super::earlier::Earlier;
use super::place::{Found, Place, opened as opened_event};
use super::sheet::Sheet;
use crate::clock::Clock;
use crate::domain::{
    Author, ClientMessageId, Content, ConversationId, Event, Message, MessageId, OrganizationId,
    Session, SessionId, SessionStatus, Tags, Timestamp, Visibility,
};
use crate::service::rules::{Occasion, RuleBooks, Running};
use crate::service::{Announcement, Origin, WorkResult};
use crate::store::{Done, Tip, Tx, Unread, Wakes};

/// A message on its way in.
#[derive(Debug)]
pub(in crate::service) struct Writing {
    pub(super) clock: Clock,
    pub(super) organization_id: OrganizationId,
    pub(super) place: Place,
    pub(super) author: Author,
    pub(super) visibility: Visibility,
    pub(super) customer_name: Option<String>,
    pub(super) content: Content,
    pub(super) client_message_id: Option<ClientMessageId>,
    pub(super) origin: Option<Origin>,
}

impl Writing {
    /// Reads first, and refuses first; then takes the organization's log, and writes.
    pub(super) async fn run(&self, tx: &mut Tx, rules: &RuleBooks) -> WorkResult<Sent> {
        let found = self.place.find(tx).await?;
        if let Found::Conversation { id, .. } = found {
            let earlier = tx.list_messages_by_client_ids(self.client_id(id)).await?;
            let earlier = Earlier::of(earlier);
            if let Some(repeated) = earlier.repeated(self, id) {
                return repeated.map(Done::quietly);
            }
        }
        tx.lock_organization(self.organization_id).await?;
        // The time is taken here, where jobs run one after another, so that it grows with `seq`.
        let now = self.clock.now();
        let (conversation_id, opened) = self.settle_in(tx, found, now).await?;
        let occasion = self.occasion(conversation_id, opened.is_some());
        let due = rules.due(tx, occasion).await?;
        let opened = match opened {
            Some(new) => {
                let position = tx.next_position(self.organization_id).await?;
                let mut event = opened_event(&new, position, now);
                tx.insert_event(&mut event, now).await?;
                Some(self.announcement(event))
            }
            None => None,
        };
        let created_conversation = opened.is_some();
        let Done { value: message, announcements } = self.put(tx, conversation_id, now).await?;
        let (clock, organization_id) = (self.clock.clone(), self.organization_id);
        let running = Running { clock, organization_id, conversation_id, now };
        let followed = running.carry_out(tx, due).await?;
        let announcements = opened.into_iter().chain(announcements).chain(followed).collect();
        let sent = Sent { message, duplicate: false, created_conversation };
        Ok(Done { value: sent, announcements })
    }

    /// Puts the message into a conversation, and what is told of it into the log.
    pub(super) async fn put(
        &self,
        tx: &mut Tx,
        conversation_id: ConversationId,
        now: Timestamp,
    ) -> WorkResult<Arc<Message>> {
        let tips = tx.list_tips(self.organization_id, [conversation_id]).await?;
        let mut sheet = Sheet::of(tips, now);
        let done = sheet.add(tx, self, conversation_id).await?;
        sheet.write(tx).await?;
        Ok(done)
    }

    pub(super) fn announcement(&self, event: Event) -> Announcement {
        Announcement { event, origin: self.origin.clone() }
    }

    /// What rules may wait for. They look at the conversation as the message finds it.
    pub(super) fn occasion(&self, conversation_id: ConversationId, began: bool) -> Occasion<'_> {
        Occasion {
            organization_id: self.organization_id,
            conversation_id,
            content: Some(&self.content.text),
            began,
            by_visitor: matches!(self.author, Author::Contact { .. }),
        }
    }

    /// The session that begins with it. One that an agent begins is theirs.
    pub(super) fn session(&self, conversation_id: ConversationId, now: Timestamp) -> Session {
        let agent = match self.author {
            Author::User(id) => Some(id),
            Author::Contact { .. } | Author::Bot(_) | Author::System => None,
        };
        Session {
            id: SessionId::generate(),
            conversation_id,
            status: SessionStatus::Open,
            assigned_agent_id: agent,
            tags: Tags::default(),
            first_message_at: Some(now),
            assigned_at: agent.map(|_| now),
            resolved_at: None,
        }
    }

    /// What it does to the number of messages that wait to be read: an agent who answers has read what
    /// they answer. When a bot answers, nobody has; and a note is no answer.
    pub(super) fn unread(&self) -> Unread {
        match (&self.author, self.visibility) {
            (Author::Contact { .. }, _) => Unread::OneMore,
            (Author::User(_), Visibility::Public) => Unread::Cleared,
            (Author::User(_), Visibility::Note) | (Author::Bot(_) | Author::System, _) => {
                Unread::Same
            }
        }
    }

    /// Which conversations it opens again. One that is put off waits for its visitor, or for its time.
    pub(super) fn wakes(&self) -> Wakes {
        match (&self.author, self.visibility) {
            (_, Visibility::Note) => Wakes::None,
            (Author::Contact { .. }, Visibility::Public) => Wakes::All,
            (Author::User(_) | Author::Bot(_) | Author::System, Visibility::Public) => {
                Wakes::Closed
            }
        }
    }

    pub(super) fn message(&self, tip: &Tip, session_id: SessionId, at: Timestamp) -> Message {
        Message {
            id: MessageId::generate(),
            organization_id: self.organization_id,
            conversation_id: tip.conversation_id,
            contact_id: tip.contact_id,
            session_id,
            seq: tip.seq,
            author: self.author.clone(),
            visibility: self.visibility,
            content: self.content.clone(),
            client_message_id: self.client_message_id.as_ref().map(|id| id.as_str().to_owned()),
            created_at: at,
        }
    }
}
