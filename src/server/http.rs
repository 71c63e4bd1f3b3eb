//! HTTP on a connection, for as long as it lasts.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tracing::debug;

use super::client::Client;
use crate::takeover::Begun;

/// How long a client may take to send the head of a request.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// Serves HTTP until the connection ends, or until the server stops and the connection has nothing to do. The answer to its
/// first request may be there already.
pub(super) async fn serve(
    begun: Begun,
    client: Client,
    router: Router,
    answer: Option<Response>,
    stop: CancellationToken,
) {
    let answer = Mutex::new(answer);
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = answer.lock().take();
        let mut request = request.map(Body::new);
        client.mark(&mut request);
        let router = router.clone();
        async move {
            Ok::<_, Infallible>(match answer {
                Some(answer) => answer,
                None => router.oneshot(request).await.unwrap_or_else(|never| match never {}),
            })
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(begun), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        debug!(%error, "an HTTP connection ended early");
    }
}
