//! Connections carried by HTTP requests: a GET waits for what the server has to say, a POST brings
//! what the client has.
//!
//! The session runs in a task of its own (`polling_session`) and is fed through a short queue; a POST is answered when
//! all it brought is in there. GETs take straight from the outgoing queue. One GET and one POST at
//! a time: a second one means that two clients share an id, and ends the connection.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use parking_lot::Mutex;
use switchboard_protocol::engineio::{CLOSE, NOOP, Packet, PayloadWriter, Refusal, decode_payload};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::http::{TEXT, refuse};
use crate::body;
use crate::realtime::close::Close;
use crate::realtime::connection::Inbound;
use crate::realtime::line::Line;
use crate::realtime::websocket::{WebSocket, Wire};

/// How long what was said last may wait for a GET that takes it.
const LINGER: Duration = Duration::from_secs(2);
/// How long a goodbye waits for the GET its client sent beside it, over another TCP connection.
const CROSSING: Duration = Duration::from_millis(100);

/// Packets in one answer to a GET. The Python client takes more for an attack, and hangs up.
const PACKETS_MAX: usize = 16;

/// Stages of a connection that began with polling.
const POLLING: u8 = 0;
const PROBING: u8 = 1;
const UPGRADED: u8 = 2;

/// What requests share with the session's task.
#[derive(Debug)]
pub(super) struct Polling {
    line: Arc<Line>,
    arrivals: mpsc::Sender<Arrival>,
    stage: AtomicU8,
    getting: AtomicBool,
    posting: AtomicBool,
    /// A GET has come.
    polled: Notify,
    /// Sends the waiting GET home with a noop.
    released: Notify,
    /// The wire of the WebSocket that takes over, until the session's task fetches it.
    upgraded: Mutex<Option<Arc<Wire>>>,
    upgrading: Notify,
    /// A request ended the connection, for this reason.
    verdict: OnceLock<Close>,
    hung_up: Notify,
    /// The session is over.
    over: CancellationToken,
}

/// What requests hand to the session's task.
#[derive(Debug)]
pub(super) enum Arrival {
    /// Something a POST brought.
    Packet(Inbound),
    /// Nothing comes by POST after this.
    Upgraded(WebSocket),
}

impl Polling {
    pub(super) fn new(line: Arc<Line>, arrivals: mpsc::Sender<Arrival>) -> Self {
        Self {
            line,
            arrivals,
            stage: AtomicU8::new(POLLING),
            getting: AtomicBool::new(false),
            posting: AtomicBool::new(false),
            polled: Notify::new(),
            released: Notify::new(),
            upgraded: Mutex::new(None),
            upgrading: Notify::new(),
            verdict: OnceLock::new(),
            hung_up: Notify::new(),
            over: CancellationToken::new(),
        }
    }

    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    /// Answers a GET: with what waits, or as soon as something does.
    pub(super) async fn poll(&self) -> Response {
        if self.stage.load(Ordering::Acquire) == UPGRADED {
            return refuse(Refusal::BadRequest);
        }
        let Some(turn) = Turn::take(&self.getting, self) else {
            self.hang_up(Close::ParseError);
            return refuse(Refusal::BadRequest);
        };
        self.polled.notify_waiters();
        let body = self.next_payload().await;
        turn.done();
        (TEXT, body).into_response()
    }

    async fn next_payload(&self) -> String {
        // While a client upgrades, a poll must not keep it waiting.
        if self.stage.load(Ordering::Acquire) != POLLING && self.line.outbound.is_empty() {
            return NOOP.to_owned();
        }
        tokio::select! {
            biased;
            () = self.line.outbound.ready() => self.collect(),
            () = self.released.notified() => NOOP.to_owned(),
            () = self.over.cancelled() => self.last_word().to_owned(),
        }
    }

    /// What a GET that waited to the end is told: that the server hung up, or, when the client itself
    /// said goodbye with a POST, nothing new.
    fn last_word(&self) -> &'static str {
        if self.verdict.get().is_some() { CLOSE } else { NOOP }
    }

    fn collect(&self) -> String {
        let mut payload = PayloadWriter::new();
        for frame in self.line.outbound.take_at_most(PACKETS_MAX) {
            if let Some(text) = frame.as_text() {
                payload.push_text(text);
            } else if let Some(bytes) = frame.as_binary() {
                payload.push_binary(bytes);
            }
        }
        if payload.is_empty() {
            // Woken with nothing to take: the queue is closed.
            payload.push_text(CLOSE);
        }
        payload.finish()
    }

    /// Answers a POST, once the session's queue has taken what it brought.
    pub(super) async fn post(&self, parts: &Parts, body: Body, bytes_max: usize) -> Response {
        if self.stage.load(Ordering::Acquire) == UPGRADED {
            return refuse(Refusal::BadRequest);
        }
        let Some(turn) = Turn::take(&self.posting, self) else {
            self.hang_up(Close::ParseError);
            return refuse(Refusal::BadRequest);
        };
        let answer = match self.read_body(parts, body, bytes_max).await {
            Ok(text) => self.accept_payload(&text).await,
            Err(refused) => refused,
        };
        turn.done();
        answer
    }

    async fn read_body(
        &self,
        parts: &Parts,
        body: Body,
        bytes_max: usize,
    ) -> Result<Bytes, Response> {
        let announced = parts.headers.get(CONTENT_LENGTH);
        let announced = announced.and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
        let read = if announced.is_some_and(|length| length > bytes_max) {
            body::discard(body).await;
            None
        } else {
            body::read(body, bytes_max).await.ok()
        };
        read.ok_or_else(|| {
            self.hang_up(Close::TooLarge);
            let limit = format!("a payload may have at most {bytes_max} bytes");
            (StatusCode::PAYLOAD_TOO_LARGE, TEXT, limit).into_response()
        })
    }

    async fn accept_payload(&self, body: &[u8]) -> Response {
        let Ok(text) = std::str::from_utf8(body) else {
            self.hang_up(Close::NotText);
            return refuse(Refusal::BadRequest);
        };
        for packet in decode_payload(text) {
            let inbound = match packet {
                Ok(Packet::Binary(bytes)) => Inbound::Binary(bytes),
                Ok(packet) => Inbound::Text(packet.encode()),
                Err(_) => {
                    self.hang_up(Close::ParseError);
                    return refuse(Refusal::BadRequest);
                }
            };
            if self.arrivals.send(Arrival::Packet(inbound)).await.is_err() {
                return refuse(Refusal::UnknownSession);
            }
        }
        ([(CONTENT_TYPE, "text/html"), (CACHE_CONTROL, "no-store")], "ok").into_response()
    }

    /// A WebSocket wants to take over. False when one has already, or is about to.
    pub(super) fn begin_upgrade(&self) -> bool {
        let (from, to) = (POLLING, PROBING);
        self.stage.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Lets the waiting GET go home, so that the client can go on with its upgrade.
    pub(super) fn release_poll(&self) {
        if self.getting.load(Ordering::Acquire) {
            self.released.notify_one();
        }
    }

    /// The client has stopped polling: the WebSocket carries the connection from here.
    pub(super) async fn finish_upgrade(&self, socket: WebSocket) {
        self.stage.store(UPGRADED, Ordering::Release);
        self.release_poll();
        *self.upgraded.lock() = Some(Arc::clone(socket.wire()));
        self.upgrading.notify_one();
        let _ = self.arrivals.send(Arrival::Upgraded(socket)).await;
    }

    /// The wire to write to, as soon as one has taken over.
    pub(super) async fn upgraded(&self) -> Arc<Wire> {
        loop {
            self.upgrading.notified().await;
            if let Some(wire) = self.upgraded.lock().take() {
                return wire;
            }
        }
    }

    /// The upgrade came to nothing: polling goes on.
    pub(super) fn abandon_upgrade(&self) {
        self.stage.store(POLLING, Ordering::Release);
    }

    fn hang_up(&self, close: Close) {
        let _ = self.verdict.set(close);
        self.hung_up.notify_one();
    }

    /// How a request ended the connection. After an upgrade none can: what is left of them is late.
    pub(super) async fn verdict(&self) -> Close {
        loop {
            self.hung_up.notified().await;
            if self.stage.load(Ordering::Acquire) != UPGRADED {
                return self.verdict.get().copied().unwrap_or(Close::PeerGone);
            }
        }
    }

    /// Gives the last words a moment to be fetched.
    pub(super) async fn finish(&self, close: Close) {
        let by_server = matches!(close, Close::Server(_) | Close::PeerLeft | Close::ParseError);
        if by_server && self.stage.load(Ordering::Acquire) != UPGRADED {
            let _ = timeout(LINGER, self.line.outbound.drained()).await;
        }
        if close == Close::PeerLeft {
            self.await_crossing_poll().await;
        }
        self.over.cancel();
    }

    /// A client that leaves keeps a GET open all the while, but the two requests race: when the GET is
    /// the later one it must find its connection, not an unknown id.
    async fn await_crossing_poll(&self) {
        let polled = self.polled.notified();
        if !self.getting.load(Ordering::Acquire) {
            let _ = timeout(CROSSING, polled).await;
        }
    }
}

/// The right to be the one request of its kind. A request that is dropped before it is done was
/// cancelled by its client, and takes the connection with it: its answer has nowhere to go.
struct Turn<'a> {
    flag: &'a AtomicBool,
    polling: &'a Polling,
    done: bool,
}

impl<'a> Turn<'a> {
    fn take(flag: &'a AtomicBool, polling: &'a Polling) -> Option<Self> {
        let free = !flag.swap(true, Ordering::AcqRel);
        free.then_some(Self { flag, polling, done: false })
    }

    fn done(mut self) {
        self.done = true;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.flag.store(false, Ordering::Release);
        if !self.done {
            self.polling.hang_up(Close::PeerGone);
        }
    }
}
