//! Engine.IO 4 over HTTP requests.

use std::time::Duration;

use reqwest::StatusCode;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::wire::Polling;
use crate::support::Example;

const ENGINE: &str = "/engine.io/";

#[tokio::test]
async fn a_payload_carries_packets_of_both_kinds_in_order() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    for payload in ["4hello", "4a\u{1e}4b\u{1e}4c", "4text\u{1e}bAQID\u{1e}4more", "b"] {
        assert_eq!(polling.post(payload).await, StatusCode::OK);
        let mut came = polling.poll().await;
        // One answer may bring less than all that is to come.
        while came.len() < payload.len() {
            came = format!("{came}\u{1e}{}", polling.poll().await);
        }
        assert_eq!(came, payload);
    }
}

#[tokio::test]
async fn answers_are_plain_text_that_nobody_caches() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    polling.post("4x").await;
    let answer = polling.get().await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_ascii_lowercase();
    assert_eq!(header("content-type"), "text/plain; charset=utf-8");
    assert!(header("cache-control").contains("no-store"));
}

#[tokio::test]
async fn a_poll_waits_for_what_comes() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    let (came, posted) = tokio::join!(polling.poll(), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        polling.post("4later").await
    });
    assert_eq!((came.as_str(), posted), ("4later", StatusCode::OK));
}

/// The Python client hangs up at an answer with more.
#[tokio::test]
async fn an_answer_brings_at_most_sixteen_packets_and_the_next_ones_the_rest() {
    let example = Example::start_patient().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    let sent: Vec<_> = (0..40).map(|number| format!("4{number}")).collect();
    assert_eq!(polling.post(sent.join("\u{1e}")).await, StatusCode::OK);
    let mut came = Vec::new();
    while came.len() < sent.len() {
        let answer = polling.poll().await;
        let packets: Vec<_> = answer.split('\u{1e}').map(str::to_owned).collect();
        assert!(packets.len() <= 16, "{answer}");
        came.extend(packets);
    }
    assert_eq!(came, sent);
}

#[tokio::test]
async fn a_malformed_payload_ends_the_session() {
    let example = Example::start().await;
    for payload in [&b"abc"[..], b"4ok\x1e9", b"b***", b"4\xff\xfe", b"\x1e\x1e"] {
        let (polling, _) = Polling::open(&example, ENGINE).await;
        let status = polling.post(payload.to_vec()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{payload:?}");
        polling.is_gone().await;
    }
}

#[tokio::test]
async fn a_second_poll_at_once_ends_the_session() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    let (first, second) = tokio::join!(polling.poll(), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        polling.get().await
    });
    assert_eq!(first, "1", "who waited is told that it is over");
    assert_eq!(second.status(), StatusCode::BAD_REQUEST);
    polling.is_gone().await;
}

#[tokio::test]
async fn a_second_post_at_once_ends_the_session() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    let mut slow = TcpStream::connect(&example.address).await.unwrap();
    let head = format!(
        "POST {ENGINE}?EIO=4&transport=polling&sid={} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n4sl",
        polling.sid()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(polling.post("4quick").await, StatusCode::BAD_REQUEST);
    polling.is_gone().await;
}

#[tokio::test]
async fn a_cancelled_poll_ends_the_session() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    let cancelled = tokio::time::timeout(Duration::from_millis(50), polling.get()).await;
    assert!(cancelled.is_err(), "there was nothing to answer");
    polling.is_gone().await;
}

#[tokio::test]
async fn a_payload_beyond_the_limit_is_refused() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    let status = polling.post(format!("4{}", "x".repeat(1_000_000))).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    polling.is_gone().await;
}

#[tokio::test]
async fn who_does_not_poll_is_gone_after_its_time() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(polling.get().await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn who_polls_and_answers_pings_stays() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    for _ in 0..4 {
        assert_eq!(polling.poll().await, "2");
        assert_eq!(polling.post("3").await, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_client_that_leaves_is_let_go() {
    let example = Example::start().await;
    let (polling, _) = Polling::open(&example, ENGINE).await;
    let (waiting, status) = tokio::join!(polling.poll(), polling.post("1"));
    assert_eq!((waiting.as_str(), status), ("6", StatusCode::OK));
    polling.is_gone().await;
}
