//! Binary packets together with the binary messages that follow them.

use std::mem;

use bytes::Bytes;

use super::{Args, DecodeError, Packet};

/// A binary packet that waits for its attachments. Owns its text, so that the frame it came from
/// can go.
///
/// The peer may send nothing else in between: a text message while a reassembly is open is a
/// protocol error, and the caller closes the connection.
#[derive(Debug)]
pub struct Reassembly {
    head: Option<Head>,
    missing: usize,
    attachments: Vec<Bytes>,
}

impl Reassembly {
    /// Begins to collect the attachments of `packet`; `None` when it is not a binary packet.
    #[must_use]
    pub fn new(packet: &Packet<'_>) -> Option<Self> {
        let (kind, namespace, attachments, args) = match packet {
            Packet::BinaryEvent { namespace, id, attachments, args } => {
                (Kind::Event(*id), *namespace, *attachments, args)
            }
            Packet::BinaryAck { namespace, id, attachments, args } => {
                (Kind::Ack(*id), *namespace, *attachments, args)
            }
            _ => return None,
        };
        let head = Head { kind, namespace: namespace.to_owned(), args: args.raw().to_owned() };
        Some(Self { head: Some(head), missing: attachments, attachments: Vec::new() })
    }

    /// Takes the next binary message; gives the packet when that was the last one missing.
    ///
    /// After that the reassembly is over: it keeps nothing and gives nothing more.
    pub fn push(&mut self, bytes: Bytes) -> Option<Complete> {
        self.head.as_ref()?;
        self.attachments.push(bytes);
        self.missing = self.missing.saturating_sub(1);
        if self.missing > 0 {
            return None;
        }
        let head = self.head.take()?;
        Some(Complete { head, attachments: mem::take(&mut self.attachments) })
    }

    /// How many bytes of attachments are held, for a caller that limits them.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.attachments.iter().map(Bytes::len).sum()
    }
}

/// A binary packet with all its attachments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complete {
    head: Head,
    attachments: Vec<Bytes>,
}

impl Complete {
    /// The packet as [`Packet::Event`] or [`Packet::Ack`]; its arguments still hold placeholders,
    /// each of which names one of the [`attachments`](Self::attachments) by index.
    ///
    /// # Errors
    /// Never for a packet that came from [`Packet::decode`].
    pub fn packet(&self) -> Result<Packet<'_>, DecodeError> {
        let Head { kind, namespace, args } = &self.head;
        let args = Args::decode(kind.name(), args)?;
        Ok(match *kind {
            Kind::Event(id) => Packet::Event { namespace, id, args },
            Kind::Ack(id) => Packet::Ack { namespace, id, args },
        })
    }

    /// The binary messages, in the order they came.
    #[must_use]
    pub fn attachments(&self) -> &[Bytes] {
        &self.attachments
    }

    /// Gives up the text and keeps the binary messages.
    #[must_use]
    pub fn into_attachments(self) -> Vec<Bytes> {
        self.attachments
    }
}

/// The text part of a binary packet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Head {
    kind: Kind,
    namespace: String,
    args: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Event(Option<u64>),
    Ack(u64),
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Event(_) => "BINARY_EVENT",
            Self::Ack(_) => "BINARY_ACK",
        }
    }
}
