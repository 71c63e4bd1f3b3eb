//! What can be wrong with an Engine.IO packet.

/// Why a text is not an Engine.IO packet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Nothing where a packet type was expected: an empty frame, an empty body or two separators in
    /// a row.
    #[error("empty packet: expected a type from 0 to 6, or b")]
    Empty,
    /// The first character is no packet type.
    #[error("unknown packet type {0:?}: expected 0 to 6, or b")]
    UnknownType(char),
    /// What follows `b` is not base64.
    #[error("binary packet: expected base64 of the standard alphabet: {0}")]
    Base64(#[from] base64::DecodeError),
}
