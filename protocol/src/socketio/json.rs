//! The little JSON the codec itself has to know.

use std::borrow::Cow;

use serde::Deserialize;

use super::{DecodeError, NESTING_MAX};

/// A JSON string, borrowed when it holds no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The text without JSON's own white space around it. `str::trim` would also take characters that
/// JSON does not allow.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Reads a JSON string; `None` for other JSON and for strings that are no Unicode text.
pub(super) fn string(json: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str(json).ok().map(|Text(text)| text)
}

/// Names what the parser found wrong with the payload of a packet.
pub(super) fn error(packet: &'static str, error: &serde_json::Error) -> DecodeError {
    DecodeError::Json { packet, why: error.to_string() }
}

/// Refuses text that nests deeper than [`NESTING_MAX`]. Raw values are skipped without recursion,
/// so `serde_json`'s own limit would only strike the code that reads them later.
pub(super) fn check_nesting(packet: &'static str, json: &str) -> Result<(), DecodeError> {
    let mut depth = 0_usize;
    for token in tokens(json) {
        match token {
            "[" | "{" if depth == NESTING_MAX => return Err(DecodeError::TooDeep { packet }),
            "[" | "{" => depth += 1,
            "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Cuts JSON into brackets, colons, commas, strings with their quotes, and other scalars. White
/// space is left out. Text that is not JSON is cut somehow.
pub(super) fn tokens(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = json;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(is_space);
        let (token, after) = rest.split_at(token_len(rest));
        rest = after;
        (!token.is_empty()).then_some(token)
    })
}

fn token_len(json: &str) -> usize {
    match json.as_bytes().first() {
        None => 0,
        Some(b'"') => quoted_len(json),
        Some(b'[' | b']' | b'{' | b'}' | b':' | b',') => 1,
        Some(_) => json.find(ends_scalar).unwrap_or(json.len()),
    }
}

fn quoted_len(json: &str) -> usize {
    let mut escaped = true; // the opening quote does not close the string
    for (index, byte) in json.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    json.len()
}

const fn ends_scalar(char: char) -> bool {
    matches!(char, '"' | '[' | ']' | '{' | '}' | ':' | ',') || is_space(char)
}

const fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\n' | '\r')
}

/// Appends `text` as a JSON string.
pub(super) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match escape(char) {
            Some(short) => out.push_str(short),
            None if char < ' ' => push_unicode_escape(out, char),
            None => out.push(char),
        }
    }
    out.push('"');
}

/// Length in bytes of `text` as a JSON string.
pub(super) fn string_len(text: &str) -> usize {
    let char_len = |char: char| match escape(char) {
        Some(short) => short.len(),
        None if char < ' ' => r"\u0000".len(),
        None => char.len_utf8(),
    };
    2 + text.chars().map(char_len).sum::<usize>()
}

const fn escape(char: char) -> Option<&'static str> {
    match char {
        '"' => Some(r#"\""#),
        '\\' => Some(r"\\"),
        '\n' => Some(r"\n"),
        '\r' => Some(r"\r"),
        '\t' => Some(r"\t"),
        _ => None,
    }
}

/// Appends `\u00xx` for a control character.
fn push_unicode_escape(out: &mut String, control: char) {
    out.push_str(r"\u00");
    for nibble in [u32::from(control) >> 4, u32::from(control) & 0xf] {
        out.push(char::from_digit(nibble, 16).unwrap_or('0'));
    }
}
