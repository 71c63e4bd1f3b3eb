//! Webhooks tell what happens on channels: all of it, in order, signed, whatever befalls the receiver
//! or the server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::pusher::{PusherApp, PusherSocket, hmac_hex};
use crate::support::{Answer, Receiver, SOON, TestApp, free_port};

const APP: PusherApp = PusherApp::TEST;
/// Waits that are short enough for a test.
const HASTE: [(&str, &str); 4] = [
    ("WEBHOOKS__RETRY_FIRST_MS", "100"),
    ("WEBHOOKS__TIMEOUT_MS", "1000"),
    ("WEBHOOKS__VACATED_DELAY_MS", "1000"),
    ("WEBHOOKS__LOST_GRACE_MS", "1000"),
];

async fn serve(url: &str, settings: Value) -> Arc<TestApp> {
    let mut app = json!({
        "client_events": true, "client_events_per_second": 0, "webhooks": [{ "url": url }],
    });
    app.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    APP.serve_with(app, &HASTE).await
}

async fn connect(server: &TestApp) -> PusherSocket {
    PusherSocket::connect(server, APP).await.unwrap()
}

/// An event as `name channel`, with the user where there is one.
fn shown(event: &Value) -> String {
    let field = |name: &str| event[name].as_str().map(ToOwned::to_owned);
    let parts = ["name", "channel", "user_id"].into_iter().filter_map(field);
    parts.collect::<Vec<_>>().join(" ")
}

fn all_shown(events: &[Value]) -> Vec<String> {
    events.iter().map(shown).collect()
}

fn has(events: &[Value], wanted: &str) -> bool {
    events.iter().any(|event| shown(event) == wanted)
}

/// The numbers that client events on a channel carried, as they were accepted.
fn numbers(events: &[Value], channel: &str) -> Vec<u64> {
    let said = |event: &&Value| event["name"] == "client_event" && event["channel"] == channel;
    events
        .iter()
        .filter(said)
        .map(|event| event["data"].as_str().unwrap().parse().unwrap())
        .collect()
}

async fn count_to(socket: &mut PusherSocket, channel: &str, last: u64) {
    for number in 1..=last {
        socket.say(channel, "client-count", json!(number)).await.unwrap();
    }
    let _ = socket.all_until_pong().await.unwrap();
}

#[tokio::test]
async fn a_receiver_hears_who_comes_and_goes() {
    let receiver = Receiver::start().await;
    let webhook = json!({ "url": receiver.url, "headers": { "X-Mine": "yes" } });
    let server = serve(&receiver.url, json!({ "webhooks": [webhook] })).await;
    let mut socket = connect(&server).await;
    socket.join("presence-room", &json!({ "user_id": 7 })).await.unwrap();
    receiver.until(SOON, |events| has(events, "member_added presence-room 7")).await;
    socket.vanish();
    let events = receiver.until(SOON, |events| has(events, "channel_vacated presence-room")).await;
    let expected = [
        "channel_occupied presence-room",
        "member_added presence-room 7",
        "member_removed presence-room 7",
        "channel_vacated presence-room",
    ];
    assert_eq!(all_shown(&events), expected);
    for hook in receiver.hooks() {
        let header = |name: &str| hook.headers.get(name).map(String::as_str);
        assert_eq!(header("x-pusher-key"), Some(APP.key));
        assert_eq!(header("x-pusher-signature"), Some(&*hmac_hex(APP.secret, &hook.body)));
        assert_eq!(header("content-type"), Some("application/json"));
        assert_eq!(header("x-mine"), Some("yes"));
        assert!(header("user-agent").unwrap().starts_with("switchboard/"));
        assert!(hook.json()["time_ms"].as_i64().unwrap() > 1_700_000_000_000);
        assert_eq!(hook.events().len(), 1, "without batching each event comes alone");
    }
}

#[tokio::test]
async fn whoever_comes_back_in_time_was_never_away() {
    let receiver = Receiver::start().await;
    let server = serve(&receiver.url, json!({})).await;
    let (mut first, mut second) = (connect(&server).await, connect(&server).await);
    first.join("presence-room", &json!({ "user_id": "7" })).await.unwrap();
    first.vanish();
    second.join("presence-room", &json!({ "user_id": "7" })).await.unwrap();
    // Comes later and goes later: when that is told, the other would have been.
    second.subscribe("later").await.unwrap();
    second.unsubscribe("later").await.unwrap();
    let events = receiver.until(SOON, |events| has(events, "channel_vacated later")).await;
    let expected = [
        "channel_occupied presence-room",
        "member_added presence-room 7",
        "channel_occupied later",
        "channel_vacated later",
    ];
    let mut told = all_shown(&events);
    told.sort_by_key(|event| expected.iter().position(|wanted| wanted == event));
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_receiver_that_fails_hears_everything_in_order() {
    let receiver = Receiver::failing(Answer::FAILURES).await;
    let server = serve(&receiver.url, json!({})).await;
    let mut socket = connect(&server).await;
    for channel in ["private-a", "private-b"] {
        socket.subscribe(channel).await.unwrap();
        count_to(&mut socket, channel, 5).await;
    }
    let events = receiver.until(SOON, |events| events.len() == 12).await;
    for channel in ["private-a", "private-b"] {
        assert_eq!(numbers(&events, channel), [1, 2, 3, 4, 5]);
        let first = events.iter().find(|event| event["channel"] == channel).unwrap();
        assert_eq!(first["name"], "channel_occupied");
    }
    let failed = receiver.hooks().iter().filter(|hook| !hook.is_accepted).count();
    assert_eq!(
        failed,
        Answer::FAILURES.len(),
        "each failure was one attempt, and redirects are none"
    );
}

#[tokio::test]
async fn events_share_a_request_where_the_app_says_so() {
    // While the first request is not answered, the others gather.
    let receiver = Receiver::failing([Answer::Silence]).await;
    let server = serve(&receiver.url, json!({ "batch_webhooks": true })).await;
    let mut socket = connect(&server).await;
    socket.subscribe("private-a").await.unwrap();
    count_to(&mut socket, "private-a", 9).await;
    let events = receiver.until(SOON, |events| events.len() == 10).await;
    assert_eq!(numbers(&events, "private-a"), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let largest = receiver.hooks().iter().map(|hook| hook.events().len()).max();
    assert!(largest > Some(1), "no request had several events");
}

#[tokio::test]
async fn what_happened_before_a_power_cut_is_told_after_it() {
    let port = free_port();
    let server = serve(&format!("http://127.0.0.1:{port}/hooks"), json!({})).await;
    let mut socket = connect(&server).await;
    socket.subscribe("private-a").await.unwrap();
    count_to(&mut socket, "private-a", 5).await;
    await_pending(&server, 6).await;
    server.kill9().await;
    let receiver = Receiver::start_on(port).await;
    server.restart().await;
    // What was being posted in that moment is another's until its lease runs out.
    let events = receiver.until(SOON * 3, |events| numbers(events, "private-a").len() == 5).await;
    assert_eq!(numbers(&events, "private-a"), [1, 2, 3, 4, 5]);
    assert_eq!(shown(&events[0]), "channel_occupied private-a");
}

#[tokio::test]
async fn a_killed_server_leaves_no_ghosts() {
    let receiver = Receiver::start().await;
    let server = serve(&receiver.url, json!({})).await;
    let mut socket = connect(&server).await;
    socket.join("presence-gone", &json!({ "user_id": "7" })).await.unwrap();
    socket.subscribe("kept").await.unwrap();
    receiver.until(SOON, |events| has(events, "channel_occupied kept")).await;
    server.kill9().await;
    server.restart().await;
    let mut back = connect(&server).await;
    back.subscribe("kept").await.unwrap();
    // A server counts as dead after some time only.
    let gone = |events: &[Value]| has(events, "channel_vacated presence-gone");
    let events = receiver.until(SOON * 4, gone).await;
    let expected = [
        "channel_occupied presence-gone",
        "member_added presence-gone 7",
        "channel_occupied kept",
        "member_removed presence-gone 7",
        "channel_vacated presence-gone",
    ];
    let mut told = all_shown(&events);
    told.sort_by_key(|event| expected.iter().position(|wanted| wanted == event));
    // What was accepted in the moment of the power cut is told again.
    told.dedup();
    assert_eq!(told, expected, "the one who came back was never away");
}

#[tokio::test]
async fn a_server_that_is_asked_to_end_forgets_nothing() {
    let port = free_port();
    let server = serve(&format!("http://127.0.0.1:{port}/hooks"), json!({})).await;
    let mut socket = connect(&server).await;
    socket.subscribe("private-a").await.unwrap();
    count_to(&mut socket, "private-a", 5).await;
    assert!(server.terminate(SOON * 2).await.success());
    let receiver = Receiver::start_on(port).await;
    server.restart().await;
    let events = receiver.until(SOON, |events| has(events, "channel_vacated private-a")).await;
    assert_eq!(numbers(&events, "private-a"), [1, 2, 3, 4, 5]);
}

/// Waits until so many deliveries wait in the outbox.
async fn await_pending(server: &TestApp, count: u32) {
    let line = format!("switchboard_webhook_deliveries_pending {count}");
    let deadline = Instant::now() + SOON;
    while Instant::now() < deadline {
        let figures = reqwest::get(format!("{}/metrics", server.base_url)).await.unwrap();
        if figures.text().await.unwrap().lines().any(|it| it == line) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("there are not {count} deliveries in the outbox");
}
