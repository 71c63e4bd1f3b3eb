//! The key a request comes with.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::error::Error;
use crate::api::App;
use crate::domain::{ApiKey, Dialect};
use crate::service::ServiceError;

/// A key that may read: `Authorization: Bearer mr_live_…`, with the scope `read`.
///
/// Refused with `authentication_error` when it is missing, malformed, unknown, revoked, expired or
/// another dialect's, and with `permission_error` without the scope.
pub(super) struct ReadKey(pub(super) ApiKey);

impl FromRequestParts<App> for ReadKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        authenticate(parts, app, "read").await.map(Self)
    }
}

/// A key that may write: the same with the scope `write`.
pub(super) struct WriteKey(pub(super) ApiKey);

impl FromRequestParts<App> for WriteKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        authenticate(parts, app, "write").await.map(Self)
    }
}

/// The key of a request, which must have this scope.
async fn authenticate(parts: &Parts, app: &App, scope: &str) -> Result<ApiKey, Error> {
    let token = bearer(parts).ok_or(ServiceError::Unauthenticated(
        "send your API key: Authorization: Bearer mr_live_…",
    ))?;
    let key = app.services.authenticate_key(token).await?;
    let key = key
        .filter(|key| key.dialect == Dialect::Muro)
        .ok_or(ServiceError::Unauthenticated("this API key is unknown, revoked or expired"))?;
    if !key.scopes.iter().any(|held| held == scope) {
        return Err(ServiceError::Forbidden("this API key does not have the scope for this").into());
    }
    Ok(key)
}

/// The scheme's name is written in any case (RFC 9110, section 11.1).
fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, token) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
