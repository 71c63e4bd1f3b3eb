//! What a check found.

/// What one check found, in words for the one who can change it.
#[derive(Debug)]
pub(super) enum Finding {
    /// As it should be.
    Good(String),
    /// It works, and may not always.
    Warn(String),
    /// It does not work.
    Fail(String),
}

/// What was looked at, and what was found.
pub(super) type Line = (&'static str, Finding);
