//! What the two kinds of users an application vouches for have in common.

use serde::Deserialize;

use super::NESTING_MAX;
use crate::json;

/// Why a text does not say who a user is. `field` is the text's name, `channel_data` or `user_data`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUser {
    /// It is other JSON than an object, or does not even begin like JSON.
    #[error("{field}: expected the text of a JSON object")]
    NotAnObject {
        /// The text's name.
        field: &'static str,
    },
    /// It is not JSON.
    #[error("{field}: expected JSON: {why}")]
    Json {
        /// The text's name.
        field: &'static str,
        /// What the JSON parser says.
        why: String,
    },
    /// It nests too deep.
    #[error("{field}: expected at most {NESTING_MAX} nested arrays and objects")]
    TooDeep {
        /// The text's name.
        field: &'static str,
    },
    /// A part is missing or of the wrong kind.
    #[error("{field}: expected {expected} as {part}")]
    Part {
        /// The text's name.
        field: &'static str,
        /// Which part.
        part: &'static str,
        /// What should have been there.
        expected: &'static str,
    },
}

/// Reads the object in the text of this name.
pub(super) fn object<'a, T: Deserialize<'a>>(
    field: &'static str,
    text: &'a str,
) -> Result<T, BadUser> {
    if !json::trim(text).starts_with('{') {
        return Err(BadUser::NotAnObject { field });
    }
    if json::is_too_deep(text) {
        return Err(BadUser::TooDeep { field });
    }
    serde_json::from_str(text).map_err(|error| BadUser::Json { field, why: error.to_string() })
}

/// Reads a user's id that may be a string or a number. A number is taken as it is written, so that
/// 10 and "10" are the same user and no digit is lost.
pub(super) fn text_or_number(json: &str) -> Option<String> {
    if json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Some(json.to_owned());
    }
    json::string(json).map(String::from).filter(|text| !text.is_empty())
}
