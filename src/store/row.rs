//! From columns to values.

use std::fmt::Display;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Any, Executor, FromRow};

use super::StoreError;

/// A query that gives rows of `R`.
pub(super) type Query<'q, R> = sqlx::query::QueryAs<'q, Any, R, AnyArguments>;

/// What can be read from a row of either engine.
pub(super) trait Reading<'r>: FromRow<'r, AnyRow> + Send + Unpin {}

impl<'r, R: FromRow<'r, AnyRow> + Send + Unpin> Reading<'r> for R {}

pub(super) async fn fetch_optional<'c, R: for<'r> Reading<'r>>(
    executor: impl Executor<'c, Database = Any>,
    query: Query<'_, R>,
) -> Result<Option<R>, StoreError> {
    Ok(query.fetch_optional(executor).await?)
}

pub(super) async fn fetch_all<'c, R: for<'r> Reading<'r>>(
    executor: impl Executor<'c, Database = Any>,
    query: Query<'_, R>,
) -> Result<Vec<R>, StoreError> {
    Ok(query.fetch_all(executor).await?)
}

/// The row a column is read from, so that a bad one can be found.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) table: &'static str,
    pub(super) id: &'a str,
}

impl Source<'_> {
    pub(super) fn parse<T: FromStr<Err: Display>>(
        self,
        column: &'static str,
        text: &str,
    ) -> Result<T, StoreError> {
        text.parse().map_err(|_| self.corrupt(column))
    }

    pub(super) fn parse_optional<T: FromStr<Err: Display>>(
        self,
        column: &'static str,
        text: Option<&str>,
    ) -> Result<Option<T>, StoreError> {
        text.map(|text| self.parse(column, text)).transpose()
    }

    pub(super) fn json<T: DeserializeOwned>(
        self,
        column: &'static str,
        text: &str,
    ) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|_| self.corrupt(column))
    }

    pub(super) fn corrupt(self, column: &'static str) -> StoreError {
        StoreError::Corrupt { table: self.table, column, id: self.id.to_owned() }
    }
}

/// The JSON text of a value of ours, none of which can fail to have one.
pub(super) fn to_json(value: &impl Serialize) -> String {
    to_json_of(value, 128)
}

/// The same, of one whose text takes about so many bytes.
pub(super) fn to_json_of(value: &impl Serialize, bytes: usize) -> String {
    let mut text = Vec::with_capacity(bytes);
    serde_json::to_writer(&mut text, value).expect("values of the domain have string keys alone");
    String::from_utf8(text).expect("JSON is UTF-8")
}
