//! The part of a packet before its payload: type, attachments, namespace, acknowledgement id.

use super::{ATTACHMENTS_MAX, DecodeError, ROOT};

/// The seven packet types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Connect,
    Disconnect,
    Event,
    Ack,
    ConnectError,
    BinaryEvent,
    BinaryAck,
}

impl Kind {
    const fn decode(digit: char) -> Result<Self, DecodeError> {
        match digit {
            '0' => Ok(Self::Connect),
            '1' => Ok(Self::Disconnect),
            '2' => Ok(Self::Event),
            '3' => Ok(Self::Ack),
            '4' => Ok(Self::ConnectError),
            '5' => Ok(Self::BinaryEvent),
            '6' => Ok(Self::BinaryAck),
            other => Err(DecodeError::UnknownType(other)),
        }
    }

    /// The name the protocol document gives the type.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Disconnect => "DISCONNECT",
            Self::Event => "EVENT",
            Self::Ack => "ACK",
            Self::ConnectError => "CONNECT_ERROR",
            Self::BinaryEvent => "BINARY_EVENT",
            Self::BinaryAck => "BINARY_ACK",
        }
    }

    const fn is_binary(self) -> bool {
        matches!(self, Self::BinaryEvent | Self::BinaryAck)
    }
}

/// Everything before the payload, and the payload as text (empty when there is none).
#[derive(Debug)]
pub(super) struct Header<'a> {
    pub(super) kind: Kind,
    pub(super) attachments: usize,
    pub(super) namespace: &'a str,
    pub(super) id: Option<u64>,
    pub(super) payload: &'a str,
}

impl<'a> Header<'a> {
    pub(super) fn decode(text: &'a str) -> Result<Self, DecodeError> {
        let mut chars = text.chars();
        let kind = Kind::decode(chars.next().ok_or(DecodeError::Empty)?)?;
        let rest = chars.as_str();
        let (attachments, rest) =
            if kind.is_binary() { attachments(kind, rest)? } else { (0, rest) };
        let (namespace, rest) = namespace(rest);
        let (id, payload) = ack_id(rest)?;
        Ok(Self { kind, attachments, namespace, id, payload })
    }
}

/// Reads `n-`.
fn attachments(kind: Kind, text: &str) -> Result<(usize, &str), DecodeError> {
    let packet = kind.name();
    let (digits, rest) = split_digits(text);
    let rest = rest.strip_prefix('-').filter(|_| !digits.is_empty());
    let rest = rest.ok_or(DecodeError::AttachmentCount { packet })?;
    match digits.parse() {
        Ok(count) if count <= ATTACHMENTS_MAX => Ok((count, rest)),
        _ => Err(DecodeError::TooManyAttachments { packet }),
    }
}

/// Reads `/name,`; the comma may be missing at the end of the packet. A query part
/// (`/name?token=…,`), which clients of older protocols put there, is no part of the name.
fn namespace(text: &str) -> (&str, &str) {
    if !text.starts_with('/') {
        return (ROOT, text);
    }
    let (name, rest) = text.split_once(',').unwrap_or((text, ""));
    let name = name.split_once('?').map_or(name, |(path, _query)| path);
    (name, rest)
}

fn ack_id(text: &str) -> Result<(Option<u64>, &str), DecodeError> {
    let (digits, rest) = split_digits(text);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    let id = digits.parse().map_err(|_| DecodeError::AckIdTooLarge)?;
    Ok((Some(id), rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}
