//! The bridge: what happens in an organization's conversations, heard on channels of its application in
//! the words of the muro dialect, from the same event that Socket.IO clients hear.

use serde::Serialize;
use switchboard_protocol::pusher::{ChannelName, server_frame};

use crate::dialect::muro::{
    self, AGENT_TYPING, CONVERSATION_UPDATE, ConversationUpdateJson, MESSAGE_NEW, MessageJson,
    TypingJson,
};
use crate::domain::{Event, EventKind, PusherApp, Room};
use crate::realtime::frame::Frame;

/// The room whose events are heard on a channel of an application; `None` for channels that are the
/// application's own affair, and so for every channel of an application that is no organization's.
///
/// Before anyone joins a [`Room::Thread`], its conversation has to be found to be the organization's.
#[must_use]
pub fn room_of(app: &PusherApp, channel: &ChannelName) -> Option<Room> {
    muro::room_of(app.organization_id?, channel.as_str())
}

/// Writes an event as it is heard on the channel of `room`. `None` for what the dialect has no words
/// for.
pub(in crate::realtime) fn encode(event: &Event, room: Room) -> Option<Frame> {
    let channel = muro::channel_name(room)?;
    let (name, data) = words(event)?;
    Some(server_frame::event(name, &channel, &data, None).into())
}

fn words(event: &Event) -> Option<(&'static str, String)> {
    match &event.kind {
        EventKind::MessageCreated(message) => {
            Some((MESSAGE_NEW, json(&MessageJson::from(&**message))))
        }
        EventKind::ConversationUpdated(state) => {
            Some((CONVERSATION_UPDATE, json(&ConversationUpdateJson::from(&**state))))
        }
        EventKind::Typing { agent: Some(agent), active, .. } => {
            let typing = TypingJson::new(event.conversation_id?, agent, *active);
            Some((AGENT_TYPING, json(&typing)))
        }
        EventKind::Typing { agent: None, .. }
        | EventKind::ConversationOpened { .. }
        | EventKind::ConversationAssigned { .. }
        | EventKind::ConversationUnassigned { .. }
        | EventKind::ConversationResolved { .. }
        | EventKind::ConversationReopened { .. }
        | EventKind::ConversationTagged { .. }
        | EventKind::MessagesRead { .. }
        | EventKind::VisitorIdentified { .. }
        | EventKind::AgentStatus { .. } => None,
    }
}

fn json(view: &impl Serialize) -> String {
    serde_json::to_string(view).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};
    use switchboard_rooms::ConnectionIds;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        AgentName, Author, ContactId, Content, ContentKind, ConversationId, ConversationState,
        ConversationStatus, Message, MessageId, OrganizationId, SenderType, SessionId, Tags,
        Timestamp, UserId, Visibility,
    };
    use crate::realtime::frame::{Format, Outbound};
    use crate::realtime::hub::Hub;
    use crate::service::{Announce, Announcement};

    fn heard(event: &Event, room: Room) -> Value {
        let frame = encode(event, room).expect("it is heard");
        let mut frame: Value = serde_json::from_str(frame.as_text().unwrap()).unwrap();
        frame["data"] = serde_json::from_str(frame["data"].as_str().unwrap()).unwrap();
        frame
    }

    #[test]
    fn an_update_says_how_the_conversation_stands() {
        let conversation = ConversationId::from(Uuid::from_u128(1));
        let event = Event::conversation_updated(ConversationState {
            id: conversation,
            organization_id: Uuid::from_u128(2).into(),
            status: ConversationStatus::Closed,
            tags: Tags::default(),
            unread_count: 3,
            assigned_agent_id: Some(Uuid::from_u128(4).into()),
            last_message_at: Some(Timestamp::from_micros(1_780_826_400_000_000)),
        });
        let expected = json!({
            "event": "conversation.update",
            "channel": "private-conv-cnv_00000000000000000000000000000001",
            "data": {
                "id": "cnv_00000000000000000000000000000001",
                "status": "closed",
                "tags": [],
                "unread_count": 3,
                "assigned_user_id": "usr_00000000000000000000000000000004",
                "last_message_at": "2026-06-07T10:00:00.000Z",
            },
        });
        assert_eq!(heard(&event, Room::Thread(conversation)), expected);
    }

    #[test]
    fn typing_names_the_agent_who_types() {
        let (organization, conversation) =
            (OrganizationId::from(Uuid::from_u128(1)), ConversationId::from(Uuid::from_u128(2)));
        let ada = AgentName { id: Uuid::from_u128(3).into(), name: "Ada".to_owned() };
        let ada = Some(Arc::new(ada));
        let event = Event::typing(organization, conversation, SenderType::Agent, ada, false);
        let expected = json!({
            "event": "agent.typing",
            "channel": "private-org-org_00000000000000000000000000000001",
            "data": {
                "conversation_id": "cnv_00000000000000000000000000000002",
                "user_id": "usr_00000000000000000000000000000003",
                "name": "Ada",
                "typing": false,
            },
        });
        assert_eq!(heard(&event, Room::Workspace(organization)), expected);
    }

    /// Puts someone into a room of the hub, and gives what they will hear.
    fn listener(hub: &Hub, ids: &ConnectionIds, room: Room, format: Format) -> Arc<Outbound> {
        let (id, outbound) = (ids.next(), Arc::new(Outbound::new(10_000)));
        hub.rooms.register(id, Arc::clone(&outbound), format);
        hub.rooms.join(id, &room.into());
        outbound
    }

    #[test]
    fn a_note_reaches_programs_and_not_the_visitor() {
        let note = Message {
            id: MessageId::generate(),
            organization_id: OrganizationId::generate(),
            conversation_id: ConversationId::generate(),
            contact_id: ContactId::generate(),
            session_id: SessionId::generate(),
            seq: 1,
            author: Author::User(UserId::generate()),
            visibility: Visibility::Note,
            content: Content { kind: ContentKind::Text, text: "rude".to_owned(), rich: None },
            client_message_id: None,
            created_at: Timestamp::default(),
        };
        let (organization, conversation) = (note.organization_id, note.conversation_id);
        let (hub, ids) = (Hub::default(), ConnectionIds::default());
        let visitor = listener(&hub, &ids, Room::Conversation(conversation), Format::SocketIo);
        let programs = [Room::Workspace(organization), Room::Thread(conversation)]
            .map(|room| listener(&hub, &ids, room, Format::Pusher));
        let event = Event::message_created(Arc::new(note), 1);
        hub.announce(vec![Announcement { event, origin: None }]);
        for program in programs {
            let heard = program.take();
            assert_eq!(heard.len(), 1, "{heard:?}");
            let text = heard[0].as_text().unwrap();
            assert!(text.contains(r#"\"sender_type\":\"note\""#), "{text}");
        }
        assert!(visitor.take().is_empty());
    }

    #[test]
    fn what_the_dialect_has_no_words_for_is_not_heard() {
        let organization = OrganizationId::generate();
        let conversation = ConversationId::generate();
        let visitor = Event::typing(organization, conversation, SenderType::EndUser, None, true);
        assert_eq!(encode(&visitor, Room::Thread(conversation)), None);
        let status = Event::agent_status(organization, Uuid::from_u128(1).into(), true);
        assert_eq!(encode(&status, Room::Workspace(organization)), None);
    }
}
