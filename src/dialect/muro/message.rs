//! A message as the muro dialect shows it.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::millis;
use crate::domain::{Author, Message, SenderType, Visibility};

/// A message: the data of `message.new`, with the fields that the webhook `message.created` has.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MessageData")]
pub struct MessageJson<'a> {
    id: String,
    conversation_id: String,
    #[schemars(extend("enum" = ["visitor", "agent", "note", "system"]))]
    sender_type: &'static str,
    sender_id: Option<String>,
    content: &'a str,
    attachments: [Value; 0],
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
}

/// A message as REST answers show it: the same, and what it is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Message")]
pub struct MessageObjectJson<'a> {
    #[schemars(extend("const" = "message"))]
    object: &'static str,
    #[serde(flatten)]
    message: MessageJson<'a>,
}

impl<'a> From<&'a Message> for MessageObjectJson<'a> {
    fn from(message: &'a Message) -> Self {
        Self { object: "message", message: message.into() }
    }
}

impl<'a> From<&'a Message> for MessageJson<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            id: message.id.prefixed("msg_"),
            conversation_id: message.conversation_id.prefixed("cnv_"),
            sender_type: sender_type(message.visibility, message.author.sender_type()),
            sender_id: sender_id(message),
            content: &message.content.text,
            attachments: [],
            created_at: millis(message.created_at),
        }
    }
}

/// `agent` is whoever answers, programs included: the dialect knows no bots.
pub(super) fn sender_type(visibility: Visibility, sender: SenderType) -> &'static str {
    match (visibility, sender) {
        (Visibility::Note, _) => "note",
        (_, SenderType::EndUser) => "visitor",
        (_, SenderType::Agent | SenderType::Bot) => "agent",
        (_, SenderType::System) => "system",
    }
}

/// The visitor or the agent; programs and the server have no id in this dialect.
fn sender_id(message: &Message) -> Option<String> {
    match &message.author {
        Author::Contact { .. } => Some(message.contact_id.prefixed("vis_")),
        Author::User(id) => Some(id.prefixed("usr_")),
        Author::Bot(_) | Author::System => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Content, ContentKind, Timestamp, UserId};

    fn id<T: From<Uuid>>(number: u128) -> T {
        Uuid::from_u128(number).into()
    }

    fn message(author: Author, visibility: Visibility) -> Message {
        Message {
            id: id(1),
            organization_id: id(2),
            conversation_id: id(3),
            contact_id: id(4),
            session_id: id(5),
            seq: 6,
            author,
            visibility,
            content: Content { kind: ContentKind::Text, text: "hi".to_owned(), rich: None },
            client_message_id: None,
            created_at: Timestamp::from_micros(1_780_826_400_123_456),
        }
    }

    #[test]
    fn a_visitors_message_has_the_documented_fields() {
        let message = message(Author::Contact { source_id: "u".to_owned() }, Visibility::Public);
        let expected = json!({
            "id": "msg_00000000000000000000000000000001",
            "conversation_id": "cnv_00000000000000000000000000000003",
            "sender_type": "visitor",
            "sender_id": "vis_00000000000000000000000000000004",
            "content": "hi",
            "attachments": [],
            "created_at": "2026-06-07T10:00:00.123Z",
        });
        assert_eq!(json!(MessageJson::from(&message)), expected);
    }

    #[test]
    fn every_author_has_a_side_and_agents_an_id() {
        let agent: UserId = id(7);
        let agent_id = json!(agent.prefixed("usr_"));
        let cases = [
            (Author::User(agent), Visibility::Public, "agent", &agent_id),
            (Author::User(agent), Visibility::Note, "note", &agent_id),
            (Author::Bot("key".to_owned()), Visibility::Public, "agent", &Value::Null),
            (Author::System, Visibility::Public, "system", &Value::Null),
        ];
        for (author, visibility, sender_type, sender_id) in cases {
            let shown = json!(MessageJson::from(&message(author, visibility)));
            assert_eq!(shown["sender_type"], sender_type);
            assert_eq!(&shown["sender_id"], sender_id, "{sender_type}");
        }
    }
}
