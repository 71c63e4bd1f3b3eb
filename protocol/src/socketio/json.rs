//! What Socket.IO asks of the JSON in a packet.

use super::DecodeError;
pub(super) use crate::json::{push_string, string, string_len, tokens, trim};

/// Names what the parser found wrong with the payload of a packet.
pub(super) fn error(packet: &'static str, error: &serde_json::Error) -> DecodeError {
    DecodeError::Json { packet, why: error.to_string() }
}

/// Refuses a payload that nests deeper than [`NESTING_MAX`](super::NESTING_MAX).
pub(super) fn check_nesting(packet: &'static str, json: &str) -> Result<(), DecodeError> {
    if crate::json::is_too_deep(json) {
        return Err(DecodeError::TooDeep { packet });
    }
    Ok(())
}
