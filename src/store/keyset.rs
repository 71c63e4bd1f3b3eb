//! Where a list is read on: lists are in the order of a time and an id, the newest first.

use std::fmt::Display;

use crate::domain::Timestamp;

/// The last entry that was read; what comes after it in the list is before it in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before<Id> {
    /// Its time.
    pub at: Timestamp,
    /// Its id.
    pub id: Id,
}

impl<Id: Display> Before<Id> {
    /// What the columns must be less than; without an entry, less than anything that is kept.
    pub(super) fn bounds(before: Option<Self>) -> (i64, String) {
        before.map_or((i64::MAX, String::new()), |it| (it.at.micros(), it.id.to_string()))
    }
}
