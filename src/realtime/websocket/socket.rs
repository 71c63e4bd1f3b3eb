//! The reading half of a connection.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use switchboard_protocol::websocket::{self, Decoder, Violation};
use tokio::net::TcpStream;

use super::Wire;
use crate::arrival::take_in;
use crate::realtime::close::Close;
use crate::realtime::frame::Frame;

/// What a peer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// UTF-8 text.
    Text(String),
    /// Any bytes.
    Binary(Bytes),
    /// A ping, which was answered, or a pong.
    Sign,
}

/// A connection on which WebSocket is spoken: what its peer says is read from it, and what is to be said
/// goes onto its [`wire`](Self::wire).
#[derive(Debug)]
pub struct WebSocket {
    wire: Arc<Wire>,
    decoder: Decoder,
    /// The answer to the request for it is out, or on its way.
    is_answered: bool,
}

impl WebSocket {
    /// A connection of which `read` was read already, behind the request for it. `answer` is what is still to be
    /// answered to that: it goes ahead of all else. Messages may have `message_bytes_max` bytes.
    pub(super) fn new(
        stream: TcpStream,
        read: &[u8],
        message_bytes_max: usize,
        answer: Bytes,
    ) -> Self {
        let mut decoder = Decoder::new(message_bytes_max);
        decoder.feed(read);
        let is_answered = answer.is_empty();
        Self { wire: Arc::new(Wire::new(stream, answer)), decoder, is_answered }
    }

    /// The writing half.
    #[must_use]
    pub fn wire(&self) -> &Arc<Wire> {
        &self.wire
    }

    /// The next message. Pings are answered here, and so is a close, after which nothing comes. It may be given up at
    /// any moment, and asked again: an answer that was begun is finished by whoever writes next.
    ///
    /// # Errors
    /// Why nothing comes any more: the peer has gone, or broke the protocol.
    pub async fn receive(&mut self) -> Result<Message, Close> {
        if !std::mem::replace(&mut self.is_answered, true) {
            Box::pin(self.wire.flush()).await.map_err(|_| Close::PeerGone)?;
        }
        loop {
            let answer = match self.decoder.next_message()? {
                Some(websocket::Message::Text(text)) => return Ok(Message::Text(text)),
                Some(websocket::Message::Binary(bytes)) => return Ok(Message::Binary(bytes)),
                Some(websocket::Message::Pong) => return Ok(Message::Sign),
                Some(websocket::Message::Ping(payload)) => Frame::pong(&payload),
                Some(websocket::Message::Close(reason)) => {
                    let answer = Frame::close(reason.as_ref());
                    // Whether it gets there or not: the peer is gone.
                    let _ = Box::pin(self.wire.send(&answer)).await;
                    return Err(Close::PeerGone);
                }
                None => {
                    self.read().await.map_err(|_| Close::PeerGone)?;
                    continue;
                }
            };
            // A peer that asks and does not read what it is answered is asked nothing more.
            Box::pin(self.wire.send(&answer)).await.map_err(|_| Close::PeerGone)?;
            return Ok(Message::Sign);
        }
    }

    /// Waits until the peer, which was told that the connection ends, has said its own last word.
    pub async fn ended(&mut self) {
        while !self.heard_close() && self.read().await.is_ok() {}
    }

    /// Throws away what came, and says whether a close was among it. What broke the protocol is not
    /// understood any more, and ends where the connection does.
    fn heard_close(&mut self) -> bool {
        loop {
            match self.decoder.next_message() {
                Ok(Some(websocket::Message::Close(_))) => return true,
                Ok(Some(_)) => {}
                Ok(None) => return false,
                Err(_) => {
                    self.decoder = Decoder::new(0);
                    return false;
                }
            }
        }
    }

    /// Reads what has come, and waits for it where that is nothing. The end is an error.
    async fn read(&mut self) -> io::Result<()> {
        let Self { wire, decoder, .. } = self;
        poll_fn(|cx| poll_read(cx, wire.stream(), decoder)).await
    }
}

fn poll_read(
    cx: &mut Context<'_>,
    stream: &TcpStream,
    decoder: &mut Decoder,
) -> Poll<io::Result<()>> {
    loop {
        ready!(stream.poll_read_ready(cx))?;
        let read = take_in(stream, |bytes| {
            decoder.feed(bytes);
            bytes.len()
        });
        match read {
            Ok(0) => return Poll::Ready(Err(ErrorKind::UnexpectedEof.into())),
            Ok(_) => return Poll::Ready(Ok(())),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
}

impl From<Violation> for Close {
    fn from(violation: Violation) -> Self {
        match violation {
            Violation::Protocol => Self::ParseError,
            Violation::NotText => Self::NotText,
            Violation::TooLarge => Self::TooLarge,
        }
    }
}
