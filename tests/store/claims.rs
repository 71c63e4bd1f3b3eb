//! What agents do with conversations.

use futures_util::future::join_all;
use switchboard::domain::{Actor, EventKind, MessageId, Tags};
use switchboard::service::{ConversationFilter, Page, ServiceError};

use super::on_both_engines;

const ALL: Page = Page { limit: 200, offset: 0 };

fn tags(list: &[&str]) -> Tags {
    Tags::new(list.iter().map(|&tag| tag.to_owned())).unwrap()
}

on_both_engines! {
    async fn two_agents_claim_at_once_and_one_wins(desk) {
        for n in 0..10 {
            let id = desk.begin(&format!("visitor {n}")).await.conversation_id;
            let claims = [desk.ada(), desk.bo(), desk.ada(), desk.bo()]
                .map(|agent| desk.services.assign_conversation(agent, id, None));
            let came = join_all(claims).await;
            let winner = came.iter().find_map(|one| one.as_ref().ok()).unwrap().agent_id;
            for one in &came {
                match one {
                    Ok(assigned) => assert_eq!(assigned.agent_id, winner),
                    Err(ServiceError::Conflict(why)) => assert!(why.starts_with("already assigned to ")),
                    Err(other) => panic!("{other}"),
                }
            }
            let heard = desk.heard.announcements.lock();
            let told = heard.iter().filter(|one| {
                one.event.conversation_id == Some(id)
                    && matches!(one.event.kind, EventKind::ConversationAssigned { .. })
            });
            assert_eq!(told.count(), 1);
        }
    }

    async fn claiming_ones_own_again_changes_nothing(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let first = desk.services.assign_conversation(desk.ada(), id, None).await.unwrap();
        desk.clock.advance_ms(5_000);
        let again = desk.services.assign_conversation(desk.ada(), id, None).await.unwrap();
        assert_eq!(first, again);
        let refused = desk.services.assign_conversation(desk.bo(), id, None).await.unwrap_err();
        assert_eq!(refused.to_string(), "already assigned to Ada");
    }

    async fn what_is_resolved_can_be_neither_claimed_tagged_nor_resolved(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let services = &desk.services;
        services.tag_conversation(desk.ada(), id, tags(&["a", "b"])).await.unwrap();
        let resolved = services.resolve_conversation(desk.ada(), id, tags(&["b", "c"])).await.unwrap();
        assert_eq!(resolved.tags, tags(&["a", "b", "c"]));
        let refusals = [
            services.assign_conversation(desk.ada(), id, None).await.map(drop),
            services.tag_conversation(desk.ada(), id, Tags::default()).await.map(drop),
            services.resolve_conversation(desk.ada(), id, Tags::default()).await.map(drop),
        ];
        for refused in refusals {
            assert!(matches!(refused, Err(ServiceError::Conflict(_))), "{refused:?}");
        }
    }

    async fn two_agents_resolve_at_once_and_one_does(desk) {
        let id = desk.begin("visitor").await.conversation_id;
        let both = [desk.ada(), desk.bo()]
            .map(|agent| desk.services.resolve_conversation(agent, id, Tags::default()));
        let came = join_all(both).await;
        assert_eq!(came.iter().filter(|one| one.is_ok()).count(), 1);
    }

    async fn the_lists_hold_what_they_say(desk) {
        let mut ids = Vec::new();
        for n in 0..4 {
            ids.push(desk.begin(&format!("visitor {n}")).await.conversation_id);
            desk.clock.advance_ms(1_000);
        }
        desk.services.assign_conversation(desk.ada(), ids[1], None).await.unwrap();
        desk.services.assign_conversation(desk.bo(), ids[2], None).await.unwrap();
        desk.services.resolve_conversation(desk.ada(), ids[3], Tags::default()).await.unwrap();
        desk.clock.advance_ms(1_000);
        desk.visitor_says(ids[0], "visitor 0", "anyone?").await.unwrap();
        let list = async |filter, page| {
            let list = desk.services.list_conversations(desk.ada(), filter, page).await.unwrap();
            list.iter().map(|view| view.conversation.id).collect::<Vec<_>>()
        };
        assert_eq!(list(ConversationFilter::Unassigned, ALL).await, [ids[0]]);
        assert_eq!(list(ConversationFilter::Mine, ALL).await, [ids[1]]);
        assert_eq!(list(ConversationFilter::All, ALL).await, [ids[0], ids[3], ids[2], ids[1]]);
        let second = Page { limit: 2, offset: 1 };
        assert_eq!(list(ConversationFilter::All, second).await, [ids[3], ids[2]]);
    }

    async fn a_message_is_read_once_by_each_reader(desk) {
        let first = desk.begin("visitor").await;
        let (id, message) = (first.conversation_id, first.id);
        let elsewhere = desk.begin("someone else").await.id;
        let ada = Actor::Agent(desk.ada());
        let asked = vec![message, elsewhere, MessageId::generate(), message];
        let read = desk.services.mark_read(&ada, id, asked, None).await.unwrap();
        assert_eq!(read, [message]);
        let again = desk.services.mark_read(&ada, id, vec![message], None).await.unwrap();
        assert!(again.is_empty());
        let bo = Actor::Agent(desk.bo());
        assert_eq!(desk.services.mark_read(&bo, id, vec![message], None).await.unwrap(), [message]);
        let history = desk.services.history(desk.ada(), id, ALL).await.unwrap();
        let mut readers: Vec<_> = history.messages[0].read_by.iter().map(|one| &one.reader).collect();
        readers.sort();
        let mut expected = [ada.reader(), bo.reader()];
        expected.sort();
        assert_eq!(readers, expected.iter().collect::<Vec<_>>());
        let many = vec![message; 501];
        let refused = desk.services.mark_read(&ada, id, many, None).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))));
    }
}
