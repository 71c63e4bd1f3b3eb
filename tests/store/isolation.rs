//! Nobody reaches what is not theirs.

use switchboard::domain::{Actor, Tags, VisitorActor};
use switchboard::service::{ConversationFilter, Noun, Page, ServiceError};

use super::on_both_engines;

const ALL: Page = Page { limit: 200, offset: 0 };

fn is_not_found<T: std::fmt::Debug>(came: &Result<T, ServiceError>) -> bool {
    matches!(came, Err(ServiceError::NotFound(Noun::Conversation)))
}

on_both_engines! {
    async fn an_agent_of_another_organization_gets_not_found(desk) {
        let message = desk.begin("visitor").await;
        let (id, stranger, services) = (message.conversation_id, desk.stranger().await, &desk.services);
        let actor = Actor::Agent(stranger);
        assert!(is_not_found(&services.get_conversation(stranger, id).await));
        assert!(is_not_found(&services.history(stranger, id, ALL).await));
        assert!(is_not_found(&services.messages_after(&actor, id, 0, 10).await));
        assert!(is_not_found(&services.join_conversation_as_agent(stranger, id).await));
        assert!(is_not_found(&services.assign_conversation(stranger, id, None).await));
        assert!(is_not_found(&services.resolve_conversation(stranger, id, Tags::default()).await));
        assert!(is_not_found(&services.tag_conversation(stranger, id, Tags::default()).await));
        assert!(is_not_found(&services.mark_read(&actor, id, vec![message.id], None).await));
        assert!(is_not_found(&desk.agent_says(stranger, id, "hello").await));
        for filter in [ConversationFilter::Unassigned, ConversationFilter::Mine, ConversationFilter::All] {
            assert!(services.list_conversations(stranger, filter, ALL).await.unwrap().is_empty());
        }
        assert!(services.events_after(stranger.organization_id, 0, 100).await.unwrap().is_empty());
        let (organization, agents) = services.organization_of(stranger).await.unwrap();
        assert_eq!(organization.name, "other");
        assert!(agents.iter().all(|agent| agent.organization_id == stranger.organization_id));
        assert_eq!(desk.heard.logged().len(), 2, "that it began, and the message");
    }

    async fn a_visitors_proof_is_good_for_one_conversation(desk) {
        let (mine, other) = (desk.begin("visitor").await, desk.begin("someone else").await);
        let actor = Actor::Visitor(VisitorActor {
            organization_id: mine.organization_id,
            conversation_id: mine.conversation_id,
            source_id: "visitor".to_owned(),
        });
        let id = other.conversation_id;
        assert!(is_not_found(&desk.services.messages_after(&actor, id, 0, 10).await));
        assert!(is_not_found(&desk.services.mark_read(&actor, id, vec![other.id], None).await));
    }
}
