//! Redis goes and comes back: clients that stay connected get every acknowledged message once and in order.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{api, cluster, connect, conversing, muro_id};
use crate::support::pusher::{PusherApp, PusherSocket};
use crate::support::rest::Rest;
use crate::support::{Agent, Cluster, Socket, TestApp};

/// By when everything is as before, once Redis is back; and then some for a busy machine.
const HEALED: Duration = Duration::from_secs(20);

/// Writes through REST until stopped, and says how many messages there are then: the first was the
/// visitor's.
async fn write(node: &TestApp, conversation: &str, stop: &CancellationToken) -> u64 {
    let rest = Rest::of(node);
    let path = format!("/conversations/{}/messages", muro_id(conversation));
    let mut messages = 1;
    while !stop.is_cancelled() {
        let text = json!({ "content": messages.to_string() });
        rest.create(&path, &text).await.expect("Redis is not in the way of a message");
        messages += 1;
        sleep(Duration::from_millis(25)).await;
    }
    messages
}

/// Reads what comes until the last message has, which is soon: each must come once, in order, and on the
/// connection that was there.
async fn hears_everything(socket: &mut Socket, last: u64) {
    let deadline = Instant::now() + HEALED;
    let mut heard = Vec::new();
    while heard.last() != Some(&last) {
        assert!(Instant::now() < deadline, "only {} of {last} came", heard.len());
        let events = socket.events_within(Duration::from_millis(200)).await;
        for event in events.expect("the connection stays") {
            if event.name == "message_received" {
                heard.push(event.payload["seq"].as_u64().unwrap());
            }
        }
    }
    heard.retain(|seq| *seq > 1);
    assert_eq!(heard, (2..=last).collect::<Vec<_>>());
}

/// A program of the organization hears the conversation over Pusher, which has no `seq`: the texts are
/// numbers.
async fn program_hears_everything(socket: &mut PusherSocket, last: u64) {
    for number in 1..last {
        let told = tokio::time::timeout(HEALED, socket.next_data("message.new")).await;
        let told = told.expect("in time").expect("the connection stays");
        assert_eq!(told["content"], number.to_string());
    }
}

/// Three nodes; people and a program on each; a writer on the third. What happens meanwhile must be
/// noticed by nobody.
async fn nothing_is_missed(cluster: &Cluster, what_happens: impl AsyncFnOnce(&Cluster)) {
    let (mut visitor, mut agent) = conversing(&cluster[0], &cluster[1], "stays").await;
    let id = visitor.conversation().to_owned();
    let mut beside = Agent::arrive(&cluster[2], &cluster[2].demo.agents[1]).await.unwrap();
    beside.join(&id).await.unwrap();
    let program = PusherApp::of_demo(&cluster[0].demo);
    let mut program = PusherSocket::connect(&cluster[0], program).await.unwrap();
    program.subscribe(&format!("private-conv-{}", muro_id(&id))).await.unwrap();
    let stop = CancellationToken::new();
    let faults = async {
        sleep(Duration::from_millis(500)).await;
        what_happens(cluster).await;
        sleep(Duration::from_millis(500)).await;
        stop.cancel();
    };
    let (last, ()) = tokio::join!(write(&cluster[2], &id, &stop), faults);
    for socket in [&mut beside.socket, &mut visitor.socket, &mut agent.socket] {
        hears_everything(socket, last).await;
    }
    program_hears_everything(&mut program, last).await;
}

/// Waits until a node says that it is, or is not, without the bus.
pub(super) async fn bus_is(node: &TestApp, up: bool) {
    let deadline = Instant::now() + HEALED;
    loop {
        let (_, page) = node.page("/readyz").await;
        let figure = node.figure("switchboard_bus_up").await > 0.5;
        if figure == up && (page == "ready\n") == up {
            return;
        }
        assert!(Instant::now() < deadline, "up is {figure} and /readyz says {page:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn nothing_is_missed_when_redis_is_restarted() {
    let Some(cluster) = cluster(3).await else { return };
    nothing_is_missed(&cluster, async |cluster| cluster.redis.restart().await).await;
}

#[tokio::test]
async fn nothing_is_missed_when_redis_is_away_for_twenty_seconds() {
    let Some(cluster) = cluster(3).await else { return };
    let away = async |cluster: &Cluster| {
        cluster.redis.stop().await;
        for node in cluster.nodes() {
            bus_is(node, false).await;
        }
        sleep(Duration::from_secs(20)).await;
        cluster.redis.begin().await;
    };
    nothing_is_missed(&cluster, away).await;
    for node in cluster.nodes() {
        bus_is(node, true).await;
    }
}

#[tokio::test]
async fn nothing_is_missed_when_a_node_is_cut_off_from_redis() {
    let Some(cluster) = cluster(3).await else { return };
    let cut = async |cluster: &Cluster| {
        cluster[1].redis.cut();
        bus_is(&cluster[1], false).await;
        bus_is(&cluster[0], true).await;
        sleep(Duration::from_secs(3)).await;
        cluster[1].redis.restore();
    };
    nothing_is_missed(&cluster, cut).await;
}

#[tokio::test]
async fn a_line_to_redis_that_is_silent_is_noticed_and_nothing_is_missed() {
    let Some(cluster) = cluster(3).await else { return };
    let silence = async |cluster: &Cluster| {
        cluster[2].redis.black_hole();
        bus_is(&cluster[2], false).await;
        cluster[2].redis.restore();
    };
    nothing_is_missed(&cluster, silence).await;
}

#[tokio::test]
async fn nothing_is_missed_over_a_slow_line_to_redis() {
    let Some(cluster) = cluster(3).await else { return };
    let slow = async |cluster: &Cluster| {
        cluster[0].redis.slow(Duration::from_millis(150));
        sleep(Duration::from_secs(3)).await;
        cluster[0].redis.restore();
    };
    nothing_is_missed(&cluster, slow).await;
}

#[tokio::test]
async fn a_node_without_redis_goes_on_for_its_own_clients() {
    let Some(cluster) = cluster(2).await else { return };
    cluster[0].redis.cut();
    bus_is(&cluster[0], false).await;
    let (mut visitor, mut agent) = conversing(&cluster[0], &cluster[0], "local").await;
    let asked = Instant::now();
    visitor.say("still there?").await.unwrap();
    assert_eq!(agent.socket.next("message_received").await.unwrap()["content"], "still there?");
    assert!(asked.elapsed() < Duration::from_secs(2), "Redis is in nobody's way");
    let mut socket = connect(&cluster[0]).await;
    socket.subscribe("room").await.unwrap();
    api(&cluster[0]).trigger("room", "told", &json!(1)).await;
    assert_eq!(socket.next_data("told").await.unwrap(), 1);
    cluster[0].redis.restore();
    bus_is(&cluster[0], true).await;
}

#[tokio::test]
async fn nodes_start_without_redis_and_find_it_later() {
    let Some(cluster) = cluster(2).await else { return };
    cluster.redis.stop().await;
    for node in cluster.nodes() {
        node.kill9().await;
        node.restart().await;
    }
    cluster.redis.begin().await;
    for node in cluster.nodes() {
        bus_is(node, true).await;
    }
    let (mut visitor, mut agent) = conversing(&cluster[0], &cluster[1], "late").await;
    visitor.say("hello again").await.unwrap();
    assert_eq!(agent.socket.next("message_received").await.unwrap()["content"], "hello again");
}

/// By when a message is taken at last. An attempt that lost the database in the middle of it, and could not
/// say so there, keeps its key to itself until its lease is over.
const TAKEN: Duration = Duration::from_mins(2);

/// What a writer does who is refused: the same again, under the same key, until it is taken.
async fn insist(node: &TestApp, conversation: &str, text: &str) {
    let url = format!("{}/api/v1/conversations/{}/messages", node.base_url, muro_id(conversation));
    let deadline = Instant::now() + TAKEN;
    let client = reqwest::Client::builder().timeout(Duration::from_secs(7)).build().unwrap();
    loop {
        let request = client.post(&url).bearer_auth(&node.demo.muro.key);
        let request = request.header("Idempotency-Key", text).json(&json!({ "content": text }));
        let answer = match request.send().await {
            Ok(answer) if answer.status() == 201 => return,
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        // The database may go between the commit and its word: then the message is there, and no answer to it.
        if answer.contains("was carried out, and its answer is not known") {
            return;
        }
        assert!(Instant::now() < deadline, "{text} is never taken: {answer}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Messages that are sent meanwhile are refused and sent again; whoever listens hears each once.
async fn writers_insist_and_nothing_is_doubled(
    cluster: &Cluster,
    what_happens: impl AsyncFnOnce(&Cluster),
) {
    const MESSAGES: u64 = 20;
    let (mut visitor, mut agent) = conversing(&cluster[0], &cluster[1], "stays").await;
    let id = visitor.conversation().to_owned();
    let writing = async {
        for number in 0..MESSAGES {
            insist(&cluster[1], &id, &format!("number-{number}")).await;
            sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::join!(writing, what_happens(cluster));
    for socket in [&mut visitor.socket, &mut agent.socket] {
        hears_everything(socket, 1 + MESSAGES).await;
    }
}

#[tokio::test]
async fn nothing_is_missed_and_nothing_doubled_when_postgres_is_restarted() {
    let Some((cluster, postgres)) = Cluster::start_with_postgres(2, &[]).await else { return };
    let restarted = async |_: &Cluster| {
        sleep(Duration::from_millis(300)).await;
        postgres.restart().await;
    };
    writers_insist_and_nothing_is_doubled(&cluster, restarted).await;
}

#[tokio::test]
async fn nothing_is_missed_and_nothing_doubled_when_a_node_is_cut_off_from_postgres() {
    let Some(cluster) = cluster(2).await else { return };
    let cut = async |cluster: &Cluster| {
        sleep(Duration::from_millis(300)).await;
        cluster[1].postgres.cut();
        sleep(Duration::from_secs(3)).await;
        cluster[1].postgres.restore();
    };
    writers_insist_and_nothing_is_doubled(&cluster, cut).await;
}

#[tokio::test]
async fn a_node_whose_line_to_postgres_is_silent_holds_up_no_other() {
    let Some(cluster) = cluster(2).await else { return };
    let (mut visitor, mut agent) = conversing(&cluster[0], &cluster[1], "stays").await;
    let id = visitor.conversation().to_owned();
    // Wherever in a transaction the silent node is, what it has locked is free again before long.
    let silent = async {
        let last_words = json!({ "content": "last words" });
        let _ = Rest::of(&cluster[1])
            .create(&format!("/conversations/{}/messages", muro_id(&id)), &last_words)
            .await;
    };
    let heard = async {
        sleep(Duration::from_millis(2)).await;
        cluster[1].postgres.black_hole();
        for number in 0..5 {
            let deadline = Instant::now() + HEALED;
            while visitor.say(&number.to_string()).await.is_err() {
                assert!(Instant::now() < deadline, "the other node is held up");
            }
        }
        cluster[1].postgres.restore();
    };
    tokio::join!(silent, heard);
    loop {
        let message = agent.socket.next("message_received").await.unwrap();
        if message["content"] == "4" {
            return;
        }
    }
}
