//! The listening socket and the HTTP connections on it.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tracing::{debug, warn};

use crate::client_address::{ClientAddress, OverTls};
use crate::config::{IpRange, any_contains};

/// Connections that may wait to be accepted: as many as may come back at once after a restart.
const BACKLOG: u32 = 4096;
/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Wait before accepting again, when the system has no more descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How connections are served.
#[derive(Clone, Debug)]
pub struct Server {
    /// Proxies whose word on where a request comes from is believed.
    pub trusted_proxies: Vec<IpRange>,
    /// How long the kernel keeps unacknowledged data before it calls the peer gone.
    pub user_timeout: Duration,
    /// Where connections run.
    pub tasks: TaskTracker,
    /// No more connections are accepted, and idle ones end.
    pub stop: CancellationToken,
}

/// Binds the address.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that comes back must not wait for connections of its predecessor to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Server {
    /// Accepts connections until it is told to stop.
    pub async fn run(self, listener: TcpListener, router: Router) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, address)) => self.serve(stream, address.ip(), router.clone()),
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn serve(&self, stream: TcpStream, address: IpAddr, router: Router) {
        if let Err(error) = self.prepare(&stream) {
            debug!(%error, "a connection was gone before it was served");
            return;
        }
        let trusted =
            any_contains(&self.trusted_proxies, address).then(|| self.trusted_proxies.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            let trusted = trusted.as_deref();
            let client = trusted.and_then(|proxies| forwarded(request.headers(), proxies));
            request.extensions_mut().insert(ClientAddress(client.unwrap_or(address)));
            if trusted.is_some() && is_over_tls(request.headers()) {
                request.extensions_mut().insert(OverTls);
            }
            let answer = router.clone().oneshot(request.map(Body::new));
            async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
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
        });
    }

    fn prepare(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        #[cfg(target_os = "linux")]
        SockRef::from(stream).set_tcp_user_timeout(Some(self.user_timeout))?;
        Ok(())
    }
}

/// The address that trusted proxies say a request comes from: the last one in `X-Forwarded-For` that
/// is not itself a trusted proxy. What stands before it, anyone could have written.
fn forwarded(headers: &HeaderMap, proxies: &[IpRange]) -> Option<IpAddr> {
    let values = headers.get_all("x-forwarded-for").iter();
    let text: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
    let hops = text.iter().rev().flat_map(|value| value.rsplit(','));
    hops.map_while(|hop| hop.trim().parse::<IpAddr>().ok()).find(|hop| !any_contains(proxies, *hop))
}

/// Whether the nearest proxy says that it was reached over TLS.
fn is_over_tls(headers: &HeaderMap) -> bool {
    let protocol = headers.get_all("x-forwarded-proto").iter().next_back();
    let nearest = protocol.and_then(|value| value.to_str().ok()?.rsplit(',').next());
    nearest.is_some_and(|name| name.trim().eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        let proxies: Vec<IpRange> = vec!["10.0.0.0/8".parse().unwrap()];
        let client = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", text.parse().unwrap());
            forwarded(&headers, &proxies).map(|address| address.to_string())
        };
        assert_eq!(client("203.0.113.9").as_deref(), Some("203.0.113.9"));
        assert_eq!(client("1.1.1.1, 203.0.113.9, 10.0.0.2").as_deref(), Some("203.0.113.9"));
        assert_eq!(client("10.0.0.2"), None);
        assert_eq!(client("nonsense"), None);
    }
}
