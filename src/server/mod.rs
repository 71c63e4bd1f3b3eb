//! The listening socket and the connections on it.
//!
//! - [`first`]: the first request on a connection, which may make a WebSocket of it;
//! - [`http`]: everything else;
//! - [`client`]: where requests come from.

mod client;
mod first;
mod http;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use tracing::{debug, warn};

use self::client::Client;
use self::first::websocket_request;
use self::http::HEAD_TIMEOUT;
use crate::config::IpRange;
use crate::takeover::{Begun, Takeover};

/// Connections that may wait to be accepted: as many as may come back at once after a restart.
const BACKLOG: u32 = 4096;
/// What the kernel takes of a connection before the network has room for it. More would wait there for a reader who
/// has stopped, up to megabytes, beside what its own queue may hold.
#[cfg(target_os = "linux")]
const UNSENT_BYTES_MAX: u32 = 128 * 1024;
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

/// Who answers what comes.
#[derive(Clone, Debug)]
pub struct Routers {
    /// A request for a WebSocket, where it is the first of a connection.
    pub websockets: Router,
    /// Any other.
    pub http: Router,
}

/// One answers everything.
impl From<Router> for Routers {
    fn from(router: Router) -> Self {
        Self { websockets: router.clone(), http: router }
    }
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
    pub async fn run(self, listener: TcpListener, routers: Routers) {
        if let Err(error) = self.prepare(&listener) {
            warn!(%error, "cannot set up the listening socket");
        }
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, address)) => self.serve(stream, address.ip(), routers.clone()),
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn serve(&self, stream: TcpStream, address: IpAddr, routers: Routers) {
        let client = Client::new(address, &self.trusted_proxies);
        self.tasks.spawn(answer_first(stream, client, routers, self.stop.clone()));
    }

    /// Sets up a socket to listen on: what it is set to, every connection that it accepts begins with.
    fn prepare(&self, listener: &TcpListener) -> io::Result<()> {
        let socket = SockRef::from(listener);
        socket.set_tcp_nodelay(true)?;
        #[cfg(target_os = "linux")]
        {
            socket.set_tcp_user_timeout(Some(self.user_timeout))?;
            socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
        }
        Ok(())
    }
}

/// Reads the first request of a connection, and has it answered. A WebSocket takes the connection with it; everything else
/// is HTTP's.
async fn answer_first(
    stream: TcpStream,
    client: Client,
    routers: Routers,
    stop: CancellationToken,
) {
    let read = stop.run_until_cancelled(timeout(HEAD_TIMEOUT, first::read(stream))).await;
    let Some(Ok(Ok(begun))) = read else {
        debug!("a connection ended before anything came");
        return;
    };
    let Some((mut request, behind)) = websocket_request(&begun.read) else {
        return http::serve(begun, client, routers.http, None, stop).await;
    };
    client.mark(&mut request);
    let Begun { stream, read } = begun;
    let takeover = Takeover::new(Begun { stream, read: behind });
    request.extensions_mut().insert(takeover.clone());
    let Routers { websockets, http } = routers;
    let answer = websockets.oneshot(request).await.unwrap_or_else(|never| match never {});
    // It is none, or not for this client: HTTP brings the answer that is there already.
    if let Some(Begun { stream, .. }) = takeover.take() {
        http::serve(Begun { stream, read }, client, http, Some(answer), stop).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_begins_with_what_the_listener_was_set_to() {
        let user_timeout = Duration::from_secs(7);
        let (trusted_proxies, tasks, stop) = Default::default();
        let server = Server { trusted_proxies, user_timeout, tasks, stop };
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        server.prepare(&listener).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let socket = SockRef::from(&accepted);
        assert!(socket.tcp_nodelay().unwrap());
        #[cfg(target_os = "linux")]
        {
            assert_eq!(socket.tcp_user_timeout().unwrap(), Some(user_timeout));
            assert_eq!(socket.tcp_notsent_lowat().unwrap(), UNSENT_BYTES_MAX);
        }
    }
}
