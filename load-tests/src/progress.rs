//! What is said while it runs.

use std::io::Write as _;

/// Says on the terminal what goes on, apart from the results.
pub(crate) fn say(text: &str) {
    // Nobody has to listen.
    let _ = writeln!(std::io::stderr(), "  {text}");
}
