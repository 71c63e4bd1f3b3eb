//! Reading the body of a request.

use axum::body::Body as HttpBody;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};

use super::error::Error;
use crate::api::App;
use crate::body::Unread;
use crate::domain::Invalid;

/// Most bytes of a body.
pub(super) const BYTES_MAX: usize = 256 * 1024;

/// The JSON body of a request.
///
/// Refused with 415 when it is not said to be JSON, with 413 when it is larger than [`BYTES_MAX`], and with
/// 400 and the name of the field when it is not what was expected.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

/// The same where the body may be left out, and its content type with it.
#[derive(Debug)]
pub(super) struct OptionalBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &App) -> Result<Self, Error> {
        let is_json = is_json(request.headers());
        let bytes = bytes(request.into_body()).await?;
        if is_json { read(&bytes).map(Self) } else { Err(not_json()) }
    }
}

impl<T: DeserializeOwned + Default> FromRequest<App> for OptionalBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &App) -> Result<Self, Error> {
        let is_json = is_json(request.headers());
        let bytes = bytes(request.into_body()).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        if is_json { read(&bytes).map(Self) } else { Err(not_json()) }
    }
}

/// The body of a request as it came.
///
/// # Errors
/// 413 when it is larger than [`BYTES_MAX`], 408 when it does not come, 400 when it breaks off.
pub(super) async fn bytes(body: HttpBody) -> Result<Bytes, Error> {
    let broken = |unread| match unread {
        Unread::TooLarge => Error::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body has more than {BYTES_MAX} bytes"),
        ),
        Unread::TooSlow => {
            Error::refused(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")
        }
        Unread::BrokeOff => Invalid::new("body", "broke off").into(),
    };
    crate::body::read(body, BYTES_MAX).await.map_err(broken)
}

/// Reads a field that may be `null` into `Some(None)`, so that `None` is left for one that is not there:
/// `#[serde(default, deserialize_with = "present")]`.
pub(super) fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// `application/json`, in any case and with any parameters.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

pub(super) fn not_json() -> Error {
    let why = "send the body as JSON, with Content-Type: application/json";
    Error::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, why)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value =
        serde_path_to_error::deserialize(&mut json).map_err(|error| refusal(error, "body"))?;
    json.end().map_err(|error| Invalid::new("body", error.to_string()))?;
    Ok(value)
}

/// Says which field is not what was expected; `whole` is what all of it is called.
pub(super) fn refusal(
    error: serde_path_to_error::Error<serde_json::Error>,
    whole: &str,
) -> Invalid {
    let field = error.path().to_string();
    let field = if field == "." { whole.to_owned() } else { field };
    Invalid::new(field, error.into_inner().to_string())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Default, serde::Deserialize)]
    #[expect(clippy::option_option, reason = "null is told from what is missing")]
    struct Change {
        #[serde(default, deserialize_with = "present")]
        assigned: Option<Option<String>>,
        #[serde(default)]
        tags: Vec<String>,
    }

    #[test]
    fn what_is_null_is_told_from_what_is_missing() {
        assert_eq!(read::<Change>(b"{}").unwrap().assigned, None);
        assert_eq!(read::<Change>(br#"{"assigned":null}"#).unwrap().assigned, Some(None));
        let named = read::<Change>(br#"{"assigned":"a"}"#).unwrap().assigned;
        assert_eq!(named, Some(Some("a".to_owned())));
    }

    #[test]
    fn a_refusal_names_the_field() {
        let message = |body: &[u8]| read::<Change>(body).unwrap_err().to_string();
        assert_eq!(read::<Change>(br#"{"tags":["a"]}"#).unwrap().tags, ["a"]);
        assert!(message(br#"{"tags":["a",1]}"#).starts_with("tags[1]: "));
        assert!(message(br#"{"assigned":7}"#).starts_with("assigned: "));
        assert!(message(b"[").starts_with("body: "));
        assert!(message(b"").starts_with("body: "));
        assert!(read::<Value>(b"{} {}").is_err());
        assert!(read::<Value>(b"\xff").is_err());
        assert!(read::<Value>("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn only_json_is_json() {
        let is = |kind: &'static str| {
            is_json(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]))
        };
        assert!(is("application/json") && is("Application/JSON; charset=utf-8"));
        assert!(!is("text/plain") && !is("application/jsonp") && !is("application/x-json"));
        assert!(!is_json(&HeaderMap::new()));
    }
}
