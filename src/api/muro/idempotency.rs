//! `Idempotency-Key`: the same `POST`, sent again, is answered as before and does nothing again.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use tokio::time::sleep;
use tracing::{Instrument as _, warn};

use super::body;
use super::error::Error;
use super::key::Presented;
use crate::api::App;
use crate::domain::Invalid;
use crate::service::{Attempt, KeptAnswer, Reservation, ServiceError, Services, StoreError};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Tells an answer that was kept from a fresh one.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How often, and after which pause, it is tried again to say how an attempt ended.
const SETTLE_TRIES: u32 = 120;
const SETTLE_PAUSE: Duration = Duration::from_millis(500);
/// Most characters of a key.
const KEY_CHARS_MAX: usize = 255;

/// Lets a `POST` with an `Idempotency-Key` happen once. Keys are remembered for a day, each API key's for
/// itself; requests without an API key are refused by their handlers.
///
/// The handler runs to its end also when the client does not wait for it, so that the client's next try finds the
/// answer.
pub(super) async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_post = request.method() == Method::POST;
    match (request.headers().get(KEY), request.extensions().get::<Presented>()) {
        (Some(key), Some(Presented(Ok(owner)))) if is_post => {
            let (key, owner) = (key.clone(), owner.id);
            let done = async {
                let key = read_key(&key)?;
                let (request, fingerprint) = fingerprint(request).await?;
                let attempt = Attempt::begin();
                match app.services.reserve_request(attempt, owner, key, &fingerprint).await {
                    Ok(Reservation::Replay(kept)) => Ok(replay(kept)),
                    Ok(Reservation::CarryOut(attempt)) => {
                        carry_out(&app, attempt, request, next).await
                    }
                    Err(error) => {
                        if matches!(error, ServiceError::Internal(_)) {
                            settle(&app, attempt, None);
                        }
                        Err(error.into())
                    }
                }
            };
            done.await.unwrap_or_else(|error: Error| error.into_response())
        }
        _ => next.run(request).await,
    }
}

fn read_key(key: &HeaderValue) -> Result<&str, Invalid> {
    let fits = |key: &&str| {
        (1..=KEY_CHARS_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let why = "must be 1 to 255 ASCII characters that can be seen";
    key.to_str().ok().filter(fits).ok_or_else(|| Invalid::new("Idempotency-Key", why))
}

/// The request, and a hash of all that makes it this one: method, address and body.
async fn fingerprint(request: Request) -> Result<(Request, String), Error> {
    let (parts, body) = request.into_parts();
    let body = body::bytes(body).await?;
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
    let hash = Sha256::new()
        .chain_update(parts.method.as_str())
        .chain_update([0])
        .chain_update(uri.to_string())
        .chain_update([0])
        .chain_update(&body)
        .finalize();
    let request = Request::from_parts(parts, Body::from(body));
    Ok((request, format!("{hash:x}")))
}

/// Runs the handler and keeps its answer, in a task of its own.
async fn carry_out(
    app: &App,
    attempt: Attempt,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let at_once = Arc::clone(app);
    let work = async move {
        let (parts, body) = attempt.scope(next.run(request)).await.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let answer = is_final(parts.status).then(|| KeptAnswer {
            status: parts.status.as_u16(),
            body: String::from_utf8_lossy(&body).into_owned(),
        });
        if end(&at_once.services, attempt, answer.clone()).await.is_err() {
            settle(&at_once, attempt, answer);
        }
        Response::from_parts(parts, Body::from(body))
    };
    app.tasks.spawn(work.in_current_span()).await.map_err(|_| {
        let why = "a handler panicked".to_owned();
        ServiceError::Internal(StoreError::Unavailable(why)).into()
    })
}

/// Keeps the answer of an attempt, or gives its key back.
async fn end(
    services: &Services,
    attempt: Attempt,
    answer: Option<KeptAnswer>,
) -> Result<(), ServiceError> {
    match answer {
        Some(answer) => services.keep_answer(attempt, answer).await,
        None => services.release_request(attempt).await,
    }
}

/// The database was away when an attempt ended: tried again until it is back, so that the client's next try does
/// not have to wait for the end of the lease.
fn settle(app: &App, attempt: Attempt, answer: Option<KeptAnswer>) {
    let services = app.services.clone();
    let work = async move {
        for _ in 0..SETTLE_TRIES {
            sleep(SETTLE_PAUSE).await;
            if end(&services, attempt, answer.clone()).await.is_ok() {
                return;
            }
        }
        warn!("an answer was not kept for those who ask again: the database is away");
    };
    app.tasks.spawn(app.draining.clone().run_until_cancelled_owned(work.in_current_span()));
}

/// Whether the same request, sent again, is to get the same answer: not if it may go better then.
fn is_final(status: StatusCode) -> bool {
    !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS
}

fn replay(kept: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = HeaderMap::new();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    if !kept.body.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    (status, headers, Body::from(kept.body)).into_response()
}
