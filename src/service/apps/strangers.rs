//! Names that no application has, remembered for a moment: a client with a wrong key that tries again
//! and again asks the database once in a while.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::Name;
use crate::domain::Timestamp;

/// How long a name stays unknown without asking again.
const REMEMBERED_MS: i64 = 3_000;
/// Most names that are remembered; beyond them all are forgotten, and asked for again.
const NAMES_MAX: usize = 1_024;

/// The names of nobody, each with the moment until which it is one.
#[derive(Debug, Default)]
pub(super) struct Strangers(Mutex<HashMap<String, Timestamp>>);

impl Strangers {
    pub(super) fn contains(&self, name: Name<'_>, now: Timestamp) -> bool {
        self.0.lock().get(&name.labelled()).is_some_and(|until| now < *until)
    }

    pub(super) fn remember(&self, name: Name<'_>, now: Timestamp) {
        let mut names = self.0.lock();
        if names.len() >= NAMES_MAX {
            names.clear();
        }
        names.insert(name.labelled(), now.plus_ms(REMEMBERED_MS));
    }
}

impl Name<'_> {
    /// A key and an id may have the same text.
    fn labelled(self) -> String {
        match self {
            Self::Id(id) => format!("id {id}"),
            Self::Key(key) => format!("key {key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_remembered_for_a_moment_and_among_few() {
        let strangers = Strangers::default();
        let now = Timestamp::from_micros(0);
        strangers.remember(Name::Key("a"), now);
        assert!(strangers.contains(Name::Key("a"), now.plus_ms(REMEMBERED_MS - 1)));
        assert!(!strangers.contains(Name::Key("a"), now.plus_ms(REMEMBERED_MS)));
        assert!(!strangers.contains(Name::Id("a"), now));
        for number in 0..3 * NAMES_MAX {
            strangers.remember(Name::Key(&number.to_string()), now);
            assert!(strangers.0.lock().len() <= NAMES_MAX);
        }
    }
}
