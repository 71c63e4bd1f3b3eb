//! The loop of one WebSocket connection, whatever protocol is spoken on it.
//!
//! Three things go on at once, in one task, and the first to end ends the connection:
//!
//! - **reading**: a frame comes; the throttle lets it pass; the session handles it; then the next;
//! - **writing**: frames wait in the queue; all of them are fed and flushed in one go;
//! - **beating**: pings go out and answers are awaited.
//!
//! So a slow handler never delays what others send to this client, a slow client never delays a
//! handler, and the events of one client are handled one after another. [`run`] returns why it
//! ended; the session's own end is up to the caller, in one place.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use switchboard_rooms::Closing;
use tokio::time::{Instant, sleep, timeout};
use tungstenite::error::ProtocolError;

use super::close::Close;
use super::frame::Frame;
use super::heartbeat::beat;
use super::line::{Heartbeat, Line};
use super::throttle::Throttle;

/// How long a peer may take to receive our close frame and send its own.
const GOODBYE: Duration = Duration::from_secs(1);

/// The half of a WebSocket that is written to.
pub(super) type Outgoing = SplitSink<WebSocket, Message>;
/// The half of a WebSocket that is read from.
pub(super) type Incoming = SplitStream<WebSocket>;

/// What a peer sent, as its transport delivered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// UTF-8 text.
    Text(axum::extract::ws::Utf8Bytes),
    /// Any bytes.
    Binary(Bytes),
}

/// What a protocol does with what its peer sends.
pub trait Session: Send {
    /// Handles one message. The next one is not read before this is done.
    ///
    /// It answers through the line's queue. An error ends the connection.
    fn receive(&mut self, inbound: Inbound) -> impl Future<Output = Result<(), Close>> + Send;

    /// How the peer is told that the connection ends; `None` where it cannot be reached.
    fn goodbye(&self, close: Close) -> Option<Goodbye> {
        close.frame().map(|close| Goodbye { word: None, close })
    }
}

/// The end of a connection, as its peer hears it.
#[derive(Clone, Debug)]
pub struct Goodbye {
    /// What the protocol has to say before the connection closes.
    pub word: Option<Frame>,
    /// The code and the reason of the close.
    pub close: CloseFrame,
}

/// What a connection is allowed.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Pings and the timers of life.
    pub heartbeat: Heartbeat,
    /// Events a second that are taken from the peer; 0 is any number.
    pub events_per_second: u32,
    /// Events that may come at once.
    pub events_burst: u32,
    /// A write that takes longer than this ends the connection as a slow reader.
    pub write_timeout: Duration,
}

/// Serves a WebSocket until it ends, and says why it did.
pub async fn run<S: Session>(
    socket: WebSocket,
    session: &mut S,
    line: &Line,
    allowance: Allowance,
    started: Instant,
) -> Close {
    let (mut sink, mut stream) = socket.split();
    let close = tokio::select! {
        close = read(&mut stream, session, line, allowance) => close,
        close = write(&mut sink, line, allowance.write_timeout) => close,
        close = beat(line, allowance.heartbeat, started) => close,
    };
    say_goodbye(sink, stream, line, session.goodbye(close)).await;
    close
}

/// Reads what comes, one message after another, until the peer or the session ends it.
pub(super) async fn read<S: Session>(
    stream: &mut Incoming,
    session: &mut S,
    line: &Line,
    allowance: Allowance,
) -> Close {
    let mut throttle = Throttle::new(allowance.events_per_second, allowance.events_burst);
    loop {
        let inbound = match stream.next().await {
            Some(Ok(Message::Text(text))) => Inbound::Text(text),
            Some(Ok(Message::Binary(bytes))) => Inbound::Binary(bytes),
            // The WebSocket layer answers pings by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                line.pulse.hear();
                continue;
            }
            Some(Ok(Message::Close(_))) => {
                // The WebSocket layer has the answer ready, and sends it when it is read from again.
                let _ = timeout(GOODBYE, stream.next()).await;
                return Close::PeerGone;
            }
            None => return Close::PeerGone,
            Some(Err(error)) => return refused(error),
        };
        if let Err(close) = hand_over(session, line, &mut throttle, inbound).await {
            return close;
        }
    }
}

/// Lets the session handle one message, when its turn has come.
pub(super) async fn hand_over<S: Session>(
    session: &mut S,
    line: &Line,
    throttle: &mut Throttle,
    inbound: Inbound,
) -> Result<(), Close> {
    line.pulse.hear();
    line.pulse.set_busy(true);
    throttle.take().await;
    let handled = session.receive(inbound).await;
    line.pulse.set_busy(false);
    handled
}

/// What the WebSocket layer would not read.
pub(super) fn refused(error: axum::Error) -> Close {
    match error.into_inner().downcast_ref() {
        Some(tungstenite::Error::Capacity(_)) => Close::TooLarge,
        Some(tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => {
            Close::PeerGone
        }
        Some(tungstenite::Error::Protocol(_)) => Close::ParseError,
        Some(tungstenite::Error::Utf8(_)) => Close::NotText,
        _ => Close::PeerGone,
    }
}

/// Writes what waits, as it comes, until the queue is closed or the peer does not take it.
pub(super) async fn write(sink: &mut Outgoing, line: &Line, write_timeout: Duration) -> Close {
    loop {
        line.outbound.ready().await;
        let flushed = tokio::select! {
            flushed = timeout(write_timeout, flush(sink, line)) => flushed,
            close = cut_short(line) => return close,
        };
        match flushed {
            Ok(Ok(0)) => return line.outbound.closing().unwrap_or(Closing::Ended).into(),
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Close::PeerGone,
            Err(_) => return Close::SlowReader,
        }
    }
}

/// Ends a write that does not get on: at once when the queue overflowed behind it, and after a
/// moment's patience when the server wants the connection closed.
pub(super) async fn cut_short(line: &Line) -> Close {
    let closing = line.outbound.closed().await;
    if closing != Closing::QueueFull {
        sleep(GOODBYE).await;
    }
    closing.into()
}

/// Writes all that waits, and says how many frames that was.
async fn flush(sink: &mut Outgoing, line: &Line) -> Result<usize, axum::Error> {
    let frames = line.outbound.take();
    let count = frames.len();
    for frame in frames {
        sink.feed(frame.into()).await?;
    }
    sink.flush().await?;
    Ok(count)
}

/// Lets what the session still had to say go out, then closes in the way of RFC 6455 section 7.
pub(super) async fn say_goodbye(
    mut sink: Outgoing,
    mut stream: Incoming,
    line: &Line,
    goodbye: Option<Goodbye>,
) {
    let Some(Goodbye { word, close }) = goodbye else { return };
    let goodbye = async {
        flush(&mut sink, line).await?;
        if let Some(word) = word {
            sink.feed(word.into()).await?;
        }
        sink.send(Message::Close(Some(close))).await?;
        while let Some(Ok(_)) = stream.next().await {}
        Ok::<_, axum::Error>(())
    };
    let _ = timeout(GOODBYE, goodbye).await;
}
