//! Connections that can be taken up again.

use serde_json::json;
use switchboard::domain::{NodeId, Room};
use switchboard::service::SaveRealtimeSession;

use super::{Desk, on_both_engines};

fn session(desk: &Desk, node_id: NodeId) -> SaveRealtimeSession {
    SaveRealtimeSession {
        pid: "secret".to_owned(),
        connection_ref: "public".to_owned(),
        organization_id: Some(desk.ada().organization_id),
        actor: json!({"type": "agent"}),
        rooms: vec![Room::Queue(desk.ada().organization_id)],
        node_id,
    }
}

on_both_engines! {
    async fn a_connection_is_found_by_its_secret_alone(desk) {
        let node = NodeId::generate();
        desk.services.touch_node(node).await.unwrap();
        let saved = session(desk, node);
        desk.services.save_realtime_session(saved.clone()).await.unwrap();
        assert_eq!(desk.services.load_realtime_session("public").await.unwrap(), None);
        let found = desk.services.load_realtime_session("secret").await.unwrap().unwrap();
        assert_eq!(found.connection_ref, saved.connection_ref);
        assert_eq!((found.actor, found.rooms), (saved.actor, saved.rooms));
        assert_eq!((found.node_id, found.disconnected_at), (node, None));
        desk.services.forget_realtime_session("secret").await.unwrap();
        assert_eq!(desk.services.load_realtime_session("secret").await.unwrap(), None);
    }

    async fn a_connection_taken_up_elsewhere_is_not_lost_by_its_old_node(desk) {
        let (old, new) = (NodeId::generate(), NodeId::generate());
        desk.services.touch_node(old).await.unwrap();
        desk.services.touch_node(new).await.unwrap();
        let lost_at = desk.clock.now();
        desk.services.save_realtime_session(session(desk, old)).await.unwrap();
        desk.services.mark_disconnected("secret", old, lost_at).await.unwrap();
        let found = desk.services.load_realtime_session("secret").await.unwrap().unwrap();
        assert_eq!(found.disconnected_at, Some(lost_at));
        desk.services.save_realtime_session(session(desk, new)).await.unwrap();
        desk.services.mark_disconnected("secret", old, lost_at).await.unwrap();
        let found = desk.services.load_realtime_session("secret").await.unwrap().unwrap();
        assert_eq!((found.node_id, found.disconnected_at), (new, None));
    }

    async fn a_dead_nodes_connections_were_lost_when_it_was_last_seen(desk) {
        let node = NodeId::generate();
        desk.services.touch_node(node).await.unwrap();
        let seen_at = desk.clock.now();
        desk.services.save_realtime_session(session(desk, node)).await.unwrap();
        desk.clock.advance_ms(60_000);
        let found = desk.services.load_realtime_session("secret").await.unwrap().unwrap();
        assert_eq!(found.disconnected_at, Some(seen_at));
        desk.services.sweep().await.unwrap();
        assert!(desk.services.load_realtime_session("secret").await.unwrap().is_some());
        desk.clock.advance_ms(120_000);
        desk.services.sweep().await.unwrap();
        assert_eq!(desk.services.load_realtime_session("secret").await.unwrap(), None);
    }
}
