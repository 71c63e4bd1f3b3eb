//! The lines in which frames travel over HTTP, as SockJS 0.3 writes them.
//!
//! The server's lines are given without an end, because the transports differ in it: over XHR each
//! ends with [`LINE_END`], over SockJS's WebSocket one is a text message of its own.

use std::fmt::Write as _;

use serde_json::error::Category;

use crate::json;

/// The server's first line of a session. A second one tells the client that the session is lost.
pub const OPEN: &str = "o";

/// The server's line to keep the connection alive.
pub const HEARTBEAT: &str = "h";

/// What ends each line over XHR.
pub const LINE_END: char = '\n';

/// Why a body or message of a client does not hold frames.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMessages {
    /// There is nothing.
    #[error("expected a JSON array of strings, got nothing")]
    Empty,
    /// It is other JSON.
    #[error("expected a JSON array of strings")]
    NotStrings,
    /// It is not JSON.
    #[error("expected JSON: {0}")]
    Json(String),
}

/// A line with frames: `a["…","…"]`.
#[must_use]
pub fn messages<'a>(frames: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::from("a");
    json::push_array_of_strings(&mut out, frames);
    out
}

/// How many bytes one frame adds to a line with frames, its comma included.
#[must_use]
pub fn message_len(frame: &str) -> usize {
    json::string_len(frame) + 1
}

/// The last line of a session: `c[4001,"…"]`, with what would have been a WebSocket's close code.
#[must_use]
pub fn close(code: u16, reason: &str) -> String {
    let mut out = String::with_capacity(16 + json::string_len(reason));
    write!(out, "c[{code},").expect("a String takes any text");
    json::push_string(&mut out, reason);
    out.push(']');
    out
}

/// Reads the body of a client's `xhr_send`, or its message over SockJS's WebSocket: frames in a JSON
/// array, `["…","…"]`. An empty array is a client's sign of life.
///
/// # Errors
/// Anything else, an empty text included.
pub fn decode_messages(text: &str) -> Result<Vec<String>, BadMessages> {
    if json::trim(text).is_empty() {
        return Err(BadMessages::Empty);
    }
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => BadMessages::NotStrings,
        _ => BadMessages::Json(error.to_string()),
    })
}
