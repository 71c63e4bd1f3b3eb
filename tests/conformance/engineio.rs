//! Engine.IO 4: handshake, messages and heartbeat.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::wire::{Polling, Wire};
use crate::support::Example;

const ENGINE: &str = "/engine.io/";

#[tokio::test]
async fn a_handshake_tells_its_terms() {
    let example = Example::start().await;
    for (handshake, upgrades) in [
        (Polling::open(&example, ENGINE).await.1, json!(["websocket"])),
        (Wire::engine(&example, ENGINE).await.1, json!([])),
    ] {
        assert!(handshake["sid"].as_str().is_some_and(|sid| sid.len() >= 16), "{handshake}");
        assert_eq!(handshake["upgrades"], upgrades);
        assert_eq!(handshake["pingInterval"], 300);
        assert_eq!(handshake["pingTimeout"], 200);
        assert_eq!(handshake["maxPayload"], 1_000_000);
    }
}

#[tokio::test]
async fn sids_are_not_guessed() {
    let example = Example::start().await;
    let mut sids = Vec::new();
    for _ in 0..20 {
        sids.push(Polling::open(&example, ENGINE).await.1["sid"].to_string());
    }
    sids.sort();
    sids.dedup();
    assert_eq!(sids.len(), 20);
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_with_its_code() {
    let example = Example::start().await;
    let client = reqwest::Client::new();
    for (method, query, code) in [
        (Method::GET, "", 0),
        (Method::GET, "EIO=4", 0),
        (Method::GET, "EIO=4&transport=carrier-pigeon", 0),
        (Method::GET, "transport=polling", 5),
        (Method::GET, "EIO=3&transport=polling", 5),
        (Method::GET, "EIO=abc&transport=polling", 5),
        (Method::GET, "EIO=4&transport=polling&sid=unknown", 1),
        (Method::POST, "EIO=4&transport=polling&sid=unknown", 1),
        (Method::POST, "EIO=4&transport=polling", 2),
        (Method::PUT, "EIO=4&transport=polling", 2),
        (Method::GET, "EIO=4&transport=websocket", 3),
    ] {
        let url = format!("{}{ENGINE}?{query}", example.base_url);
        let answer = client.request(method.clone(), url).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{method} {query}");
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["code"], code, "{method} {query}: {body}");
        assert!(body["message"].is_string());
    }
}

#[tokio::test]
async fn a_websocket_echoes_text_and_binary() {
    let example = Example::start().await;
    let (mut wire, _) = Wire::engine(&example, ENGINE).await;
    for text in ["4", "4hello", "4\u{1F600}\u{0}\u{1e}", "4b4"] {
        wire.send(text).await;
        assert_eq!(wire.text().await, text);
    }
    for bytes in [&[][..], &[4], &[0, 255, 30]] {
        wire.send_binary(bytes).await;
        assert_eq!(wire.binary().await, bytes);
    }
}

#[tokio::test]
async fn a_frame_as_large_as_allowed_passes_and_a_larger_one_ends_the_connection() {
    let example = Example::start().await;
    let (mut wire, _) = Wire::engine(&example, ENGINE).await;
    let largest = format!("4{}", "x".repeat(999_999));
    wire.send(&largest).await;
    assert_eq!(wire.text().await.len(), largest.len());
    wire.send(&format!("{largest}x")).await;
    wire.ends().await;
}

#[tokio::test]
async fn an_unknown_packet_ends_the_connection() {
    let example = Example::start().await;
    for packet in ["", "abc", "7", "9hello", "0{}", "\u{1e}"] {
        let (mut wire, _) = Wire::engine(&example, ENGINE).await;
        wire.send(packet).await;
        wire.ends().await;
    }
}

#[tokio::test]
async fn a_close_packet_ends_the_connection() {
    let example = Example::start().await;
    let (mut wire, _) = Wire::engine(&example, ENGINE).await;
    wire.send("1").await;
    wire.ends().await;
}

#[tokio::test]
async fn who_answers_pings_stays_and_who_does_not_goes() {
    let example = Example::start().await;
    let (mut wire, _) = Wire::engine(&example, ENGINE).await;
    wire.stays_open().await;
    let began = Instant::now();
    wire.ends().await;
    let silent = began.elapsed();
    assert!(silent > Duration::from_millis(400), "ended after {silent:?}");
    assert!(silent < Duration::from_secs(2), "ended after {silent:?}");
}

#[tokio::test]
async fn an_answer_to_no_ping_is_no_offence() {
    let example = Example::start().await;
    let (mut wire, _) = Wire::engine(&example, ENGINE).await;
    wire.send("3").await;
    wire.send("4still here").await;
    assert_eq!(wire.text().await, "4still here");
}
