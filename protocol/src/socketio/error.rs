//! What can be wrong with a Socket.IO packet.

use super::{ATTACHMENTS_MAX, NESTING_MAX};

/// Why a text is not a Socket.IO packet. `packet` names the packet type as the protocol document
/// does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Nothing where a packet type was expected.
    #[error("empty packet: expected a type from 0 to 6")]
    Empty,
    /// The first character is no packet type.
    #[error("unknown packet type {0:?}: expected 0 to 6")]
    UnknownType(char),
    /// A binary packet does not begin with how many attachments follow it.
    #[error("{packet}: expected a number of attachments and '-' after the type")]
    AttachmentCount {
        /// The packet type.
        packet: &'static str,
    },
    /// A binary packet announces more attachments than are taken.
    #[error("{packet}: expected at most {ATTACHMENTS_MAX} attachments")]
    TooManyAttachments {
        /// The packet type.
        packet: &'static str,
    },
    /// A placeholder names no attachment of its packet.
    #[error("illegal attachments: a placeholder's num must be an integer below {attachments}")]
    IllegalAttachments {
        /// How many attachments the packet announces.
        attachments: usize,
    },
    /// The acknowledgement id does not fit 64 bits.
    #[error("acknowledgement id: expected a number of at most {}", u64::MAX)]
    AckIdTooLarge,
    /// An acknowledgement without the id it answers.
    #[error("{packet}: expected an acknowledgement id")]
    MissingAckId {
        /// The packet type.
        packet: &'static str,
    },
    /// An acknowledgement id on a packet that cannot be acknowledged.
    #[error("{packet}: expected no acknowledgement id")]
    UnexpectedAckId {
        /// The packet type.
        packet: &'static str,
    },
    /// The payload is JSON of the wrong kind, or is missing, or is there but should not be.
    #[error("{packet}: expected {expected} as payload")]
    Payload {
        /// The packet type.
        packet: &'static str,
        /// What should have been there.
        expected: &'static str,
    },
    /// The payload is not JSON.
    #[error("{packet}: expected JSON as payload: {why}")]
    Json {
        /// The packet type.
        packet: &'static str,
        /// What the JSON parser says, with line and column counted from the start of the payload.
        why: String,
    },
    /// The payload nests too deep.
    #[error("{packet}: expected at most {NESTING_MAX} nested arrays and objects")]
    TooDeep {
        /// The packet type.
        packet: &'static str,
    },
    /// The first item of an event is not a string.
    #[error("event name: expected a string as the first item")]
    EventName,
    /// The event has a name only the libraries themselves may emit.
    #[error("event name: {0:?} is reserved")]
    ReservedEvent(String),
}
