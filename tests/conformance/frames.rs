//! WebSocket frames made by hand, valid or not.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::SOON;

pub(super) const CONTINUATION: u8 = 0x0;
pub(super) const TEXT: u8 = 0x1;
pub(super) const BINARY: u8 = 0x2;
pub(super) const CLOSE: u8 = 0x8;
pub(super) const PING: u8 = 0x9;
pub(super) const PONG: u8 = 0xA;

/// A frame as RFC 6455 section 5.2 draws it.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) fin: bool,
    /// The three reserved bits, as a number from 0 to 7.
    pub(super) reserved: u8,
    pub(super) opcode: u8,
    pub(super) masked: bool,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    /// A whole message in one masked frame.
    pub(super) fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self { fin: true, reserved: 0, opcode, masked: true, payload: payload.into() }
    }

    /// A frame that more will follow.
    pub(super) fn part(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self { fin: false, ..Self::new(opcode, payload) }
    }

    /// A close frame with this code and reason.
    pub(super) fn close(code: u16, reason: &[u8]) -> Self {
        Self::new(CLOSE, [&code.to_be_bytes()[..], reason].concat())
    }

    /// The frame on the wire.
    pub(super) fn bytes(&self) -> Vec<u8> {
        const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
        let mut bytes = vec![u8::from(self.fin) << 7 | self.reserved << 4 | self.opcode];
        let mask = u8::from(self.masked) << 7;
        let length = self.payload.len();
        if let Some(short) = u8::try_from(length).ok().filter(|length| *length < 126) {
            bytes.push(mask | short);
        } else if let Ok(length) = u16::try_from(length) {
            bytes.push(mask | 0x7e);
            bytes.extend(length.to_be_bytes());
        } else {
            bytes.push(mask | 0x7f);
            bytes.extend((length as u64).to_be_bytes());
        }
        if self.masked {
            bytes.extend(KEY);
            bytes.extend(self.payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
        } else {
            bytes.extend(&self.payload);
        }
        bytes
    }
}

/// What asks for a WebSocket.
pub(super) fn request(address: &str, path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// A WebSocket below the level of any library.
pub(super) struct RawSocket {
    stream: TcpStream,
}

impl RawSocket {
    /// Shakes hands over a fresh TCP connection.
    pub(super) async fn open(address: &str, path: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        let request = request(address, path);
        stream.write_all(request.as_bytes()).await.expect("it can be written to");
        Self::answered(stream).await
    }

    /// Waits for the answer to a [`request`].
    pub(super) async fn answered(mut stream: TcpStream) -> Self {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("the server answers"));
        }
        let head = String::from_utf8(head).expect("a head is text");
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        // The key and its answer are the example of RFC 6455 section 1.3.
        assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
        Self { stream }
    }

    pub(super) async fn send(&mut self, frames: &[Frame]) {
        for frame in frames {
            self.send_bytes(&frame.bytes()).await;
        }
    }

    pub(super) async fn send_bytes(&mut self, bytes: &[u8]) {
        // The server may have hung up already; what it said before is still to be read.
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next frame, or `None` at the end of the connection.
    pub(super) async fn next(&mut self) -> Option<Frame> {
        timeout(SOON, self.read_frame()).await.expect("something comes")
    }

    /// Reads to the end and returns the code of the close frame, when one came.
    pub(super) async fn close_code(&mut self) -> Option<u16> {
        let mut code = None;
        while let Some(frame) = self.next().await {
            if frame.opcode == CLOSE {
                code = frame.payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                // The answer that lets the server end the connection at once.
                self.send(&[Frame::new(CLOSE, Vec::new())]).await;
            }
        }
        code
    }

    /// Whether nothing comes for a moment.
    pub(super) async fn is_silent(&mut self) -> bool {
        let mut byte = [0];
        timeout(Duration::from_millis(100), self.stream.peek(&mut byte)).await.is_err()
    }

    async fn read_frame(&mut self) -> Option<Frame> {
        let first = self.stream.read_u8().await.ok()?;
        let second = self.stream.read_u8().await.ok()?;
        let length = match second & 0x7f {
            126 => usize::from(self.stream.read_u16().await.ok()?),
            127 => usize::try_from(self.stream.read_u64().await.ok()?).expect("a sane length"),
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some(Frame {
            fin: first & 0x80 != 0,
            reserved: first >> 4 & 0x7,
            opcode: first & 0xf,
            masked: second & 0x80 != 0,
            payload,
        })
    }
}
