//! Who is asking: every request is signed with the application's secret (Pusher Channels HTTP API,
//! "Authentication"). Nothing else is looked at before.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::Method;
use axum::http::request::Parts;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use switchboard_protocol::pusher::{ChannelName, SignedRequest, TIMESTAMP_TOLERANCE_S, Token};

use super::body;
use super::error::Error;
use super::query::Query;
use super::replays::{Received, Refused};
use crate::api::App;
use crate::body::discard;
use crate::domain::{PusherApp, Timestamp};

/// A request that an application has signed.
pub(super) struct Signed {
    /// The application.
    pub(super) app: Arc<PusherApp>,
    /// The query, the parameters of the signature among it.
    pub(super) query: Query,
    /// The body as it came.
    pub(super) body: Bytes,
    path: HashMap<String, String>,
}

impl Signed {
    /// The channel that the path names.
    pub(super) fn channel(&self) -> Result<ChannelName, Error> {
        let chars_max = self.app.settings.limits.channel_name_chars_max;
        ChannelName::parse(self.in_path("channel"), chars_max)
            .map_err(|error| Error::bad_request(error.to_string()))
    }

    /// The user that the path names.
    pub(super) fn user_id(&self) -> &str {
        self.in_path("user_id")
    }

    fn in_path(&self, name: &str) -> &str {
        self.path.get(name).map(String::as_str).unwrap_or_default()
    }
}

impl FromRequest<App> for Signed {
    type Rejection = Error;

    /// The signature covers the body's hash, so it is checked before the body is read: nobody without
    /// the secret makes the server keep anything.
    async fn from_request(request: Request, state: &App) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let head = match Head::check(&mut parts, state).await {
            Ok(head) => head,
            Err(error) => {
                discard(body).await;
                return Err(error);
            }
        };
        let body = body::read(body, body::bytes_max(&head.app.settings.limits)).await?;
        SignedRequest { body: &body, ..head.query.signed() }.verify_body()?;
        if !parts.method.is_safe() {
            head.check_replay(state).await?;
        }
        let Head { app, query, path, .. } = head;
        Ok(Self { app, query, body, path })
    }
}

/// A request without its body, whose signature is right.
struct Head {
    app: Arc<PusherApp>,
    query: Query,
    path: HashMap<String, String>,
    signature: u128,
    signed_at_s: i64,
}

impl Head {
    async fn check(parts: &mut Parts, state: &App) -> Result<Self, Error> {
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, &()).await;
        let Path(path) = path.map_err(|_| Error::bad_request("the path is not UTF-8"))?;
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        let app = match path.get("app_id") {
            Some(id) => find(state, id).await?,
            None => find_by_key(state, query.get("auth_key")?.unwrap_or_default()).await?,
        };
        let signed_at_s = check_signature(&app, &parts.method, parts.uri.path(), &query)?;
        check_time(signed_at_s, state.clock.now())?;
        if !app.enabled {
            let text = "this application is disabled; `switchboard apps enable` enables it again";
            return Err(Error::forbidden(text));
        }
        let signature = fingerprint(query.get("auth_signature")?.unwrap_or_default());
        Ok(Self { app, query, path, signature, signed_at_s })
    }

    async fn check_replay(&self, state: &App) -> Result<(), Error> {
        let request = Received {
            app: &self.app.id,
            signature: self.signature,
            signed_at_s: self.signed_at_s,
        };
        let now = state.clock.now();
        let admitted = state.replays.admit(request, now, state.services.shared_memory()).await;
        admitted.map_err(|refused| {
            Error::unauthorized(match refused {
                Refused::Repeated => {
                    "this request was already received; sign each request anew, with the time it \
                     is sent at"
                }
                Refused::Forgotten => {
                    "auth_timestamp: is too old for a server this busy; sign with the present time"
                }
            })
        })
    }
}

async fn find(state: &App, id: &str) -> Result<Arc<PusherApp>, Error> {
    let found = state.services.apps().by_id(id).await?;
    found.ok_or_else(|| Error::not_found("there is no application with this id; check app_id"))
}

async fn find_by_key(state: &App, key: &str) -> Result<Arc<PusherApp>, Error> {
    let found = state.services.apps().by_key(key).await?;
    found.ok_or_else(|| Error::unauthorized("auth_key: no application has this key"))
}

/// Gives the second of signing.
fn check_signature(
    app: &PusherApp,
    method: &Method,
    path: &str,
    query: &Query,
) -> Result<i64, Error> {
    let token = Token::new(&app.key, app.secret.expose());
    let request = SignedRequest { method: method.as_str(), path, ..query.signed() };
    // SDKs sign the path as they write it, and some HTTP clients then escape it on the way.
    let written = percent_decode_str(path).decode_utf8_lossy();
    let verified = request.verify_head(&token).or_else(|error| {
        let as_written = SignedRequest { path: &written, ..request };
        as_written.verify_head(&token).map_err(|_| error)
    });
    Ok(verified?)
}

fn check_time(signed_at_s: i64, now: Timestamp) -> Result<(), Error> {
    let now_s = now.micros().div_euclid(1_000_000);
    if now_s.abs_diff(signed_at_s) > TIMESTAMP_TOLERANCE_S {
        return Err(Error::unauthorized(format!(
            "auth_timestamp: {signed_at_s} is more than {TIMESTAMP_TOLERANCE_S} seconds from the \
             server's time, {now_s}; set the clock"
        )));
    }
    Ok(())
}

/// Half of a signature is enough to tell requests apart. Only signatures that are right come here,
/// and they are hexadecimal.
fn fingerprint(signature: &str) -> u128 {
    let half = signature.get(..32).unwrap_or_default();
    u128::from_str_radix(half, 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PusherSettings;
    use crate::domain::secrets::Secret;

    // The example of Pusher's documentation of its HTTP API, "Worked authentication example".
    const SIGNED_AT_S: i64 = 1_353_088_179;
    const PATH: &str = "/apps/3/events";
    const QUERY: &str = "auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0\
        &body_md5=ec365a775a4cd0599faeb73354201b6f\
        &auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c";

    fn app() -> PusherApp {
        PusherApp {
            id: "3".into(),
            name: "example".to_owned(),
            key: "278d425bdf160c739803".to_owned(),
            secret: Secret::new("7ad3773142a6692b25b8"),
            organization_id: None,
            enabled: true,
            settings: PusherSettings::default(),
        }
    }

    fn check(method: &Method, path: &str, query: &str) -> Result<i64, Error> {
        check_signature(&app(), method, path, &Query::parse(query))
    }

    #[test]
    fn the_documented_request_is_admitted() {
        assert_eq!(check(&Method::POST, PATH, QUERY), Ok(SIGNED_AT_S));
    }

    #[test]
    fn nothing_that_is_signed_can_be_changed() {
        for (method, path, query) in [
            (Method::GET, PATH, QUERY.to_owned()),
            (Method::POST, "/apps/4/events", QUERY.to_owned()),
            (Method::POST, PATH, QUERY.replace("1353088179", "1353088180")),
            (Method::POST, PATH, QUERY.replace("ec365a77", "ec365a78")),
            (Method::POST, PATH, QUERY.replace("=da4548", "=da4549")),
            (Method::POST, PATH, QUERY.replace("f457e6c", "f457e6")),
            (Method::POST, PATH, QUERY.replace("=da454824c97ba181a32ccc17a72625ba0", "=")),
            (Method::POST, PATH, format!("{QUERY}&info=user_count")),
            (Method::POST, PATH, QUERY.replace("version=1.0", "version=2.0")),
            (Method::POST, PATH, QUERY.replace("278d425b", "other")),
            (Method::POST, PATH, String::new()),
        ] {
            let error = check(&method, path, &query).unwrap_err();
            assert_eq!(error.status(), 401, "{method} {path} {query}");
        }
    }

    #[test]
    fn a_path_may_be_signed_as_it_is_sent_or_as_it_was_written() {
        let (sent, written) = ("/apps/3/users/auth0%7C7%3B/x", "/apps/3/users/auth0|7;/x");
        let parameters = "auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0";
        let (query, app) = (Query::parse(parameters), app());
        let token = Token::new(&app.key, app.secret.expose());
        for path in [sent, written] {
            let request = SignedRequest { method: "GET", path, ..query.signed() };
            let query = format!("{parameters}&auth_signature={}", request.sign(&token));
            assert_eq!(check(&Method::GET, sent, &query), Ok(SIGNED_AT_S), "{path}");
        }
    }

    #[test]
    fn the_clocks_may_differ_by_ten_minutes() {
        let at = |offset: i64| Timestamp::default().plus_ms((SIGNED_AT_S + offset) * 1_000);
        for offset in [-600, 0, 600] {
            assert_eq!(check_time(SIGNED_AT_S, at(offset)), Ok(()), "{offset}");
        }
        for offset in [-601, 601] {
            assert_eq!(check_time(SIGNED_AT_S, at(offset)).unwrap_err().status(), 401, "{offset}");
        }
        for extreme in [i64::MIN, i64::MAX] {
            assert_eq!(check_time(extreme, at(0)).unwrap_err().status(), 401, "{extreme}");
        }
    }

    #[test]
    fn a_refusal_tells_what_to_sign_and_nothing_secret() {
        let error = check(&Method::POST, PATH, &format!("{QUERY}&info=x")).unwrap_err();
        let text = format!("{error:?}");
        assert!(text.contains("POST") && text.contains("info=x"), "{text}");
        assert!(!text.contains("7ad3773142a6692b25b8"), "{text}");
    }
}
