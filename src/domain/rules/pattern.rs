//! Regular expressions from outside.

use regex::{Regex, RegexBuilder};

use crate::domain::Invalid;

/// Most bytes of one compiled expression. It bounds the time of a search, which grows with the size of the
/// expression and the length of the text, and with nothing else.
const COMPILED_BYTES_MAX: usize = 256 * 1024;
/// Most bytes of what is built during a search; past them the search goes on without it, slower.
const CACHE_BYTES_MAX: usize = 256 * 1024;

/// A regular expression in RE2's manner: no look-around, no references back, linear time.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// # Errors
    /// What is no expression, and what needs more memory than one may.
    pub(super) fn new(text: &str) -> Result<Self, Invalid> {
        let built = RegexBuilder::new(text)
            .size_limit(COMPILED_BYTES_MAX)
            .dfa_size_limit(CACHE_BYTES_MAX)
            .build();
        built.map(Self).map_err(|error| Invalid::new("value", refusal(&error)))
    }

    /// Whether it matches anywhere in `text`.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// Two expressions are the same when they are written the same.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

/// The last line of the library's report says what is wrong; those above draw where.
fn refusal(error: &regex::Error) -> String {
    if matches!(error, regex::Error::CompiledTooBig(_)) {
        return "is too large a regular expression".to_owned();
    }
    let report = error.to_string();
    let last = report.lines().last().unwrap_or_default();
    let why = last.trim_start_matches("error: ");
    format!("must be a regular expression in RE2's syntax: {why}")
}
