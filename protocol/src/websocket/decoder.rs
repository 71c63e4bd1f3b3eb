//! Messages out of the bytes that a client sends.

use bytes::{Buf as _, Bytes, BytesMut};

use super::{CloseFrame, Header, Opcode, Violation};

/// What a client said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// UTF-8 text.
    Text(String),
    /// Any bytes.
    Binary(Bytes),
    /// To be answered with a pong of the same payload.
    Ping(Bytes),
    /// An answer to a ping, or a sign of life that nobody asked for.
    Pong,
    /// The client says no more; the reason is for whoever is curious.
    Close(Option<CloseFrame>),
}

/// Puts messages together. Between messages it holds no memory but its own.
#[derive(Debug)]
pub struct Decoder {
    message_bytes_max: usize,
    /// What came and is not a whole frame yet.
    held: BytesMut,
    /// The message of which some frames have come.
    begun: Option<Box<Begun>>,
}

#[derive(Debug)]
struct Begun {
    is_text: bool,
    payload: BytesMut,
}

impl Decoder {
    /// Takes messages of at most `message_bytes_max` bytes.
    #[must_use]
    pub fn new(message_bytes_max: usize) -> Self {
        Self { message_bytes_max, held: BytesMut::new(), begun: None }
    }

    /// Takes what came. Call [`next_message`](Self::next_message) until there is nothing before giving it more: a frame
    /// that is too large is noticed there.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next message, or `None` until more has come.
    ///
    /// # Errors
    /// The client broke the protocol. Nothing can be read after that.
    pub fn next_message(&mut self) -> Result<Option<Message>, Violation> {
        while let Some((header, payload)) = self.frame()? {
            let message = match header.opcode {
                Opcode::Ping => Some(Message::Ping(payload.freeze())),
                Opcode::Pong => Some(Message::Pong),
                Opcode::Close => Some(Message::Close(CloseFrame::decode(&payload)?)),
                _ => self.part(header, payload)?,
            };
            if message.is_some() {
                return Ok(message);
            }
        }
        Ok(None)
    }

    /// The next whole frame, with its payload unmasked.
    fn frame(&mut self) -> Result<Option<(Header, BytesMut)>, Violation> {
        let Some(header) = Header::decode(&self.held)? else { return Ok(None) };
        let mask = header.mask.ok_or(Violation::Protocol)?;
        self.check(&header)?;
        let end = header.size + header.length;
        if self.held.len() < end {
            return Ok(None);
        }
        // The usual case, in which a buffer need not be shared, nor kept.
        let is_all = self.held.len() == end;
        let mut frame =
            if is_all { std::mem::take(&mut self.held) } else { self.held.split_to(end) };
        frame.advance(header.size);
        unmask(&mut frame, mask);
        Ok(Some((header, frame)))
    }

    /// Refuses a frame before its payload has come.
    fn check(&self, header: &Header) -> Result<(), Violation> {
        let in_message = match (header.opcode, &self.begun) {
            (Opcode::Continuation, None) | (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err(Violation::Protocol);
            }
            (Opcode::Continuation, Some(begun)) => begun.payload.len(),
            _ => 0,
        };
        if header.length > self.message_bytes_max.saturating_sub(in_message) {
            return Err(Violation::TooLarge);
        }
        Ok(())
    }

    /// A frame of a message: the last one completes it.
    fn part(&mut self, header: Header, payload: BytesMut) -> Result<Option<Message>, Violation> {
        let is_text = header.opcode == Opcode::Text;
        let whole = match self.begun.take() {
            None => Begun { is_text, payload },
            Some(mut begun) => {
                begun.payload.extend_from_slice(&payload);
                *begun
            }
        };
        if header.is_final {
            return whole.finish().map(Some);
        }
        self.begun = Some(Box::new(whole));
        Ok(None)
    }
}

impl Begun {
    fn finish(self) -> Result<Message, Violation> {
        if !self.is_text {
            return Ok(Message::Binary(self.payload.freeze()));
        }
        let text = String::from_utf8(self.payload.into()).map_err(|_| Violation::NotText)?;
        Ok(Message::Text(text))
    }
}

/// RFC 6455 section 5.3, eight bytes at a time.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, rest) = payload.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}
