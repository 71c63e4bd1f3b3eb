//! Connections to the database.

use std::time::Duration;

use switchboard::domain::NodeId;

use super::on_both_engines;

on_both_engines! {
    async fn what_is_left_in_the_middle_of_a_transaction_is_undone_and_holds_nobody_up(desk) {
        for _ in 0..8 {
            let mut tx = desk.store.begin().await.unwrap();
            tx.touch_node(NodeId::generate(), desk.clock.now()).await.unwrap();
            drop(tx);
        }
        let mut tx = desk.store.begin().await.unwrap();
        assert_eq!(tx.delete_nodes(desk.clock.now().plus_ms(1)).await.unwrap(), 0);
        tx.commit().await.unwrap();
        desk.begin("visitor").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_were_cut_while_they_were_idle_are_noticed_by_nobody() {
    let Some(desk) = crate::store::Desk::on_postgres().await else { return };
    let id = desk.begin("visitor").await.conversation_id;
    desk.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity \
         where datname = current_database() and pid <> pg_backend_pid()",
    )
    .await;
    // Longer than a connection is taken to be there because it was just now.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    desk.visitor_says(id, "visitor", "still there?").await.unwrap();
    assert!(desk.store.ping().await.is_ok());
    desk.close().await;
}
