//! Statements about many rows at once.

use serde::Serialize;

use super::row::to_json;

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

pub(super) use {among_sql, given_sql};

/// Rows for such a statement.
pub(super) fn given<R: Serialize>(rows: impl IntoIterator<Item = R>) -> String {
    to_json(&rows.into_iter().collect::<Vec<_>>())
}
