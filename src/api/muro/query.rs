//! Reading what follows the `?` of an address.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query as AxumQuery};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::Error;
use crate::api::App;
use crate::domain::Invalid;

/// The parameters of a request; those that nobody asked for are passed over.
///
/// Refused with 400 when one is given twice or is not of its kind, and when one holds a zero character,
/// which no database keeps.
#[derive(Debug)]
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Invalid::new("query", "must not hold a zero character").into());
        }
        let query = AxumQuery::from_request_parts(parts, app).await;
        query.map(|AxumQuery(query)| Self(query)).map_err(|rejection| refusal(&rejection).into())
    }
}

fn refusal(rejection: &QueryRejection) -> Invalid {
    let text = rejection.body_text();
    let why = text.split_once(": ").map_or(text.as_str(), |(_, why)| why);
    Invalid::new("query", why)
}
