//! The arguments of an event or acknowledgement, as JSON text.

use std::borrow::Cow;

use serde_json::Value;
use serde_json::value::RawValue;

use super::{DecodeError, json};

/// A JSON array, checked to be one and split into its items; the items are not parsed further.
///
/// Strings inside are passed on as the peer escaped them, also where Rust could not hold them (a lone surrogate).
#[derive(Debug, Clone)]
pub struct Args<'a> {
    raw: &'a str,
    items: Vec<&'a RawValue>,
}

impl<'a> Args<'a> {
    /// Reads the payload of a packet of type `packet`.
    pub(super) fn decode(packet: &'static str, payload: &'a str) -> Result<Self, DecodeError> {
        let raw = json::trim(payload);
        if !raw.starts_with('[') {
            return Err(DecodeError::Payload { packet, expected: "an array" });
        }
        json::check_nesting(packet, raw)?;
        let items = serde_json::from_str(raw).map_err(|e| json::error(packet, &e))?;
        Ok(Self { raw, items })
    }

    /// The text of the whole array.
    #[must_use]
    pub const fn raw(&self) -> &'a str {
        self.raw
    }

    /// The items of the array, the event name included.
    #[must_use]
    pub fn items(&self) -> &[&'a RawValue] {
        &self.items
    }

    /// The array as an event: its name and its arguments.
    ///
    /// # Errors
    /// The first item is missing or is not a string of Unicode text. Never the case in a decoded EVENT.
    pub fn event(&self) -> Result<(Cow<'a, str>, &[&'a RawValue]), DecodeError> {
        let (first, rest) = self.items.split_first().ok_or(DecodeError::EventName)?;
        let name = json::string(first.get()).ok_or(DecodeError::EventName)?;
        Ok((name, rest))
    }

    /// Whether each `{"_placeholder":true,"num":n}` inside names one of `attachments` attachments.
    ///
    /// Also `false` for JSON that has to be understood for that and cannot: lone surrogates, numbers beyond 64-bit
    /// floats.
    #[must_use]
    pub fn placeholders_ok(&self, attachments: usize) -> bool {
        // Most packets have no placeholder in them, and looking for the word is much cheaper than building values.
        !self.raw.contains("placeholder") && !self.raw.contains('\\')
            || serde_json::from_str(self.raw).is_ok_and(|value: Value| within(&value, attachments))
    }
}

impl PartialEq for Args<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Args<'_> {}

/// Whether every placeholder in `value` is below `attachments`. The recursion is bounded by the nesting of the payload.
fn within(value: &Value, attachments: usize) -> bool {
    match value {
        Value::Array(items) => items.iter().all(|item| within(item, attachments)),
        Value::Object(fields) if fields.get("_placeholder") == Some(&Value::Bool(true)) => {
            fields.get("num").and_then(Value::as_u64).is_some_and(|num| num < attachments as u64)
        }
        Value::Object(fields) => fields.values().all(|field| within(field, attachments)),
        _ => true,
    }
}
