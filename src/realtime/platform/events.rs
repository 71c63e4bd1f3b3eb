//! What clients of the platform dialect may send.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::{ConversationId, MessageId};

/// The name of the event by which a message is sent.
pub(super) const SEND_MESSAGE: &str = "send_message";

/// An event of a client, read.
#[derive(Debug)]
pub(super) enum ClientEvent {
    SendMessage(Box<SendMessage>),
    Claim(Conversation),
    Join(Join),
    Leave(Conversation),
    JoinQueue,
    JoinPresence,
    Typing(Typing),
    MarkRead(MarkRead),
}

/// `send_message`.
#[derive(Debug, Deserialize)]
pub(super) struct SendMessage {
    #[serde(default)]
    pub(super) conversation_id: Option<String>,
    #[serde(default)]
    pub(super) content: Option<String>,
    #[serde(default)]
    pub(super) content_type: Option<String>,
    #[serde(default)]
    pub(super) rich_media: Option<Value>,
    #[serde(default)]
    pub(super) sender_type: Option<String>,
    #[serde(default)]
    pub(super) external_id: Option<String>,
    #[serde(default)]
    pub(super) external_id_hash: Option<String>,
    #[serde(default)]
    pub(super) client_message_id: Option<String>,
    #[serde(default)]
    pub(super) embed_token: Option<String>,
    #[serde(default)]
    pub(super) customer_name: Option<String>,
}

/// `claim_conversation`, `leave_conversation`.
#[derive(Debug, Deserialize)]
pub(super) struct Conversation {
    pub(super) conversation_id: String,
}

/// `join_conversation`.
#[derive(Debug, Deserialize)]
pub(super) struct Join {
    pub(super) conversation_id: String,
    #[serde(default)]
    pub(super) external_id: Option<String>,
    #[serde(default)]
    pub(super) external_id_hash: Option<String>,
    /// The last `seq` the client has: what came after it is sent first.
    #[serde(default)]
    pub(super) after: Option<i64>,
}

/// `user_typing`.
#[derive(Debug, Deserialize)]
pub(super) struct Typing {
    pub(super) conversation_id: String,
    #[serde(default)]
    pub(super) sender_type: Option<String>,
    /// `false` is a client that says it has stopped; the documented event has no such field.
    #[serde(default = "yes")]
    pub(super) active: bool,
}

fn yes() -> bool {
    true
}

/// `mark_read`.
#[derive(Debug, Deserialize)]
pub(super) struct MarkRead {
    pub(super) conversation_id: String,
    pub(super) message_ids: Vec<MessageId>,
}

impl ClientEvent {
    /// Reads an event: its name, and the object that is its first argument.
    ///
    /// The error says what is wrong, for the one who sent it.
    pub(super) fn decode(name: &str, args: &[&RawValue]) -> Result<Self, String> {
        let payload = args.first().map_or("null", |arg| arg.get());
        match name {
            SEND_MESSAGE => read(name, payload).map(Box::new).map(Self::SendMessage),
            "claim_conversation" => read(name, payload).map(Self::Claim),
            "join_conversation" => read(name, payload).map(Self::Join),
            "leave_conversation" => read(name, payload).map(Self::Leave),
            "join_queue" => Ok(Self::JoinQueue),
            "join_org_presence" => Ok(Self::JoinPresence),
            "user_typing" => read(name, payload).map(Self::Typing),
            "mark_read" => read(name, payload).map(Self::MarkRead),
            other => Err(format!("unknown event {other:?}")),
        }
    }
}

fn read<T: DeserializeOwned>(name: &str, payload: &str) -> Result<T, String> {
    serde_json::from_str(payload).map_err(|error| {
        let text = error.to_string();
        // The place in our copy of the text means nothing to the sender.
        let what = text.split(" at line ").next().unwrap_or(&text);
        format!("{name}: {what}")
    })
}

/// Reads the id of a conversation. One that cannot be an id is one that does not exist.
pub(super) fn conversation_id(text: &str) -> Result<ConversationId, String> {
    text.parse().map_err(|_| "conversation_id: is not a valid id".to_owned())
}
