//! Acknowledged means kept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::{AgentApi, Database, TestApp, Visitor, message_id};

const WRITERS: usize = 6;
const KILLS: usize = 6;

#[tokio::test]
async fn acknowledged_messages_survive_kill_9_on_sqlite() {
    acknowledged_messages_survive_kill_9(&Database::Sqlite).await;
}

#[tokio::test]
async fn acknowledged_messages_survive_kill_9_on_postgres() {
    if let Some(database) = Database::postgres().await {
        acknowledged_messages_survive_kill_9(&database).await;
    }
}

/// Writers write; the server is killed again and again; afterwards every acknowledged message is there
/// once, with the `seq` and the text that was acknowledged, and nothing is between.
async fn acknowledged_messages_survive_kill_9(database: &Database) {
    let app = TestApp::start_with(database, &[("REALTIME__EVENTS_PER_SECOND", "0")]).await;
    let stop = CancellationToken::new();
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        writers.spawn(write(Arc::clone(&app), format!("writer-{number}"), stop.clone()));
    }
    let mut random = StdRng::seed_from_u64(9);
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(random.random_range(100..700))).await;
        app.kill9().await;
        app.restart().await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.cancel();
    let agent = AgentApi::log_in(&app, &app.demo.agents[0]).await.unwrap();
    let mut acknowledged = 0;
    while let Some(written) = writers.join_next().await {
        acknowledged += compare(&agent, written.unwrap()).await;
    }
    assert!(acknowledged > WRITERS * KILLS, "only {acknowledged} messages were acknowledged");
}

/// Everything that one writer was told.
struct Written {
    conversation_id: String,
    acknowledged: BTreeMap<u64, Value>,
}

/// Sends numbered messages until stopped. A message whose acknowledgement is lost is sent again under
/// its id, as a widget does.
async fn write(app: Arc<TestApp>, name: String, stop: CancellationToken) -> Written {
    let mut acknowledged = BTreeMap::new();
    let mut conversation_id = None;
    let mut number = 0_u64;
    let mut id = message_id();
    'connections: while !stop.is_cancelled() {
        let Ok(mut visitor) = Visitor::arrive(&app, &name).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        visitor.conversation_id.clone_from(&conversation_id);
        while !stop.is_cancelled() {
            let text = format!("{name} {number}");
            let Ok(message) = visitor.say_as(&id, &text).await else { continue 'connections };
            assert_eq!(message["content"], text);
            conversation_id.clone_from(&visitor.conversation_id);
            let seq = message["seq"].as_u64().unwrap();
            let before = acknowledged.insert(seq, message);
            assert!(before.is_none(), "{seq} was given twice");
            number += 1;
            id = message_id();
        }
    }
    Written { conversation_id: conversation_id.expect("something was written"), acknowledged }
}

async fn compare(agent: &AgentApi, written: Written) -> usize {
    let history = agent.whole_history(&written.conversation_id).await.unwrap();
    for (at, message) in history.iter().enumerate() {
        assert_eq!(message["seq"], at + 1, "the sequence has a hole");
    }
    for (seq, message) in &written.acknowledged {
        let at = usize::try_from(*seq).unwrap() - 1;
        let stored = history.get(at).unwrap_or_else(|| panic!("{message} is lost"));
        for field in ["id", "content", "session_id", "created_at", "sender_id"] {
            assert_eq!(stored[field], message[field]);
        }
    }
    // At most the last message may be stored without its writer knowing.
    let unknown = history.len() - written.acknowledged.len();
    assert!(unknown <= 1, "{unknown} messages were doubled");
    written.acknowledged.len()
}
