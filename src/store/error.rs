//! What a caller of the store can tell apart.

/// Why the database did not do what it was asked. Absence is no error: lookups return `Option`.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be asked, or did not answer in time. Nothing is known to be kept.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Someone else wrote at the same time (a unique key, a deadlock); the same again may succeed.
    #[error("someone else wrote at the same time: {0}")]
    Conflict(String),
    /// A row breaks a rule that this program keeps.
    #[error("{table}.{column} of {id} is corrupt")]
    Corrupt {
        /// The table of the row.
        table: &'static str,
        /// The column that cannot be read.
        column: &'static str,
        /// The row's key, or as much of it as is known.
        id: String,
    },
}
