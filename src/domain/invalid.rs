//! What is wrong with a value that came from outside.

/// A value from outside that breaks a rule, told so that its sender can mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Invalid {
    /// The field as its sender knows it, with a path for nested ones (`rich_media.buttons[1].label`).
    pub field: String,
    /// What is wrong, as the end of a sentence that begins with the field ("must not be empty").
    pub why: String,
}

impl Invalid {
    /// `field` breaks a rule, told by `why`.
    pub fn new(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self { field: field.into(), why: why.into() }
    }
}
