//! Long-polling bodies: several packets in one text.

use super::packet::{binary_len, push_binary};
use super::{DecodeError, Packet, SEPARATOR};

/// Reads the packets of a long-polling body, in order.
///
/// An empty body is one empty packet and so an error, as is an empty part between two separators.
/// The caller closes the session at the first error; packets before it are valid.
pub fn decode_payload(body: &str) -> impl Iterator<Item = Result<Packet<'_>, DecodeError>> {
    body.split(SEPARATOR).map(Packet::decode)
}

/// Writes a long-polling body packet by packet.
///
/// The caller compares [`len_with_text`](Self::len_with_text) or
/// [`len_with_binary`](Self::len_with_binary) with the session's `maxPayload` before each packet,
/// and leaves what does not fit for the next poll.
#[derive(Debug, Clone, Default)]
pub struct PayloadWriter {
    body: String,
}

impl PayloadWriter {
    /// A body without packets.
    #[must_use]
    pub const fn new() -> Self {
        Self { body: String::new() }
    }

    /// Adds a text packet, given whole: `4hello`.
    pub fn push_text(&mut self, packet: &str) {
        self.body.reserve(self.separator_len() + packet.len());
        self.separate();
        self.body.push_str(packet);
    }

    /// Adds a binary message as `b` and base64.
    pub fn push_binary(&mut self, bytes: &[u8]) {
        self.body.reserve(self.separator_len() + binary_len(bytes.len()));
        self.separate();
        push_binary(&mut self.body, bytes);
    }

    /// Length of the body so far, in bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.body.len()
    }

    /// Length of the body in bytes, had this text packet been added.
    #[must_use]
    pub const fn len_with_text(&self, packet: &str) -> usize {
        self.len() + self.separator_len() + packet.len()
    }

    /// Length of the body in bytes, had this binary message been added.
    #[must_use]
    pub const fn len_with_binary(&self, bytes: &[u8]) -> usize {
        self.len() + self.separator_len() + binary_len(bytes.len())
    }

    /// Whether no packet was added yet. An empty body is not a valid payload: do not send it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The body.
    #[must_use]
    pub fn finish(self) -> String {
        self.body
    }

    const fn separator_len(&self) -> usize {
        if self.is_empty() { 0 } else { SEPARATOR.len_utf8() }
    }

    fn separate(&mut self) {
        if !self.is_empty() {
            self.body.push(SEPARATOR);
        }
    }
}
