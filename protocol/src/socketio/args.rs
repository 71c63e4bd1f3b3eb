//! The arguments of an event or acknowledgement, as JSON text.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{DecodeError, json, placeholders};

/// A JSON array, checked to be one and split into its items; the items are not parsed further.
///
/// Strings inside are passed on as the peer escaped them, also where Rust could not hold them (a
/// lone surrogate).
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
    /// The first item is missing or is not a string of Unicode text. Never the case in a decoded
    /// EVENT.
    pub fn event(&self) -> Result<(Cow<'a, str>, &[&'a RawValue]), DecodeError> {
        let (first, rest) = self.items.split_first().ok_or(DecodeError::EventName)?;
        let name = json::string(first.get()).ok_or(DecodeError::EventName)?;
        Ok((name, rest))
    }

    /// Whether each `{"_placeholder":true,"num":n}` inside names one of `attachments` attachments.
    #[must_use]
    pub fn placeholders_ok(&self, attachments: usize) -> bool {
        placeholders::within(self.raw, attachments)
    }
}

impl PartialEq for Args<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Args<'_> {}
