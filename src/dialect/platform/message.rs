//! A message as the platform dialect shows it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::micros;
use crate::domain::{ConversationId, Message, MessageId, ReadMessage, Seq, SessionId};

/// A message: of `message_received`, of an acknowledgement, or of a history.
///
/// Which of the optional fields are there depends on who is told, see the constructors.
#[derive(Debug, Serialize)]
pub struct MessageJson<'a> {
    id: MessageId,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<ConversationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<SessionId>,
    sender_type: &'static str,
    sender_id: Option<String>,
    content_type: &'static str,
    content: &'a str,
    rich_media: &'a Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_by: Option<BTreeMap<&'a str, String>>,
    created_at: String,
    seq: Seq,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_message_id: Option<&'a str>,
}

impl<'a> MessageJson<'a> {
    /// As everyone in the conversation hears it.
    #[must_use]
    pub fn heard(message: &'a Message) -> Self {
        Self {
            id: message.id,
            conversation_id: Some(message.conversation_id),
            session_id: Some(message.session_id),
            sender_type: message.author.sender_type().as_str(),
            sender_id: message.author.sender_id(),
            content_type: message.content.kind.as_str(),
            content: &message.content.text,
            rich_media: &message.content.rich,
            read_by: None,
            created_at: micros(message.created_at),
            seq: message.seq,
            client_message_id: None,
        }
    }

    /// As its sender hears it: with the sender's own id of it.
    #[must_use]
    pub fn sent(message: &'a Message) -> Self {
        let client_message_id = message.client_message_id.as_deref();
        Self { client_message_id, ..Self::heard(message) }
    }

    /// In the history that agents see.
    #[must_use]
    pub fn for_agents(read: &'a ReadMessage) -> Self {
        let readers = read.read_by.iter().map(|it| (&*it.reader, micros(it.read_at)));
        let read_by = Some(readers.collect());
        Self { conversation_id: None, read_by, ..Self::heard(&read.message) }
    }

    /// In the history that the visitor sees; the visitor's own ids are in it, so that a widget finds
    /// out which of its messages arrived.
    #[must_use]
    pub fn for_visitor(message: &'a Message, external_id: &str) -> Self {
        let heard = Self::heard(message);
        let own = heard.sender_id.as_deref() == Some(external_id)
            && message.author.sender_type() == crate::domain::SenderType::EndUser;
        let client_message_id = message.client_message_id.as_deref().filter(|_| own);
        Self { conversation_id: None, session_id: None, client_message_id, ..heard }
    }
}
