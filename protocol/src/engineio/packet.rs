//! One Engine.IO packet.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;

use super::DecodeError;

/// Base64 as Engine.IO peers write it: the standard alphabet; not every client pads.
pub(super) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A packet of Engine.IO protocol 4, pointing into the text it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<'a> {
    /// `0`, from the server once a session exists: the [handshake](super::Handshake) as JSON.
    Open(&'a str),
    /// `1`, from either side: the transport is over.
    Close,
    /// `2`, from the server as heartbeat (no data), or from the client as `2probe` on a WebSocket
    /// it upgrades to.
    Ping(&'a str),
    /// `3`, the answer to a ping with the same data.
    Pong(&'a str),
    /// `4`, from either side: text of the protocol above.
    Message(&'a str),
    /// `b`, from either side over long-polling: bytes of the protocol above, in base64. Over
    /// WebSocket the same is a binary frame without any prefix.
    Binary(Bytes),
    /// `5`, from the client: the WebSocket it probed becomes the transport.
    Upgrade,
    /// `6`, from the server: nothing; lets a pending poll return during an upgrade.
    Noop,
}

impl<'a> Packet<'a> {
    /// Reads one packet: a WebSocket text frame, or one part of a long-polling payload.
    ///
    /// Data after the types that carry none (`1`, `5`, `6`) is ignored, as the reference parser
    /// does.
    ///
    /// # Errors
    /// An empty text, an unknown type, or base64 that cannot be read.
    pub fn decode(text: &'a str) -> Result<Self, DecodeError> {
        let mut chars = text.chars();
        let kind = chars.next().ok_or(DecodeError::Empty)?;
        let data = chars.as_str();
        match kind {
            '0' => Ok(Self::Open(data)),
            '1' => Ok(Self::Close),
            '2' => Ok(Self::Ping(data)),
            '3' => Ok(Self::Pong(data)),
            '4' => Ok(Self::Message(data)),
            '5' => Ok(Self::Upgrade),
            '6' => Ok(Self::Noop),
            'b' => Ok(Self::Binary(BASE64.decode(data)?.into())),
            other => Err(DecodeError::UnknownType(other)),
        }
    }

    /// Writes the packet as one text: what a WebSocket text frame or one part of a long-polling
    /// payload holds.
    #[must_use]
    pub fn encode(&self) -> String {
        let (kind, data) = match self {
            Self::Open(data) => ('0', *data),
            Self::Close => ('1', ""),
            Self::Ping(data) => ('2', *data),
            Self::Pong(data) => ('3', *data),
            Self::Message(data) => ('4', *data),
            Self::Binary(bytes) => return encode_binary(bytes),
            Self::Upgrade => ('5', ""),
            Self::Noop => ('6', ""),
        };
        let mut out = String::with_capacity(1 + data.len());
        out.push(kind);
        out.push_str(data);
        out
    }
}

fn encode_binary(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(binary_len(bytes.len()));
    push_binary(&mut out, bytes);
    out
}

/// Appends `b` and the base64 of `bytes`.
pub(super) fn push_binary(out: &mut String, bytes: &[u8]) {
    out.push('b');
    BASE64.encode_string(bytes, out);
}

/// Length in bytes of the packet that carries `bytes_len` bytes as text.
pub(super) const fn binary_len(bytes_len: usize) -> usize {
    1 + bytes_len.div_ceil(3).saturating_mul(4)
}
