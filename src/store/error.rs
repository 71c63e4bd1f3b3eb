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

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if is_conflict(database.as_ref()) => {
                Self::Conflict(error.to_string())
            }
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::Decode(_) => {
                Self::Corrupt { table: "result", column: "of a query", id: error.to_string() }
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

/// Violations are told by kind, which is portable; deadlocks and failed serialization by SQLSTATE,
/// which only Postgres has.
fn is_conflict(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.is_unique_violation()
        || error.is_foreign_key_violation()
        || matches!(error.code().as_deref(), Some("40P01" | "40001"))
}
