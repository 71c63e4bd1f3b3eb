//! The loop of one WebSocket connection, whatever protocol is spoken on it.
//!
//! Three things go on at once, in one task, and the first to end ends the connection:
//!
//! - **reading**: a message comes; the throttle lets it pass; the session handles it; then the next;
//! - **minding** what is written: a postman writes what waits in the queue, and where the kernel takes no
//!   more it is this task that waits until it does, or until the queue is closed;
//! - **beating**: pings go out and answers are awaited.
//!
//! So a slow handler never delays what others send to this client, a slow client never delays a
//! handler, and the events of one client are handled one after another. What only waits to be kept has been
//! handled: it has its place, the next may be read, and its answer comes when there is one. [`run`] returns why it
//! ended; the session's own end is up to the caller, in one place.
//!
//! Most connections do nothing most of the time, so what is rare is boxed: the future of a handler, of a
//! write that stalls, of the goodbye.

use std::future::ready;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use switchboard_protocol::websocket::CloseFrame;
use switchboard_rooms::Closing;
use tokio::time::{Instant, sleep, timeout};

use super::close::Close;
use super::frame::Frame;
use super::heartbeat::beat;
use super::line::{Heartbeat, Line};
use super::throttle::Throttle;
use super::websocket::{Letterbox, Message, Postman, Trouble, WebSocket, Wire};

/// How long a peer may take to receive our close frame and send its own.
const GOODBYE: Duration = Duration::from_secs(1);

/// What a peer sent, as its transport delivered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// UTF-8 text.
    Text(String),
    /// Any bytes.
    Binary(Bytes),
}

/// What a protocol does with what its peer sends.
pub trait Session: Send {
    /// Handles one message. The next one is not read before this one has its place.
    ///
    /// It answers through the line's queue. An error ends the connection.
    fn receive(&mut self, inbound: Inbound) -> impl Future<Output = Result<(), Close>> + Send;

    /// Whether answers to messages that were handled are still to come.
    fn owes(&self) -> bool {
        false
    }

    /// Gives the first of those answers, once there is one. It may be given up at any moment, and asked again.
    fn settle(&mut self) -> impl Future<Output = ()> + Send {
        ready(())
    }

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
///
/// All that it is given it borrows: what is given away is kept twice for as long as the connection lasts, here and by
/// whoever gave it.
pub(super) async fn run<S: Session>(
    socket: &mut WebSocket,
    session: &mut S,
    line: &Line,
    allowance: &Allowance,
    postman: &Arc<Postman>,
) -> Close {
    let started = Instant::now();
    let wire = Arc::clone(socket.wire());
    // What is there to be said at once needs no postman.
    wire.open(&line.outbound);
    let letterbox = Letterbox::new(&line.outbound, &wire, postman);
    let close = tokio::select! {
        close = read(socket, session, line, allowance) => close,
        close = mind(&wire, line, allowance.write_timeout) => close,
        close = beat(line, &allowance.heartbeat, started) => close,
    };
    drop(letterbox);
    Box::pin(say_goodbye(socket, line, session.goodbye(close))).await;
    close
}

/// Reads what comes, one message after another, until the peer or the session ends it.
pub(super) async fn read<S: Session>(
    socket: &mut WebSocket,
    session: &mut S,
    line: &Line,
    allowance: &Allowance,
) -> Close {
    let mut throttle = Throttle::new(allowance.events_per_second, allowance.events_burst);
    loop {
        // Boxed, and apart: an idle connection owes nothing, and keeps no room for it.
        let received = if session.owes() {
            let Some(received) = Box::pin(settling(session, socket.receive())).await else {
                continue;
            };
            received
        } else {
            socket.receive().await
        };
        let inbound = match received {
            Ok(Message::Text(text)) => Inbound::Text(text),
            Ok(Message::Binary(bytes)) => Inbound::Binary(bytes),
            Ok(Message::Sign) => {
                line.pulse.hear();
                continue;
            }
            Err(close) => return close,
        };
        if let Err(close) = Box::pin(hand_over(session, line, &mut throttle, inbound)).await {
            return close;
        }
    }
}

/// Waits until something comes, or the session has given one of the answers that it owes: then for `None`. What is
/// coming must be such that it can be given up and asked for again.
pub(super) async fn settling<S: Session, T>(
    session: &mut S,
    coming: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        came = coming => Some(came),
        () = session.settle() => None,
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

/// Waits until the queue is closed, or until the peer does not take what is written.
pub(super) async fn mind(wire: &Wire, line: &Line, write_timeout: Duration) -> Close {
    tokio::select! {
        closing = line.outbound.closed() => closing.into(),
        close = take_over(wire, line, write_timeout) => close,
    }
}

/// Writes wherever the postman could not, until nothing gets on.
async fn take_over(wire: &Wire, line: &Line, write_timeout: Duration) -> Close {
    loop {
        if wire.trouble().await == Trouble::Broken {
            return Close::PeerGone;
        }
        match Box::pin(catch_up(wire, line, write_timeout)).await {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::TimedOut => return Close::SlowReader,
            Err(_) => return Close::PeerGone,
        }
    }
}

/// Writes until nothing waits any more. A peer may be slow, but it must take something in time.
async fn catch_up(wire: &Wire, line: &Line, write_timeout: Duration) -> io::Result<()> {
    while !timeout(write_timeout, wire.progress(&line.outbound)).await?? {}
    Ok(())
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

/// Lets what the session still had to say go out, then closes in the way of RFC 6455 section 7.
pub(super) async fn say_goodbye(socket: &mut WebSocket, line: &Line, goodbye: Option<Goodbye>) {
    let Some(Goodbye { word, close }) = goodbye else { return };
    let goodbye = async {
        socket.wire().finish(&line.outbound).await?;
        if let Some(word) = word {
            socket.wire().send(&word).await?;
        }
        socket.wire().send(&Frame::close(Some(&close))).await?;
        socket.ended().await;
        Ok::<_, io::Error>(())
    };
    let _ = timeout(GOODBYE, goodbye).await;
}
