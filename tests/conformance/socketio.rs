//! Socket.IO 5 on top of Engine.IO.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::wire::{Polling, Wire};
use crate::support::Example;

const SOCKETS: &str = "/socket.io/";

/// A connection to the namespace `/` that has read its welcome.
async fn connected(example: &Example) -> Wire {
    let (mut wire, _) = Wire::engine(example, SOCKETS).await;
    wire.send("40").await;
    assert!(wire.text().await.starts_with("40{"));
    assert_eq!(wire.text().await, r#"42["auth",{}]"#);
    wire
}

#[tokio::test]
async fn a_namespace_is_joined_with_and_without_a_payload() {
    let example = Example::start().await;
    for (connect, welcome, auth) in [
        ("40", "40", r#"42["auth",{}]"#),
        (r#"40{"token":"123"}"#, "40", r#"42["auth",{"token":"123"}]"#),
        ("40/custom,", "40/custom,", r#"42/custom,["auth",{}]"#),
        (r#"40/custom,{"a":[1]}"#, "40/custom,", r#"42/custom,["auth",{"a":[1]}]"#),
    ] {
        let (mut wire, handshake) = Wire::engine(&example, SOCKETS).await;
        wire.send(connect).await;
        let answer = wire.text().await;
        let welcome: Value = serde_json::from_str(answer.strip_prefix(welcome).unwrap()).unwrap();
        assert!(welcome["sid"].is_string());
        assert_ne!(welcome["sid"], handshake["sid"], "the transport's id is a secret of its own");
        assert_eq!(wire.text().await, auth);
    }
}

#[tokio::test]
async fn an_unknown_namespace_is_refused_and_the_connection_goes_on() {
    let example = Example::start().await;
    let (mut wire, _) = Wire::engine(&example, SOCKETS).await;
    wire.send("40/nowhere,").await;
    assert_eq!(wire.text().await, r#"44/nowhere,{"message":"Invalid namespace"}"#);
    wire.send("40").await;
    assert!(wire.text().await.starts_with("40{"));
}

#[tokio::test]
async fn who_joins_no_namespace_is_let_go() {
    let example = Example::start().await;
    let (mut wire, _) = Wire::engine(&example, SOCKETS).await;
    let began = Instant::now();
    // Pings are answered: it is not silence that ends this connection.
    while wire.next().await.is_some() {
        wire.send("3").await;
    }
    let elapsed = began.elapsed();
    assert!(elapsed > Duration::from_millis(800), "ended after {elapsed:?}");
    assert!(elapsed < Duration::from_secs(4), "ended after {elapsed:?}");
}

#[tokio::test]
async fn events_come_back_as_they_were_sent() {
    let example = Example::start().await;
    let mut wire = connected(&example).await;
    for args in [json!([]), json!([1, "2", { "3": [null, true, 1.5] }]), json!(["\u{1F600}"])] {
        let mut event = vec![json!("message")];
        event.extend(args.as_array().unwrap().clone());
        wire.send(&format!("42{}", json!(event))).await;
        event[0] = json!("message-back");
        let answer = wire.text().await;
        let came: Value = serde_json::from_str(answer.strip_prefix("42").unwrap()).unwrap();
        assert_eq!(came, json!(event));
    }
}

#[tokio::test]
async fn acknowledgements_carry_the_id_of_what_they_answer() {
    let example = Example::start().await;
    let mut wire = connected(&example).await;
    for id in [0_u64, 7, 456, 9_007_199_254_740_991] {
        wire.send(&format!(r#"42{id}["message-with-ack",1,{{"a":2}}]"#)).await;
        assert_eq!(wire.text().await, format!(r#"43{id}[1,{{"a":2}}]"#));
    }
}

#[tokio::test]
async fn attachments_follow_their_event() {
    let example = Example::start().await;
    let mut wire = connected(&example).await;
    let args = r#"{"_placeholder":true,"num":0},"x",{"_placeholder":true,"num":1}"#;
    wire.send(&format!(r#"452-["message",{args}]"#)).await;
    wire.send_binary(&[1, 2]).await;
    wire.send_binary(&[]).await;
    assert_eq!(wire.text().await, format!(r#"452-["message-back",{args}]"#));
    assert_eq!((wire.binary().await, wire.binary().await), (vec![1, 2], vec![]));

    wire.send(&format!(r#"452-9["message-with-ack",{args}]"#)).await;
    wire.send_binary(&[3]).await;
    wire.send_binary(&[4]).await;
    assert_eq!(wire.text().await, format!("462-9[{args}]"));
    assert_eq!((wire.binary().await, wire.binary().await), (vec![3], vec![4]));
}

#[tokio::test]
async fn a_namespace_is_left_and_the_connection_goes_on() {
    let example = Example::start().await;
    let mut wire = connected(&example).await;
    wire.send("40/custom,").await;
    assert!(wire.text().await.starts_with("40/custom,"));
    assert!(wire.text().await.starts_with("42/custom,"));
    wire.send("41/custom,").await;
    wire.send(r#"42["message","here"]"#).await;
    assert_eq!(wire.text().await, r#"42["message-back","here"]"#);
    wire.stays_open().await;
}

#[tokio::test]
async fn what_cannot_be_understood_ends_the_connection() {
    let example = Example::start().await;
    for packet in [
        "4abc",
        "4",
        "49",
        "42",
        "42{}",
        "42abc",
        "42[",
        "42[]",
        "42[1]",
        "42[null]",
        "42abc[]",
        r#"42"event""#,
        r#"42["message""#,
        r#"42["message"]x"#,
        "43",
        "43[1]",
        "43x[]",
        "44",
        "45[]",
        r#"45x-["message"]"#,
        r#"45-["message"]"#,
        r#"4511-["message"]"#,
        r#"4599999999999999999999-["message"]"#,
        r#"42999999999999999999999["message"]"#,
    ] {
        let mut wire = connected(&example).await;
        wire.send(packet).await;
        wire.ends().await;
    }
}

#[tokio::test]
async fn an_event_before_the_welcome_ends_the_connection() {
    let example = Example::start().await;
    for packet in [r#"42["message"]"#, r#"42/custom,["message"]"#, "431[]"] {
        let (mut wire, _) = Wire::engine(&example, SOCKETS).await;
        wire.send(packet).await;
        wire.ends().await;
    }
}

#[tokio::test]
async fn text_where_an_attachment_belongs_ends_the_connection() {
    let example = Example::start().await;
    let mut wire = connected(&example).await;
    wire.send(r#"451-["message",{"_placeholder":true,"num":0}]"#).await;
    wire.send(r#"42["message"]"#).await;
    wire.ends().await;
}

#[tokio::test]
async fn an_attachment_nobody_announced_ends_the_connection() {
    let example = Example::start().await;
    let mut wire = connected(&example).await;
    wire.send_binary(&[1]).await;
    wire.ends().await;
}

#[tokio::test]
async fn polling_speaks_the_same_language() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, SOCKETS).await;
    polling.post("40").await;
    let mut came = String::new();
    while !came.contains("auth") {
        came += &polling.poll().await;
    }
    let payload = "451-[\"message\",{\"_placeholder\":true,\"num\":0}]\u{1e}bAQID";
    polling.post(payload).await;
    let mut came = String::new();
    while !came.contains("bAQID") {
        came += &polling.poll().await;
    }
    assert!(came.contains("message-back"));
}
