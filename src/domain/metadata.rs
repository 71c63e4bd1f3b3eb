//! What programs keep beside a conversation or a contact.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Invalid;

/// Most bytes of metadata, written as JSON.
const BYTES_MAX: usize = 16 * 1024;

/// A JSON object of a program's own: at most 16 KiB, and no key is null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(Map<String, Value>);

impl Metadata {
    /// The object.
    #[must_use]
    pub fn as_object(&self) -> &Map<String, Value> {
        &self.0
    }

    /// This with the keys of `changes`: each replaces the whole value under its key, and null drops it.
    ///
    /// # Errors
    /// When the outcome would be longer than 16 KiB.
    pub fn merged(&self, changes: Map<String, Value>) -> Result<Self, Invalid> {
        let mut object = self.0.clone();
        for (key, value) in changes {
            if value.is_null() {
                object.remove(&key);
            } else {
                object.insert(key, value);
            }
        }
        let merged = Self(object);
        if serde_json::to_string(&merged).is_ok_and(|text| text.len() <= BYTES_MAX) {
            return Ok(merged);
        }
        Err(Invalid::new("metadata", format!("must be at most {BYTES_MAX} bytes of JSON")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(before: &Metadata, changes: Value) -> Result<Metadata, Invalid> {
        let Value::Object(changes) = changes else { panic!("{changes} is no object") };
        before.merged(changes)
    }

    #[test]
    fn a_key_replaces_what_was_under_it_and_null_drops_it() {
        let before = Metadata::default();
        let first = merged(&before, json!({"plan": {"name": "PRO", "mrr": 9}, "id": 1})).unwrap();
        let second = merged(&first, json!({"plan": {"name": "MAX"}, "id": null, "no": null}));
        assert_eq!(json!(second.unwrap()), json!({"plan": {"name": "MAX"}}));
    }

    #[test]
    fn metadata_has_a_last_byte() {
        let frame = json!({"k": ""}).to_string().len();
        let text = "x".repeat(BYTES_MAX - frame);
        let full = merged(&Metadata::default(), json!({"k": text})).unwrap();
        let error = merged(&Metadata::default(), json!({"k": format!("{text}x")})).unwrap_err();
        assert_eq!(error.field, "metadata");
        assert!(merged(&full, json!({"another": 1})).is_err(), "what is there counts too");
        assert!(merged(&full, json!({"k": "short"})).is_ok());
    }
}
