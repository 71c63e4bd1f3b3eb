//! Pages of lists: `?limit=25&cursor=…`, and the envelope they are answered in.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};

use super::cursor::{Place, decode, encode};
use super::error::Error;
use super::query::Query;
use crate::api::App;
use crate::domain::Invalid;

const LIMIT: u32 = 25;
const LIMIT_MAX: u32 = 100;

/// The page of a list that was asked for.
#[derive(Debug)]
pub(super) struct Page<P> {
    limit: u32,
    /// The last row of the page before; `None` asks for the first page.
    pub(super) after: Option<P>,
}

#[derive(Debug, Deserialize)]
struct PageQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

impl<P: Place> FromRequestParts<App> for Page<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let Query(query) = Query::<PageQuery>::from_request_parts(parts, app).await?;
        let limit = query.limit.as_deref().map_or(Ok(LIMIT), read_limit)?;
        let after = query.cursor.as_deref().map(decode).transpose()?;
        Ok(Self { limit, after })
    }
}

/// A limit out of range is refused, not bent: a client that asked for 500 and got 100 would take the rest
/// for missing.
fn read_limit(text: &str) -> Result<u32, Invalid> {
    let limit = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    // What is no number is as far out of range as 0.
    check_limit(limit.unwrap_or(0))
}

fn check_limit(limit: u32) -> Result<u32, Invalid> {
    let why = "must be a whole number from 1 to 100";
    (1..=LIMIT_MAX).contains(&limit).then_some(limit).ok_or_else(|| Invalid::new("limit", why))
}

impl<P: Place> Page<P> {
    /// The page that is asked for elsewhere than in an address; what is left out is as there.
    pub(super) fn of(limit: Option<u32>, cursor: Option<&str>) -> Result<Self, Invalid> {
        let limit = limit.map_or(Ok(LIMIT), check_limit)?;
        Ok(Self { limit, after: cursor.map(decode).transpose()? })
    }

    /// How many rows to ask for: one more than are shown, which tells whether there are more.
    pub(super) fn rows(&self) -> u32 {
        self.limit + 1
    }

    /// The answer to `rows`, of which there may be one more than are shown: each as `show` has it, and the
    /// cursor of the last.
    pub(super) fn list<'a, R, J: serde::Serialize>(
        &self,
        rows: &'a [R],
        place: impl Fn(&'a R) -> P,
        show: impl Fn(&'a R) -> J,
    ) -> Json<Value> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let shown = rows.get(..limit).unwrap_or(rows);
        let last = shown.last().filter(|_| shown.len() < rows.len());
        let next = last.map(|row| encode(&place(row)));
        list(shown.iter().map(show), next.as_deref())
    }
}

/// A list that is answered whole.
pub(super) fn whole_list<J: serde::Serialize>(rows: impl Iterator<Item = J>) -> Json<Value> {
    list(rows, None)
}

fn list<J: serde::Serialize>(rows: impl Iterator<Item = J>, next: Option<&str>) -> Json<Value> {
    Json(json!({
        "object": "list",
        "data": rows.collect::<Vec<_>>(),
        "has_more": next.is_some(),
        "next_cursor": next,
    }))
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Number(u32);

    impl Place for Number {
        const LIST: &'static str = "numbers";
    }

    fn page(limit: u32) -> Page<Number> {
        Page { limit, after: None }
    }

    #[test]
    fn one_row_too_many_means_that_there_are_more() {
        let Json(list) = page(2).list(&[1, 2, 3], |row| Number(*row), |row| *row);
        let cursor = encode(&Number(2));
        let expected =
            json!({"object": "list", "data": [1, 2], "has_more": true, "next_cursor": cursor});
        assert_eq!(list, expected);
    }

    #[test]
    fn a_page_that_is_just_full_is_the_last() {
        let last = |data: &[u32]| json!({"object": "list", "data": data, "has_more": false, "next_cursor": null});
        for rows in [&[1, 2][..], &[1], &[]] {
            let Json(answer) = page(2).list(rows, |row| Number(*row), |row| *row);
            assert_eq!(answer, last(rows));
        }
    }

    #[test]
    fn a_limit_is_a_whole_number_from_1_to_100() {
        assert_eq!(read_limit("1"), Ok(1));
        assert_eq!(read_limit("100"), Ok(100));
        for text in ["", "0", "101", "-1", "+1", "1.0", " 1", "ten", "99999999999"] {
            assert!(read_limit(text).is_err(), "{text}");
        }
    }
}
