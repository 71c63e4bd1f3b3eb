//! Which agent a request comes from, and whether it may change anything.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use subtle::ConstantTimeEq;

use super::error::Error;
use crate::api::App;
use crate::dialect::platform::SESSION_COOKIE;
use crate::domain::AgentActor;
use crate::service::{AgentLogin, ServiceError};

const CSRF_HEADER: &str = "x-csrftoken";

/// The agent of an API request: by session cookie, or by an agent key in `Authorization: Bearer`.
///
/// With a cookie, a request that changes something must carry the login's CSRF token in
/// `X-CSRFToken`; a key is not sent by itself, so it needs none.
pub(super) struct AgentRequest(pub(super) AgentActor);

impl FromRequestParts<App> for AgentRequest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        if let Some(token) = bearer(parts) {
            let key = app.services.authenticate_key(token).await?;
            let agent = key.and_then(|key| key.agent_actor());
            return Ok(Self(agent.ok_or(ServiceError::Unauthenticated("invalid key"))?));
        }
        let login = <Login as OptionalFromRequestParts<App>>::from_request_parts(parts, app);
        let Some(Login(login)) = login.await? else {
            return Err(ServiceError::Unauthenticated("log in first").into());
        };
        if !parts.method.is_safe() && !has_token(parts, &login.csrf_token) {
            return Err(ServiceError::Forbidden("the CSRF token is missing or wrong").into());
        }
        Ok(Self(login.agent.actor()))
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    parts.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn has_token(parts: &Parts, expected: &str) -> bool {
    let token = parts.headers.get(CSRF_HEADER).and_then(|token| token.to_str().ok());
    token.is_some_and(|token| same(token, expected))
}

/// Compares secrets without telling by the time it takes how much of them is right.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// The login of a browser, for pages, which go to the login form where there is none.
pub(super) struct Login(pub(super) AgentLogin);

impl OptionalFromRequestParts<App> for Login {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Error> {
        let jar = CookieJar::from_headers(&parts.headers);
        let Some(cookie) = jar.get(SESSION_COOKIE) else { return Ok(None) };
        let login = app.services.authenticate_session(cookie.value()).await?;
        Ok(login.map(Self))
    }
}
