//! Requests that bring what a client has to say: an array of strings, each of them a frame.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use switchboard_protocol::pusher::fallback::{self as wire, BadMessages};
use tokio::time::timeout;

use super::cross_origin::NO_CACHE;
use super::exchange::Over;
use super::target::{Dialect, Side, Transport};
use super::{Fallback, TEXT, not_found};
use crate::body::{self, Unread};

/// Why nothing was taken of what a request brought. The session goes on as if it had not been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rejected {
    /// There is no array of strings.
    Missing,
    /// It is not even JSON.
    Broken,
    /// It has too many bytes, or broke off.
    TooLarge,
    /// It did not come in time.
    TooSlow,
    /// There is no such session.
    Unknown,
}

impl From<Over> for Rejected {
    fn from(_: Over) -> Self {
        Self::Unknown
    }
}

impl From<BadMessages> for Rejected {
    fn from(bad: BadMessages) -> Self {
        match bad {
            BadMessages::Empty | BadMessages::NotStrings => Self::Missing,
            BadMessages::Json(_) => Self::Broken,
        }
    }
}

impl Fallback {
    /// Hands over what a request brings, and answers when all of it waits for the session.
    pub(super) async fn send(&self, side: &Side, request: Request) -> Response {
        match self.hand_over(side, request).await {
            Err(rejected) => rejected.response(&side.dialect),
            // Some browsers take an empty answer to a form for an error.
            Ok(()) if side.transport == Transport::JsonpSend => {
                (NO_CACHE, TEXT, "ok").into_response()
            }
            // One browser takes an answer without a type for broken XML.
            Ok(()) => (StatusCode::NO_CONTENT, NO_CACHE, TEXT).into_response(),
        }
    }

    async fn hand_over(&self, side: &Side, request: Request) -> Result<(), Rejected> {
        let exchange = self.sessions.find(&side.session).ok_or(Rejected::Unknown)?;
        let turn = exchange.turn().await?;
        let (parts, body) = request.into_parts();
        let limit = self.endpoint.settings.payload_bytes_max;
        // Others wait for this one, so it must not take for ever.
        let patience = self.endpoint.settings.allowance.write_timeout;
        let read = timeout(patience, body::read(body, limit)).await;
        let body = read.unwrap_or(Err(Unread::TooSlow))?;
        let text = payload(&parts, &body)?;
        exchange.deliver(wire::decode_messages(&text)?).await?;
        drop(turn);
        Ok(())
    }
}

/// The JSON in a body: all of it, or the field `d` of a form.
fn payload(parts: &Parts, body: &Bytes) -> Result<String, Rejected> {
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let is_form =
        content_type.is_some_and(|it| it.starts_with("application/x-www-form-urlencoded"));
    if is_form {
        let field = url::form_urlencoded::parse(body).find(|(name, _)| name == "d");
        return Ok(field.map(|(_, value)| value.into_owned()).unwrap_or_default());
    }
    std::str::from_utf8(body).map(str::to_owned).map_err(|_| Rejected::Broken)
}

impl From<Unread> for Rejected {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::TooLarge => Self::TooLarge,
            Unread::TooSlow => Self::TooSlow,
            Unread::BrokeOff => Self::Broken,
        }
    }
}

impl Rejected {
    /// SockJS has words and a status of its own for what it cannot read.
    fn response(self, dialect: &Dialect) -> Response {
        let unreadable = match dialect {
            Dialect::Pusher { .. } => StatusCode::BAD_REQUEST,
            Dialect::SockJs => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let (status, why) = match self {
            Self::Missing => (unreadable, "Payload expected."),
            Self::Broken => (unreadable, "Broken JSON encoding."),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body has too many bytes"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
            Self::Unknown => return not_found(),
        };
        (status, NO_CACHE, TEXT, why).into_response()
    }
}
