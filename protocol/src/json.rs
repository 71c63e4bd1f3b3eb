//! The little JSON the codecs themselves have to know. Application data stays the text it is.

use std::borrow::Cow;

use serde::Deserialize;

/// How deep arrays and objects of a peer's JSON may be nested, its outermost one included.
///
/// Below the 127 levels `serde_json` reads, so that a part of a frame can still be read when it was
/// put inside another value.
pub(crate) const NESTING_MAX: usize = 100;

/// A JSON string, borrowed when it holds no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The text without JSON's own white space around it. `str::trim` would also take characters that
/// JSON does not allow.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Reads a JSON string; `None` for other JSON and for strings that are no Unicode text.
pub(crate) fn string(json: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str(json).ok().map(|Text(text)| text)
}

/// Whether arrays and objects are nested deeper than [`NESTING_MAX`]. Raw values are skipped
/// without recursion, so `serde_json`'s own limit would only strike the code that reads them later.
pub(crate) fn is_too_deep(json: &str) -> bool {
    let mut depth = 0_usize;
    for token in tokens(json) {
        match token {
            "[" | "{" if depth == NESTING_MAX => return true,
            "[" | "{" => depth += 1,
            "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Cuts JSON into brackets, colons, commas, strings with their quotes, and other scalars. White
/// space is left out. Text that is not JSON is cut somehow.
pub(crate) fn tokens(json: &str) -> impl Iterator<Item = &str> {
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
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0; // what needs no escape is copied in one piece
    for (index, byte) in text.bytes().enumerate() {
        if let Some(escape) = Escape::of(byte) {
            out.push_str(&text[plain..index]);
            escape.push(out);
            plain = index + 1;
        }
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

/// Length in bytes of `text` as a JSON string.
pub(crate) fn string_len(text: &str) -> usize {
    let byte_len = |byte| Escape::of(byte).map_or(1, Escape::len);
    2 + text.bytes().map(byte_len).sum::<usize>()
}

/// Appends a JSON array of strings.
pub(crate) fn push_array_of_strings<'a>(
    out: &mut String,
    texts: impl IntoIterator<Item = &'a str>,
) {
    out.push('[');
    for (index, text) in texts.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_string(out, text);
    }
    out.push(']');
}

/// How a byte that may not stand for itself in a JSON string is written. All of them are ASCII, so
/// that text can be cut before and after one.
#[derive(Clone, Copy)]
enum Escape {
    Short(&'static str),
    Unicode(u8),
}

impl Escape {
    const fn of(byte: u8) -> Option<Self> {
        match byte {
            b'"' => Some(Self::Short(r#"\""#)),
            b'\\' => Some(Self::Short(r"\\")),
            b'\n' => Some(Self::Short(r"\n")),
            b'\r' => Some(Self::Short(r"\r")),
            b'\t' => Some(Self::Short(r"\t")),
            control if control < b' ' => Some(Self::Unicode(control)),
            _ => None,
        }
    }

    const fn len(self) -> usize {
        match self {
            Self::Short(text) => text.len(),
            Self::Unicode(_) => r"\u0000".len(),
        }
    }

    fn push(self, out: &mut String) {
        match self {
            Self::Short(text) => out.push_str(text),
            Self::Unicode(control) => {
                out.push_str(r"\u00");
                for nibble in [control >> 4, control & 0xf] {
                    out.push(char::from_digit(nibble.into(), 16).unwrap_or('0'));
                }
            }
        }
    }
}
