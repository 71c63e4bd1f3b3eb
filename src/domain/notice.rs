//! What a webhook tells.

use serde::{Deserialize, Serialize};

use super::{
    Author, ChannelId, ContactId, ConversationId, EventId, Message, MessageId, OrganizationId,
    Tags, Timestamp, UserId, Visibility, WebhookEvent,
};

/// Something that happened, on its way to receivers. It is written down in the moment in which it
/// happened, so that every attempt and every receiver is told the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The same for all receivers, and at every attempt: by it a receiver knows what it has had before.
    pub id: EventId,
    /// Where it happened.
    pub organization_id: OrganizationId,
    /// When.
    pub created_at: Timestamp,
    /// What.
    pub news: News,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum News {
    /// A visitor wrote, or was answered.
    MessageCreated {
        /// The message.
        id: MessageId,
        /// Where it was written.
        conversation_id: ConversationId,
        /// Who wrote it.
        sender: NoticeSender,
        /// What it says.
        content: String,
        /// When it was kept.
        created_at: Timestamp,
    },
    /// A conversation began.
    ConversationOpened {
        /// The conversation.
        id: ConversationId,
        /// Where its visitor came in.
        channel_id: ChannelId,
        /// Its visitor.
        contact_id: ContactId,
        /// When it began.
        created_at: Timestamp,
    },
    /// A conversation was closed.
    ConversationClosed {
        /// The conversation.
        id: ConversationId,
        /// Its labels.
        tags: Tags,
        /// The visitor's messages that nobody has read or answered.
        unread_count: i64,
        /// The agent who had it.
        assigned_agent_id: Option<UserId>,
        /// When its newest message came.
        last_message_at: Option<Timestamp>,
    },
    /// A visitor's e-mail became known.
    VisitorIdentified {
        /// The visitor.
        id: ContactId,
        /// The e-mail.
        email: String,
        /// What they are called.
        name: Option<String>,
    },
}

/// Whose message it is. Programs that answer are agents without an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoticeSender {
    /// The visitor.
    Visitor(ContactId),
    /// Whoever answers.
    Agent(Option<UserId>),
}

impl Notice {
    /// How long something waits at the most. It is tried by a schedule that ends sooner; but it may have
    /// had to wait for others of its conversation, or for a receiver that was away.
    pub const KEPT_MS: i64 = 3 * 24 * 3_600_000;

    /// What happened at `now`, under an id of its own.
    #[must_use]
    pub fn new(organization_id: OrganizationId, news: News, now: Timestamp) -> Self {
        Self { id: EventId::generate(), organization_id, created_at: now, news }
    }

    /// What receivers subscribe to.
    #[must_use]
    pub fn event(&self) -> WebhookEvent {
        match self.news {
            News::MessageCreated { .. } => WebhookEvent::MessageCreated,
            News::ConversationOpened { .. } => WebhookEvent::ConversationOpened,
            News::ConversationClosed { .. } => WebhookEvent::ConversationClosed,
            News::VisitorIdentified { .. } => WebhookEvent::VisitorIdentified,
        }
    }

    /// What it keeps its order in: its conversation, or its visitor.
    #[must_use]
    pub fn lane(&self) -> String {
        match &self.news {
            News::MessageCreated { conversation_id: id, .. }
            | News::ConversationOpened { id, .. }
            | News::ConversationClosed { id, .. } => id.to_string(),
            News::VisitorIdentified { id, .. } => id.to_string(),
        }
    }
}

impl News {
    /// What there is to tell of a message; nothing of notes, nor of what the server itself says.
    #[must_use]
    pub fn of_message(message: &Message) -> Option<Self> {
        let sender = match (message.visibility, &message.author) {
            (Visibility::Note, _) | (_, Author::System) => return None,
            (_, Author::Contact { .. }) => NoticeSender::Visitor(message.contact_id),
            (_, Author::User(id)) => NoticeSender::Agent(Some(*id)),
            (_, Author::Bot(_)) => NoticeSender::Agent(None),
        };
        Some(Self::MessageCreated {
            id: message.id,
            conversation_id: message.conversation_id,
            sender,
            content: message.content.text.clone(),
            created_at: message.created_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Content, ContentKind, SessionId};

    fn message(author: Author, visibility: Visibility) -> Message {
        Message {
            id: MessageId::generate(),
            organization_id: OrganizationId::generate(),
            conversation_id: ConversationId::generate(),
            contact_id: ContactId::generate(),
            session_id: SessionId::generate(),
            seq: 1,
            author,
            visibility,
            content: Content { kind: ContentKind::Text, text: "hello".to_owned(), rich: None },
            client_message_id: None,
            created_at: Timestamp::default(),
        }
    }

    fn sender(message: &Message) -> Option<NoticeSender> {
        match News::of_message(message)? {
            News::MessageCreated { sender, .. } => Some(sender),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn visitors_agents_and_bots_are_told_of_and_nobody_else() {
        let agent = UserId::generate();
        let visitor = message(Author::Contact { source_id: "v".to_owned() }, Visibility::Public);
        assert_eq!(sender(&visitor), Some(NoticeSender::Visitor(visitor.contact_id)));
        let answer = message(Author::User(agent), Visibility::Public);
        assert_eq!(sender(&answer), Some(NoticeSender::Agent(Some(agent))));
        let bot = message(Author::Bot("key".to_owned()), Visibility::Public);
        assert_eq!(sender(&bot), Some(NoticeSender::Agent(None)));
        assert_eq!(sender(&message(Author::User(agent), Visibility::Note)), None);
        assert_eq!(sender(&message(Author::System, Visibility::Public)), None);
    }

    #[test]
    fn a_notice_reads_back_from_the_outbox() {
        let message = message(Author::User(UserId::generate()), Visibility::Public);
        let news = News::of_message(&message).unwrap();
        let notice = Notice::new(message.organization_id, news, Timestamp::from_micros(7));
        let kept = serde_json::to_string(&notice).unwrap();
        assert_eq!(serde_json::from_str::<Notice>(&kept).unwrap(), notice);
        assert_eq!(notice.event(), WebhookEvent::MessageCreated);
        assert_eq!(notice.lane(), message.conversation_id.to_string());
    }
}
