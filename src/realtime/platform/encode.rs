//! What clients of the platform dialect hear.

use serde_json::{Value, json};
use switchboard_protocol::socketio::{ROOT, encode_event};

use super::offset::Offset;
use crate::dialect::platform::{MessageJson, micros};
use crate::domain::{Event, EventKind, Message, Room};
use crate::realtime::frame::Frame;

/// Writes an event as the members of `room` hear it. `own`: as its sender does. `None` for what the
/// dialect has no words for.
pub(in crate::realtime) fn encode(
    event: &Event,
    room: Room,
    offset: Option<Offset>,
    own: bool,
) -> Option<Frame> {
    let (name, payload) = words(event, room, own)?;
    let offset = offset.map(|it| it.to_string());
    let mut text = String::new();
    encode_event(&mut text, ROOT, None, name, &[&payload], offset.as_deref());
    Some(text.into())
}

fn words(event: &Event, room: Room, own: bool) -> Option<(&'static str, String)> {
    let conversation_id = event.conversation_id;
    let words = match &event.kind {
        EventKind::MessageCreated(message) if matches!(room, Room::Conversation(_)) => {
            ("message_received", heard(message, own))
        }
        EventKind::MessageCreated(message) => ("conversation_updated", updated(message)),
        EventKind::ConversationAssigned { agent_id, .. } => {
            let payload = json!({"conversation_id": conversation_id, "assigned_to": agent_id});
            ("conversation_assigned", payload.to_string())
        }
        EventKind::ConversationUnassigned { .. } => {
            let payload = json!({"conversation_id": conversation_id, "assigned_to": null});
            ("conversation_assigned", payload.to_string())
        }
        EventKind::ConversationResolved { tags, session_id, .. } => {
            let mut payload = without_message(event);
            payload["session_id"] = json!(session_id);
            payload["status"] = json!("resolved");
            payload["tags"] = json!(tags);
            ("conversation_updated", payload.to_string())
        }
        EventKind::ConversationReopened { tags, session_id }
        | EventKind::ConversationTagged { tags, session_id } => {
            let mut payload = without_message(event);
            payload["session_id"] = json!(session_id);
            payload["status"] = json!("open");
            payload["tags"] = json!(tags);
            ("conversation_updated", payload.to_string())
        }
        // What changed has been told already, each change in its own words.
        EventKind::ConversationUpdated(_)
        | EventKind::ConversationOpened { .. }
        | EventKind::VisitorIdentified { .. } => return None,
        EventKind::MessagesRead { reader, message_ids, read_at } => {
            let payload = json!({
                "conversation_id": conversation_id,
                "reader": reader,
                "message_ids": message_ids,
                "read_at": micros(*read_at),
            });
            ("messages_read", payload.to_string())
        }
        EventKind::Typing { sender, active: true, .. } => {
            let sender = sender.as_str();
            let payload = json!({"conversation_id": conversation_id, "sender_type": sender});
            ("typing_indicator", payload.to_string())
        }
        EventKind::Typing { active: false, .. } => {
            ("typing_cleared", json!({"conversation_id": conversation_id}).to_string())
        }
        EventKind::AgentStatus { agent_id, online } => {
            let status = if *online { "online" } else { "offline" };
            let payload = json!({"agent_id": agent_id, "status": status});
            ("agent_status_changed", payload.to_string())
        }
    };
    Some(words)
}

fn heard(message: &Message, own: bool) -> String {
    let view = if own { MessageJson::sent(message) } else { MessageJson::heard(message) };
    serde_json::to_string(&view).unwrap_or_default()
}

fn updated(message: &Message) -> String {
    json!({
        "conversation_id": message.conversation_id,
        "sender_type": message.author.sender_type().as_str(),
        "content_type": message.content.kind.as_str(),
        "content": message.content.text,
    })
    .to_string()
}

/// A `conversation_updated` that no message caused: the documented fields are there, and empty.
fn without_message(event: &Event) -> Value {
    json!({
        "conversation_id": event.conversation_id,
        "sender_type": "agent",
        "content_type": null,
        "content": null,
    })
}
