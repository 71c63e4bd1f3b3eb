//! Statements about many rows at once.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::row::to_json_of;

/// A statement that reads `$1`, a JSON array of objects, as the table `given` with the columns that are named;
/// for the engine that it is to run on. However many rows are given, it is one statement.
macro_rules! given_sql {
    ($engine:expr, [$first:ident $first_type:ident $(, $column:ident $type:ident)*], $rest:expr) => {
        match $engine {
            $crate::store::open::Engine::Sqlite => concat!(
                "with given as (select value ->> '", stringify!($first), "' as ", stringify!($first),
                $(", value ->> '", stringify!($column), "' as ", stringify!($column),)*
                " from jsonb_each($1)) ",
                $rest
            ),
            $crate::store::open::Engine::Postgres => concat!(
                "with given as (select * from json_to_recordset($1::json) as given (",
                stringify!($first), " ", stringify!($first_type),
                $(", ", stringify!($column), " ", stringify!($type),)*
                ")) ",
                $rest
            ),
        }
    };
}

/// A query that reads `$1` as [`given_sql`] does, and gives the columns that are named of all that it finds as one text, a JSON
/// array of objects (see [`taken`]). SQLite wakes whoever waits for rows with each of them, which takes longer than finding one.
macro_rules! taken_sql {
    ($engine:expr, $given:tt, [$first:ident $(, $column:ident)*], $rest:expr) => {
        match $engine {
            engine @ $crate::store::open::Engine::Sqlite => $crate::store::given::given_sql!(
                engine,
                $given,
                concat!(
                    "select json_group_array(json_object('", stringify!($first), "', ", stringify!($first),
                    $(", '", stringify!($column), "', ", stringify!($column),)*
                    ")) from (", $rest, ") as taken"
                )
            ),
            engine @ $crate::store::open::Engine::Postgres => $crate::store::given::given_sql!(
                engine,
                $given,
                concat!(
                    "select cast(coalesce(json_agg(taken), '[]') as text) from (select ",
                    stringify!($first), $(", ", stringify!($column),)*
                    " from (", $rest, ") as found) as taken"
                )
            ),
        }
    };
}

/// A statement in which something is one of `$1`, a JSON array of texts: `$before` ends where the list of them begins; for
/// the engine that it is to run on.
macro_rules! among_sql {
    ($engine:expr, $before:literal, $after:literal) => {
        match $engine {
            $crate::store::open::Engine::Sqlite => {
                concat!($before, " (select value from json_each($1))", $after)
            }
            $crate::store::open::Engine::Postgres => {
                concat!($before, " (select json_array_elements_text($1::json))", $after)
            }
        }
    };
}

pub(super) use {among_sql, given_sql, taken_sql};

/// About as much as a row takes, so that a text of many need not grow again and again.
const ROW_BYTES: usize = 512;

/// Rows for such a statement.
pub(super) fn given<R: Serialize>(rows: impl IntoIterator<Item = R>) -> String {
    let rows: Vec<R> = rows.into_iter().collect();
    to_json_of(&rows, rows.len() * ROW_BYTES)
}

/// What a query of [`taken_sql`] found.
pub(super) fn taken<R: DeserializeOwned>(text: &str) -> Result<Vec<R>, StoreError> {
    Ok(serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))?)
}
