//! The key a request comes with, and how much it may ask.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::Error;
use crate::api::App;
use crate::domain::{ApiKey, Dialect};
use crate::service::{Allowance, ServiceError};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// The key that a request came with, or why it came with none. [`admit`] leaves it with the request.
#[derive(Clone, Debug)]
pub(in crate::api) struct Presented(pub(in crate::api) Result<ApiKey, ServiceError>);

/// A key that may read: `Authorization: Bearer mr_live_…`, with the scope `read`.
///
/// Refused with `authentication_error` when it is missing, malformed, unknown, revoked, expired or
/// another dialect's, and with `permission_error` without the scope.
pub(super) struct ReadKey(pub(super) ApiKey);

/// A key that may write: the same with the scope `write`.
pub(super) struct WriteKey(pub(super) ApiKey);

impl FromRequestParts<App> for ReadKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        scoped(parts, "read").map(Self)
    }
}

impl FromRequestParts<App> for WriteKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        scoped(parts, "write").map(Self)
    }
}

/// The key of a request, which must have this scope.
fn scoped(parts: &Parts, scope: &str) -> Result<ApiKey, Error> {
    let key = presented(parts)?;
    if holds(&key, scope) { Ok(key) } else { Err(OUT_OF_SCOPE.into()) }
}

/// The key of a request, whatever its scopes.
pub(super) fn presented(parts: &Parts) -> Result<ApiKey, ServiceError> {
    let presented = parts.extensions.get::<Presented>();
    let Presented(key) = presented.cloned().unwrap_or(Presented(Err(MISSING)));
    key
}

/// Whether a key has this scope.
pub(super) fn holds(key: &ApiKey, scope: &str) -> bool {
    key.scopes.iter().any(|held| held == scope)
}

/// What is told to a key that lacks a scope.
pub(super) const OUT_OF_SCOPE: ServiceError =
    ServiceError::Forbidden("this API key does not have the scope for this");

const MISSING: ServiceError =
    ServiceError::Unauthenticated("send your API key: Authorization: Bearer mr_live_…");
const REFUSED: ServiceError =
    ServiceError::Unauthenticated("this API key is unknown, revoked or expired");

/// Finds out whose a request is before anything else looks at it, and counts it.
///
/// Every answer to a good key tells how many more requests it may send at once (`X-RateLimit-Remaining`, of
/// `X-RateLimit-Limit` in any minute) and when there will be one more (`X-RateLimit-Reset`, in Unix seconds).
pub(in crate::api) async fn admit(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let key = present(&app, request.headers()).await;
    let Ok(ApiKey { id, .. }) = key else {
        request.extensions_mut().insert(Presented(key));
        return next.run(request).await;
    };
    let allowance = app.services.count_request(id).await;
    let mut response = if allowance.admitted {
        request.extensions_mut().insert(Presented(key));
        next.run(request).await
    } else {
        Error::from(allowance.refusal(app.clock.now())).into_response()
    };
    tell(&allowance, response.headers_mut());
    response
}

async fn present(app: &App, headers: &HeaderMap) -> Result<ApiKey, ServiceError> {
    let token = bearer(headers).ok_or(MISSING)?;
    let key = app.services.authenticate_key(token).await?;
    key.filter(|key| key.dialect == Dialect::Muro).ok_or(REFUSED)
}

/// The scheme's name is written in any case (RFC 9110, section 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Where there is no limit nothing is told of it.
fn tell(allowance: &Allowance, headers: &mut HeaderMap) {
    if allowance.limit == 0 {
        return;
    }
    let frees_at_s = allowance.frees_at.plus_ms(999).micros() / 1_000_000;
    headers.insert(LIMIT, HeaderValue::from(allowance.limit));
    headers.insert(REMAINING, HeaderValue::from(allowance.remaining));
    headers.insert(RESET, HeaderValue::from(frees_at_s));
}
