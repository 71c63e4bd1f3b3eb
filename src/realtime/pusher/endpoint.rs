//! Where Pusher's clients connect: `/app/{key}`, behind any prefix.
//!
//! A WebSocket is always taken first and refused on it afterwards: a browser does not show its page
//! why an upgrade failed, but it does show the code of a close.

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::counter;
use switchboard_protocol::pusher::{Code, SocketId, server_frame};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::channels::Channels;
use super::hello::Hello;
use super::session::{PusherSession, goodbye};
use crate::domain::PusherApp;
use crate::realtime::connection::{Allowance, Goodbye, run};
use crate::realtime::connections::{Connections, Lease};
use crate::realtime::frame::Frame;
use crate::realtime::line::Line;
use crate::realtime::peer::Peer;
use crate::realtime::websocket::{Upgrade, WebSocket};
use crate::service::Services;

/// How long a client that is refused may take to hear of it.
const REFUSAL: Duration = Duration::from_secs(5);

/// The numbers of the endpoint.
#[derive(Clone, Copy, Debug)]
pub struct PusherSettings {
    /// Heartbeat and rates; the heartbeat's interval is the activity timeout that clients are told.
    pub allowance: Allowance,
    /// The largest message that is taken, in bytes.
    pub payload_bytes_max: usize,
    /// What may wait for one connection, in bytes.
    pub queue_bytes_max: usize,
}

/// What the endpoint stands on.
pub struct PusherEndpoint {
    /// The use-cases; applications are found there.
    pub services: Services,
    /// The channels of all applications.
    pub channels: Arc<Channels>,
    /// Every open connection of the node.
    pub connections: Arc<Connections>,
    /// The numbers.
    pub settings: PusherSettings,
    /// Where connections run.
    pub tasks: TaskTracker,
}

impl fmt::Debug for PusherEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PusherEndpoint").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A session that was let in, and its place among the open connections.
pub(super) struct Opened {
    pub(super) session: PusherSession,
    pub(super) allowance: Allowance,
    pub(super) lease: Lease,
}

impl PusherEndpoint {
    /// Takes the requests that are for it, and lets all others pass.
    pub async fn intercept(self: Arc<Self>, request: Request, next: Next) -> Response {
        match self.take(request) {
            ControlFlow::Break(response) => response,
            ControlFlow::Continue(request) => next.run(request).await,
        }
    }

    /// Answers a request that is for it; any other goes on.
    pub fn take(self: Arc<Self>, request: Request) -> ControlFlow<Response, Request> {
        let uri = request.uri();
        let Some((hello, rest)) = Hello::parse(uri.path(), uri.query()) else {
            return ControlFlow::Continue(request);
        };
        let is_whole = rest.is_empty() || rest == "/";
        let (mut parts, _) = request.into_parts();
        let Some(upgrade) = Upgrade::of(&mut parts) else {
            let why = "connect to this path with a WebSocket, as Pusher's clients do";
            return ControlFlow::Break((StatusCode::UPGRADE_REQUIRED, why).into_response());
        };
        ControlFlow::Break(self.open_websocket(upgrade, &parts, hello, is_whole))
    }

    fn open_websocket(
        self: Arc<Self>,
        upgrade: Upgrade,
        parts: &Parts,
        hello: Hello,
        is_whole: bool,
    ) -> Response {
        // What was said at the opening is not kept for as long as the connection lasts.
        let asked = Box::new((hello, Peer::of(parts)));
        let (tasks, bytes_max) = (self.tasks.clone(), self.settings.payload_bytes_max);
        upgrade.grant(&tasks, bytes_max, async move |mut socket| {
            // The future is large and short-lived: an idle connection holds none.
            let line = Arc::new(Line::new(self.settings.queue_bytes_max));
            let opened = if is_whole {
                Box::pin(self.open(&asked.0, &asked.1, &line)).await
            } else {
                Err(Code::PathNotFound)
            };
            drop(asked);
            match opened {
                Ok(mut opened) => serve(&mut socket, &mut opened, &line).await,
                Err(code) => Box::pin(refuse(socket, code)).await,
            }
        })
    }

    /// Begins the session of a connection, on whichever transport: its first frame is queued.
    ///
    /// # Errors
    /// The code with which the client is refused.
    pub(super) async fn open(
        &self,
        hello: &Hello,
        peer: &Peer,
        line: &Arc<Line>,
    ) -> Result<Opened, Code> {
        hello.check()?;
        let app = self.services.apps().by_key(&hello.key).await;
        let app = app.map_err(|_| Code::OverCapacity)?.ok_or(Code::UnknownApp)?;
        check(&app, peer)?;
        let lease = self.connections.admit(peer.address, &line.outbound);
        let lease = lease.map_err(|_| Code::OverCapacity)?;
        let (channels, socket_id) =
            (self.channels.of(&app), SocketId::new(rand::random(), rand::random()));
        channels.connect(lease.id(), socket_id, &line.outbound)?;
        let mut allowance = self.settings.allowance;
        allowance.heartbeat.connect_timeout =
            Duration::from_millis(app.settings.limits.authorized_connections_ms);
        if !app.settings.authorized_connections {
            line.pulse.connect();
        }
        line.pulse.hear();
        let activity_timeout = allowance.heartbeat.interval.as_secs().max(1);
        line.send(server_frame::connection_established(socket_id, activity_timeout));
        counter!("switchboard_sockets_total", "dialect" => "pusher").increment(1);
        debug!(conn.id = %lease.id(), app.id = %app.id, "client connected");
        let (services, id) = (self.services.clone(), lease.id());
        let session = PusherSession::new(services, channels, Arc::clone(line), id, socket_id);
        Ok(Opened { session, allowance, lease })
    }
}

fn check(app: &PusherApp, peer: &Peer) -> Result<(), Code> {
    if !app.enabled {
        return Err(Code::AppDisabled);
    }
    if app.settings.tls_only && !peer.is_tls {
        return Err(Code::TlsOnly);
    }
    if !app.settings.allow_origin(peer.origin.as_deref()) {
        return Err(Code::Unauthorized);
    }
    Ok(())
}

async fn serve(socket: &mut WebSocket, opened: &mut Opened, line: &Line) {
    let Opened { session, allowance, lease } = opened;
    let close = run(socket, session, line, allowance, lease.postman()).await;
    session.ended(close);
}

/// Says why, and closes.
async fn refuse(mut socket: WebSocket, code: Code) {
    counter!("switchboard_pusher_refusals_total", "code" => code.as_u16().to_string()).increment(1);
    let Goodbye { word, close } = goodbye(code);
    let saying = async {
        if let Some(word) = word {
            socket.wire().send(&word).await?;
        }
        socket.wire().send(&Frame::close(Some(&close))).await?;
        socket.ended().await;
        Ok::<_, io::Error>(())
    };
    let _ = timeout(REFUSAL, saying).await;
}
