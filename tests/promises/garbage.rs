//! A hostile peer harms itself only: thousands of damaged frames, bodies and requests.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::damage::{damage, damaged};
use crate::support::{Agent, Database, TestApp, Visitor};

/// Things a client may say, to be damaged.
const PACKETS: [&str; 12] = [
    "40",
    r#"40{"pid":"abc","offset":"def","token":"ghi"}"#,
    "41",
    r#"42["send_message",{"conversation_id":null,"content":"x","sender_type":"end_user"}]"#,
    r#"421["join_conversation",{"conversation_id":"0192e3a0-0000-7000-8000-000000000000","external_id":"a","after":1}]"#,
    r#"422["mark_read",{"conversation_id":"0192e3a0-0000-7000-8000-000000000000","message_ids":["a","b"]}]"#,
    r#"423["user_typing",{"conversation_id":"x","sender_type":"agent"}]"#,
    r#"42["claim_conversation",{"conversation_id":["not","text"]}]"#,
    r#"4351["ack",{"deep":[[[[[[]]]]]]}]"#,
    r#"452-7["binary",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#,
    "3probe",
    "\u{1e}b////\u{1e}4\u{1e}2\u{1e}",
];

const REQUESTS: [&str; 6] = [
    "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: a\r\n\r\n",
    "POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n42[\"x",
    "GET /api/conversations/?filter=mine HTTP/1.1\r\nhost: a\r\ncookie: session=abc; x=y\r\n\r\n",
    "POST /auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 9\r\n\r\nemail=%zz",
    "GET /chat-widget?embed_token=ew_%00&session_id=%ff HTTP/1.1\r\nhost: a\r\norigin: null\r\n\r\n",
    "POST /api/conversations/x/tag HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{\"t\r\n0\r\n\r\n",
];

#[tokio::test]
async fn garbage_disturbs_nobody() {
    let settings =
        [("REALTIME__EVENTS_PER_SECOND", "0"), ("REALTIME__CONNECTIONS_PER_ADDRESS", "0")];
    let app = TestApp::start_with(&Database::Sqlite, &settings).await;
    let stop = CancellationToken::new();
    let mut bystanders = JoinSet::new();
    for number in 0..3 {
        // They talk before the first stone flies.
        let pair = meet(&app, number).await;
        bystanders.spawn(talk(pair, stop.clone()));
    }
    let mut vandals = JoinSet::new();
    for seed in 0..3 {
        vandals.spawn(break_websockets(Arc::clone(&app), seed));
        vandals.spawn(break_polls(Arc::clone(&app), seed));
        vandals.spawn(break_http(Arc::clone(&app), seed));
    }
    vandals.join_all().await;
    stop.cancel();
    for spoken in bystanders.join_all().await {
        assert!(spoken > 10, "only {spoken} messages got through");
    }
    assert!(app.is_alive().await);
    assert!(!app.log().contains("panicked"), "see the log");
}

/// A visitor and an agent in one conversation, of which both have heard the first message.
async fn meet(app: &TestApp, number: usize) -> (Visitor, Agent) {
    let name = format!("bystander-{number}");
    let mut visitor = Visitor::with_conversation(app, &name).await.unwrap();
    let mut agent = Agent::arrive(app, &app.demo.agents[number % 2]).await.unwrap();
    agent.join(visitor.conversation()).await.unwrap();
    visitor.socket.next("message_received").await.unwrap();
    (visitor, agent)
}

/// Both talk all the while; each message must arrive, once and in order. Gives the number of the last.
async fn talk((mut visitor, mut agent): (Visitor, Agent), stop: CancellationToken) -> usize {
    let id = visitor.conversation().to_owned();
    let mut seq = 1;
    while !stop.is_cancelled() {
        visitor.say("still there?").await.unwrap();
        agent.say(&id, "still here").await.unwrap();
        for socket in [&mut visitor.socket, &mut agent.socket] {
            for expected in [seq + 1, seq + 2] {
                let message = socket.next("message_received").await.unwrap();
                assert_eq!(message["seq"], expected);
            }
        }
        seq += 2;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    seq
}

/// Damaged packets in good frames, and damaged frames.
async fn break_websockets(app: Arc<TestApp>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..250 {
        let mut stream = TcpStream::connect(&app.address).await.unwrap();
        let head = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: a\r\n\
                    upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n\
                    sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let mut bytes = head.as_bytes().to_vec();
        bytes.extend(frame(0x81, b"40"));
        for _ in 0..random.random_range(1..6) {
            let packet = damaged(&mut random, &PACKETS);
            let first = if random.random_bool(0.9) { 0x81 } else { random.random() };
            let framed = frame(first, &packet);
            let harmed = random.random_bool(0.2);
            bytes.extend(if harmed { damage(&mut random, &framed) } else { framed });
        }
        hang_up(&mut stream, &bytes).await;
    }
}

/// Damaged payloads to sessions that exist and to some that do not.
async fn break_polls(app: Arc<TestApp>, seed: u64) {
    let mut random = StdRng::seed_from_u64(1000 + seed);
    let client = Client::new();
    let base = format!("{}/socket.io/?EIO=4&transport=polling", app.base_url);
    for _ in 0..80 {
        let handshake = client.get(&base).send().await.unwrap().text().await.unwrap();
        let sid = handshake.split('"').nth(3).unwrap().to_owned();
        let url = format!("{base}&sid={sid}");
        for _ in 0..4 {
            let body = damaged(&mut random, &PACKETS);
            let answer = client.post(&url).body(body).send().await.unwrap();
            assert!(answer.status().is_success() || answer.status().is_client_error());
        }
        let leaving = client.post(&url).body("1").send().await.unwrap();
        assert!(!leaving.status().is_server_error());
    }
}

/// Damaged requests, and noise that never was one.
async fn break_http(app: Arc<TestApp>, seed: u64) {
    let mut random = StdRng::seed_from_u64(2000 + seed);
    for _ in 0..250 {
        let mut stream = TcpStream::connect(&app.address).await.unwrap();
        let bytes = if random.random_bool(0.2) {
            (0..random.random_range(1..2000)).map(|_| random.random()).collect()
        } else {
            damaged(&mut random, &REQUESTS)
        };
        hang_up(&mut stream, &bytes).await;
    }
}

/// Sends, listens for a moment, and is gone without a word.
async fn hang_up(stream: &mut TcpStream, bytes: &[u8]) {
    // The server may have hung up first.
    let _ = stream.write_all(bytes).await;
    let mut answer = [0; 1024];
    let _ = timeout(Duration::from_millis(5), stream.read(&mut answer)).await;
}

/// A masked frame with this first byte.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[first, 0x80 | 0x7e][..], &length, &[0; 4], payload].concat()
}
