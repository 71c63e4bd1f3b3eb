//! Bare connections: what these tests send is exactly what they say.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::support::{Example, SOON};

/// A WebSocket that shows every message it gets.
pub(super) struct Wire {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Wire {
    /// Opens a WebSocket on this path and query.
    pub(super) async fn open(example: &Example, path: &str) -> Self {
        let url = format!("ws://{}{path}", example.address);
        let opened = timeout(SOON, tokio_tungstenite::connect_async(url)).await;
        let (stream, _) = opened.expect("an answer").expect("a WebSocket");
        Self { stream }
    }

    /// Opens an Engine.IO connection and returns it with its handshake.
    pub(super) async fn engine(example: &Example, path: &str) -> (Self, Value) {
        let mut wire = Self::open(example, &format!("{path}?EIO=4&transport=websocket")).await;
        let handshake = handshake(&wire.text().await);
        (wire, handshake)
    }

    pub(super) async fn send(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.expect("the connection is open");
    }

    pub(super) async fn send_binary(&mut self, bytes: &[u8]) {
        let message = Message::binary(bytes.to_vec());
        self.stream.send(message).await.expect("the connection is open");
    }

    /// The next message, or `None` when the connection has ended.
    pub(super) async fn next(&mut self) -> Option<Message> {
        loop {
            match timeout(SOON, self.stream.next()).await.expect("something comes") {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Some(message),
            }
        }
    }

    /// The next text; Engine.IO's pings are answered on the way.
    pub(super) async fn text(&mut self) -> String {
        loop {
            let message = self.next().await.expect("the connection is open");
            let text = message.into_text().expect("it is text").to_string();
            if text != "2" {
                return text;
            }
            self.send("3").await;
        }
    }

    /// The next binary message; Engine.IO's pings are answered on the way.
    pub(super) async fn binary(&mut self) -> Vec<u8> {
        loop {
            match self.next().await.expect("the connection is open") {
                Message::Binary(bytes) => return bytes.to_vec(),
                Message::Text(text) if text == "2" => self.send("3").await,
                other => panic!("not binary: {other:?}"),
            }
        }
    }

    /// Reads to the end, answering no ping.
    pub(super) async fn ends(&mut self) {
        while self.next().await.is_some() {}
    }

    /// Whether it stays open for a while, pings answered.
    pub(super) async fn stays_open(&mut self) {
        for _ in 0..3 {
            assert_eq!(self.next().await, Some(Message::text("2")), "only pings come");
            self.send("3").await;
        }
    }
}

/// A session over HTTP long-polling.
pub(super) struct Polling {
    client: Client,
    url: String,
}

impl Polling {
    /// Opens a session on this path.
    pub(super) async fn open(example: &Example, path: &str) -> (Self, Value) {
        let client = Client::builder().pool_max_idle_per_host(0).build().expect("a client");
        let base = format!("{}{path}?EIO=4&transport=polling", example.base_url);
        let answer = client.get(&base).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let handshake = handshake(&answer.text().await.expect("a text"));
        let sid = handshake["sid"].as_str().expect("a sid");
        (Self { client, url: format!("{base}&sid={sid}") }, handshake)
    }

    pub(super) async fn get(&self) -> Response {
        let getting = self.client.get(&self.url).send();
        timeout(SOON, getting).await.expect("an answer").expect("an answer")
    }

    /// The body of a GET that succeeds.
    pub(super) async fn poll(&self) -> String {
        let answer = self.get().await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.text().await.expect("a text")
    }

    pub(super) async fn post(&self, body: impl Into<reqwest::Body>) -> StatusCode {
        let posting = self.client.post(&self.url).body(body).send();
        timeout(SOON, posting).await.expect("an answer").expect("an answer").status()
    }

    /// The session is gone.
    pub(super) async fn is_gone(&self) {
        // The server may have last words to wait with.
        for _ in 0..30 {
            if self.get().await.status() == StatusCode::BAD_REQUEST {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the session is still there");
    }

    /// The sid, for whoever takes the session over.
    pub(super) fn sid(&self) -> &str {
        self.url.rsplit_once('=').expect("the URL ends with it").1
    }
}

fn handshake(packet: &str) -> Value {
    let json = packet.strip_prefix('0').unwrap_or_else(|| panic!("no handshake: {packet}"));
    serde_json::from_str(json).expect("a handshake is JSON")
}
