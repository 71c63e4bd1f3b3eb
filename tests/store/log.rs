//! The log that recovery replays.

use std::collections::HashMap;

use switchboard::domain::{Actor, OrganizationId, Position, Tags};
use switchboard::service::Services;

use super::on_both_engines;

on_both_engines! {
    async fn positions_are_gapless_and_the_log_says_what_was_announced(desk) {
        let first = desk.begin("visitor").await;
        let id = first.conversation_id;
        desk.services.assign_conversation(desk.ada(), id, None).await.unwrap();
        desk.agent_says(desk.ada(), id, "hello").await.unwrap();
        let tags = Tags::new(["a".to_owned()]).unwrap();
        desk.services.tag_conversation(desk.ada(), id, tags.clone()).await.unwrap();
        desk.services.mark_read(&Actor::Agent(desk.ada()), id, vec![first.id], None).await.unwrap();
        desk.services.resolve_conversation(desk.ada(), id, tags).await.unwrap();
        desk.agent_says(desk.ada(), id, "and again").await.unwrap();
        let log = desk.services.events_after(first.organization_id, 0, 100).await.unwrap();
        let positions: Vec<_> = log.iter().filter_map(|event| event.position).collect();
        assert_eq!(positions, (1..=9).collect::<Vec<_>>());
        assert_eq!(log, desk.heard.logged());
        let rest = desk.services.events_after(first.organization_id, 6, 1).await.unwrap();
        assert_eq!(rest, log[6..7]);
        assert_eq!(desk.services.position(first.organization_id).await.unwrap(), 9);
    }

    async fn the_log_keeps_no_events_that_grew_old(desk) {
        let organization = desk.ada().organization_id;
        let id = desk.begin("visitor").await.conversation_id;
        desk.clock.advance_ms(3_600_000 + 1);
        desk.agent_says(desk.ada(), id, "hello").await.unwrap();
        assert_eq!(kept(&desk.services, organization).await, [1, 2, 3]);
        desk.services.sweep().await.unwrap();
        assert_eq!(kept(&desk.services, organization).await, [3]);
        desk.clock.advance_ms(3_600_000 + 1);
        desk.services.sweep().await.unwrap();
        assert!(kept(&desk.services, organization).await.is_empty());
        assert_eq!(desk.services.position(organization).await.unwrap(), 3);
    }

    async fn where_something_happened_is_told_once_for_each_conversation(desk) {
        let organization = desk.ada().organization_id;
        let one = desk.begin("one").await.conversation_id;
        let two = desk.begin("two").await.conversation_id;
        desk.agent_says(desk.ada(), one, "hello").await.unwrap();
        let newest = async |after, to| {
            let newest = desk.services.newest_between(organization, after, to).await.unwrap();
            HashMap::from_iter(newest)
        };
        assert_eq!(newest(0, 5).await, HashMap::from([(one, 5), (two, 4)]));
        assert_eq!(newest(0, 4).await, HashMap::from([(one, 2), (two, 4)]));
        assert_eq!(newest(2, 4).await, HashMap::from([(two, 4)]));
        assert_eq!(newest(5, 9).await, HashMap::new());
    }
}

/// The positions that the log still knows.
async fn kept(services: &Services, organization: OrganizationId) -> Vec<Position> {
    let log = services.events_after(organization, 0, 100).await.unwrap();
    log.iter().filter_map(|event| event.position).collect()
}
