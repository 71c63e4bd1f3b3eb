//! How conversations stand, as programs that follow them are told after each change.

use switchboard::domain::{
    Actor, ConversationId, ConversationState, ConversationStatus, EventKind, Tags,
};
use switchboard::service::SendAgentMessage;

use super::desk::{Desk, content};
use super::on_both_engines;

/// What was told of a conversation since it was last asked, in order.
fn told(desk: &Desk, id: ConversationId) -> Vec<ConversationState> {
    let heard = std::mem::take(&mut *desk.heard.announcements.lock());
    let about_it = heard.into_iter().filter(|one| one.event.conversation_id == Some(id));
    let states = about_it.filter_map(|one| match one.event.kind {
        EventKind::ConversationUpdated(state) => Some(ConversationState::clone(&state)),
        _ => None,
    });
    states.collect()
}

/// The one thing that was told.
fn told_once(desk: &Desk, id: ConversationId) -> ConversationState {
    let mut states = told(desk, id);
    assert_eq!(states.len(), 1, "{states:?}");
    states.remove(0)
}

fn tags(list: &[&str]) -> Tags {
    Tags::new(list.iter().map(|&tag| tag.to_owned())).unwrap()
}

on_both_engines! {
    async fn every_change_tells_how_the_conversation_stands(desk) {
        let first = desk.begin("visitor").await;
        let id = first.conversation_id;
        let begun = told_once(desk, id);
        let expected = ConversationState {
            id,
            organization_id: desk.ada().organization_id,
            status: ConversationStatus::Open,
            tags: Tags::default(),
            unread_count: 1,
            assigned_agent_id: None,
            last_message_at: Some(first.created_at),
        };
        assert_eq!(begun, expected);

        desk.clock.advance_ms(1_000);
        let second = desk.visitor_says(id, "visitor", "anyone?").await.unwrap().message;
        let last_message_at = Some(second.created_at);
        let asked_again = ConversationState { unread_count: 2, last_message_at, ..begun };
        assert_eq!(told_once(desk, id), asked_again);

        let ada = Some(desk.ada().user_id);
        desk.services.assign_conversation(desk.ada(), id, None).await.unwrap();
        let assigned = ConversationState { assigned_agent_id: ada, ..asked_again };
        assert_eq!(told_once(desk, id), assigned);

        desk.services.tag_conversation(desk.bo(), id, tags(&["vip"])).await.unwrap();
        let tagged = ConversationState { tags: tags(&["vip"]), ..assigned };
        assert_eq!(told_once(desk, id), tagged);

        desk.clock.advance_ms(1_000);
        let reply = desk.agent_says(desk.ada(), id, "I am").await.unwrap().message;
        let last_message_at = Some(reply.created_at);
        let answered = ConversationState { unread_count: 0, last_message_at, ..tagged };
        assert_eq!(told_once(desk, id), answered);

        desk.clock.advance_ms(1_000);
        desk.services.resolve_conversation(desk.ada(), id, tags(&["done"])).await.unwrap();
        let status = ConversationStatus::Closed;
        let closed = ConversationState { status, tags: tags(&["vip", "done"]), ..answered };
        assert_eq!(told_once(desk, id), closed);

        let third = desk.visitor_says(id, "visitor", "one more thing").await.unwrap().message;
        let reopened = ConversationState {
            unread_count: 1,
            last_message_at: Some(third.created_at),
            ..expected
        };
        assert_eq!(told_once(desk, id), reopened);
    }

    async fn an_agent_who_begins_a_session_has_it_when_it_is_told(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        desk.services.resolve_conversation(desk.ada(), id, Tags::default()).await.unwrap();
        told(desk, id);
        desk.agent_says(desk.bo(), id, "did it help?").await.unwrap();
        let state = told_once(desk, id);
        assert_eq!(state.assigned_agent_id, Some(desk.bo().user_id));
        assert_eq!(state.status, ConversationStatus::Open);
    }

    async fn what_changes_nothing_tells_nothing(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        desk.services.assign_conversation(desk.ada(), id, None).await.unwrap();
        desk.services.tag_conversation(desk.ada(), id, tags(&["vip"])).await.unwrap();
        told(desk, id);
        desk.services.assign_conversation(desk.ada(), id, None).await.unwrap();
        desk.services.tag_conversation(desk.ada(), id, tags(&["vip"])).await.unwrap();
        assert_eq!(told(desk, id), []);
    }

    async fn a_bots_answer_leaves_what_waits_for_people(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        told(desk, id);
        let answer = SendAgentMessage {
            conversation_id: id,
            bot: Some("bot".to_owned()),
            content: content("42"),
            client_message_id: None,
            origin: None,
        };
        desk.services.send_agent_message(desk.ada(), answer).await.unwrap().kept().await.unwrap();
        assert_eq!(told_once(desk, id).unread_count, 1);
    }

    async fn agents_who_read_leave_only_what_came_later_unread(desk) {
        let first = desk.begin("visitor").await;
        let id = first.conversation_id;
        let second = desk.visitor_says(id, "visitor", "anyone?").await.unwrap().message;
        desk.visitor_says(id, "visitor", "hello?").await.unwrap();
        told(desk, id);
        let read = async |who: &Actor, message| {
            desk.services.mark_read(who, id, vec![message], None).await.unwrap();
            told(desk, id).iter().map(|state| state.unread_count).collect::<Vec<_>>()
        };
        let (ada, bo) = (Actor::Agent(desk.ada()), Actor::Agent(desk.bo()));
        assert_eq!(read(&ada, second.id).await, [1]);
        assert_eq!(read(&bo, first.id).await, [0; 0], "what was read stays read");
        let proof = super::desk::proof("visitor");
        let visitor = desk.services.join_conversation_as_visitor(id, &proof);
        let visitor = visitor.await.unwrap().actor;
        let reply = desk.agent_says(desk.ada(), id, "yes").await.unwrap().message;
        told(desk, id);
        assert_eq!(read(&visitor, reply.id).await, [0; 0], "the visitor's reading is not the agents'");
    }

    async fn messages_name_the_contact_wherever_they_are_read(desk) {
        let first = desk.begin("visitor").await;
        let reply = desk.agent_says(desk.ada(), first.conversation_id, "hi").await.unwrap().message;
        assert_eq!(reply.contact_id, first.contact_id);
        let ada = Actor::Agent(desk.ada());
        let read = desk.services.messages_after(&ada, first.conversation_id, 0, 10).await.unwrap();
        assert!(read.iter().all(|message| message.contact_id == first.contact_id));
        let organization = desk.ada().organization_id;
        let log = desk.services.events_after(organization, 0, 10).await.unwrap();
        let logged: Vec<_> = log.iter().filter_map(|event| match &event.kind {
            EventKind::MessageCreated(message) => Some(message.contact_id),
            _ => None,
        }).collect();
        assert_eq!(logged, [first.contact_id; 2]);
        let other = desk.begin("another").await;
        assert_ne!(other.contact_id, first.contact_id);
    }
}
