//! Logging in and out, by a form.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::agent::{Login, same};
use super::error::Error;
use crate::api::App;
use crate::api::redirect::found;
use crate::client_address::ClientAddress;
use crate::dialect::platform::SESSION_COOKIE;
use crate::domain::secrets::{Secret, random_hex};
use crate::service::ServiceError;
use crate::web::{Page, escape};

/// The token of a login form, kept by the browser that got the form.
const FORM_COOKIE: &str = "login_form";
const INBOX: &str = "/inbox";

#[derive(Debug, Deserialize)]
pub(super) struct Next {
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: Secret,
    #[serde(default)]
    csrf_token: String,
    next: Option<String>,
}

/// `GET /auth/login`
pub(super) async fn form(
    State(app): State<App>,
    login: Option<Login>,
    jar: CookieJar,
    Query(query): Query<Next>,
) -> Response {
    if login.is_some() {
        return found(local(query.next.as_deref()));
    }
    show_form(&app, jar, StatusCode::OK, query.next.as_deref(), None)
}

fn show_form(
    app: &App,
    jar: CookieJar,
    status: StatusCode,
    next: Option<&str>,
    error: Option<&str>,
) -> Response {
    let known = jar.get(FORM_COOKIE).map(|cookie| cookie.value().to_owned());
    let token = known.unwrap_or_else(|| random_hex(18));
    let bootstrap = json!({"error": error, "next": local(next)});
    let field = format!(
        r#"<input type="hidden" name="csrf_token" value="{}"><input type="hidden" name="next" value="{}">"#,
        escape(&token),
        escape(local(next)),
    );
    let page = Page::new("login.html").csrf_token(&token).bootstrap(&bootstrap);
    let page = page.insert("csrf", field).insert("error", escape(error.unwrap_or_default()));
    let jar = jar.add(cookie(app, FORM_COOKIE, token));
    (status, jar, page.render(&app.assets)).into_response()
}

/// `POST /auth/login`: to the inbox with a session cookie, or the form again with what is wrong.
pub(super) async fn log_in(
    State(app): State<App>,
    jar: CookieJar,
    address: Option<axum::Extension<ClientAddress>>,
    Form(form): Form<Credentials>,
) -> Response {
    let next = form.next.as_deref();
    let expected = jar.get(FORM_COOKIE).map(Cookie::value).unwrap_or_default();
    if expected.is_empty() || !same(expected, &form.csrf_token) {
        let why = "This form has expired. Please try again.";
        return show_form(&app, jar, StatusCode::FORBIDDEN, next, Some(why));
    }
    let address = address.map(|it| it.0.0.to_string()).unwrap_or_default();
    match app.services.log_in(&form.email, &form.password, &address).await {
        Ok(login) => {
            let session = cookie(&app, SESSION_COOKIE, login.token.expose().to_owned());
            let jar = jar.remove(cookie(&app, FORM_COOKIE, String::new())).add(session);
            (jar, found(local(next))).into_response()
        }
        Err(ServiceError::Unauthenticated(why)) => {
            show_form(&app, jar, StatusCode::UNAUTHORIZED, next, Some(why))
        }
        Err(ServiceError::TooMany { retry_after_ms }) => {
            let seconds = retry_after_ms.div_ceil(1000);
            let why = format!("Too many attempts. Try again in {seconds} seconds.");
            show_form(&app, jar, StatusCode::TOO_MANY_REQUESTS, next, Some(&why))
        }
        Err(error) => Error::from(error).into_response(),
    }
}

/// `POST /auth/logout`: ends every session of the agent, everywhere.
pub(super) async fn log_out(
    State(app): State<App>,
    login: Option<Login>,
    jar: CookieJar,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Error> {
    let Some(Login(login)) = login else {
        return Ok(found("/auth/login"));
    };
    let header = headers.get("x-csrftoken").and_then(|token| token.to_str().ok());
    let mut fields = url::form_urlencoded::parse(&body);
    let field = fields.find(|(name, _)| name == "csrf_token").map(|(_, token)| token.into_owned());
    let token = header.map(str::to_owned).or(field).unwrap_or_default();
    if !same(&token, &login.csrf_token) {
        return Err(ServiceError::Forbidden("the CSRF token is missing or wrong").into());
    }
    app.services.log_out_everywhere(login.agent.id).await?;
    let jar = jar.remove(cookie(&app, SESSION_COOKIE, String::new()));
    Ok((jar, found("/auth/login")).into_response())
}

fn cookie(app: &App, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.is_secure())
        .build()
}

/// Where to go after logging in: a path of this server, whatever the link said.
fn local(next: Option<&str>) -> &str {
    let is_local = |path: &&str| {
        path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n'])
    };
    next.filter(is_local).unwrap_or(INBOX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_cannot_send_an_agent_elsewhere() {
        assert_eq!(local(Some("/inbox?c=1")), "/inbox?c=1");
        for next in ["https://evil.test", "//evil.test", "/\\evil.test", "evil", ""] {
            assert_eq!(local(Some(next)), INBOX, "{next}");
        }
    }
}
