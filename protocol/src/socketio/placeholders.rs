//! The places in a binary packet's JSON where its attachments belong.

use super::json;

/// Whether each placeholder in `json`, which must be valid, names one of `attachments` attachments.
///
/// Works on tokens: no values are built, and strings that Rust cannot hold do no harm.
pub(super) fn within(json: &str, attachments: usize) -> bool {
    let mut open = Vec::new();
    for token in json::tokens(json) {
        match token {
            ":" | "," => {}
            "]" | "}" => {
                if open.pop().is_some_and(|closed: Container| closed.is_out_of_range()) {
                    return false;
                }
            }
            _ => {
                if let Some(container) = open.last_mut() {
                    container.take(token, attachments);
                }
                if matches!(token, "[" | "{") {
                    open.push(Container::new(token));
                }
            }
        }
    }
    true
}

/// An array or object that is still open. As in any JSON reader, the last of two equal keys wins.
struct Container {
    is_object: bool,
    key: Option<Key>,
    is_placeholder: bool,
    is_num_in_range: bool,
}

/// A key of an object, as far as placeholders care.
#[derive(Clone, Copy)]
enum Key {
    Placeholder,
    Num,
    Other,
}

impl Container {
    fn new(bracket: &str) -> Self {
        let is_object = bracket == "{";
        Self { is_object, key: None, is_placeholder: false, is_num_in_range: false }
    }

    /// Takes a key, or a value by its first token.
    fn take(&mut self, token: &str, attachments: usize) {
        if !self.is_object {
            return;
        }
        match self.key.take() {
            None => self.key = Some(Key::read(token)),
            Some(Key::Placeholder) => self.is_placeholder = token == "true",
            Some(Key::Num) => {
                self.is_num_in_range = token.parse().is_ok_and(|num: usize| num < attachments);
            }
            Some(Key::Other) => {}
        }
    }

    const fn is_out_of_range(&self) -> bool {
        self.is_placeholder && !self.is_num_in_range
    }
}

impl Key {
    fn read(token: &str) -> Self {
        match json::string(token).as_deref() {
            Some("_placeholder") => Self::Placeholder,
            Some("num") => Self::Num,
            _ => Self::Other,
        }
    }
}
