//! The log that recovery replays.

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
}

/// The positions that the log still knows.
async fn kept(services: &Services, organization: OrganizationId) -> Vec<Position> {
    let log = services.events_after(organization, 0, 100).await.unwrap();
    log.iter().filter_map(|event| event.position).collect()
}
