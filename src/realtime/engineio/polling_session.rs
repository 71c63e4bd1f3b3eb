//! The session of a connection that began with polling, from its first packet to its last, whether by
//! POST or over the WebSocket that took over.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::http::{TEXT, turn_away};
use super::polling::{Arrival, Polling};
use super::session::EngineSession;
use super::{Accept, Engine, Messages, secret_id};
use crate::realtime::close::Close;
use crate::realtime::connection::{
    Allowance, Session, hand_over, mind, read, say_goodbye, settling,
};
use crate::realtime::connections::Lease;
use crate::realtime::heartbeat::beat;
use crate::realtime::line::Line;
use crate::realtime::peer::Peer;
use crate::realtime::throttle::Throttle;
use crate::realtime::websocket::{Letterbox, Postman, WebSocket};

/// Packets that may wait for the session; past that, POSTs wait.
const ARRIVALS_MAX: usize = 16;

impl<A: Accept> Engine<A> {
    /// Opens a connection that begins with polling.
    pub(super) fn open_polling(self: &Arc<Self>, parts: &Parts) -> Response {
        let peer = Box::new(Peer::of(parts));
        let line = Arc::new(Line::new(self.settings.queue_bytes_max));
        let lease = match self.connections.admit(peer.address, &line.outbound) {
            Ok(lease) => lease,
            Err(why) => return turn_away(why),
        };
        let (arrivals, arriving) = mpsc::channel(ARRIVALS_MAX);
        let polling = Arc::new(Polling::new(Arc::clone(&line), arrivals));
        let sid = secret_id();
        let handshake = self.handshake(&sid, &["websocket"]);
        let messages = self.accept.accept(peer, Arc::clone(&line), lease.id());
        let session = EngineSession { messages, line };
        self.polling.lock().insert(sid.clone(), Arc::clone(&polling));
        let engine = Arc::clone(self);
        self.tasks.spawn(async move {
            engine.serve_polling(&polling, arriving, session, lease).await;
            engine.polling.lock().remove(&sid);
        });
        (TEXT, handshake).into_response()
    }

    async fn serve_polling(
        &self,
        polling: &Polling,
        mut arriving: mpsc::Receiver<Arrival>,
        mut session: EngineSession<A::Messages>,
        lease: Lease,
    ) {
        let started = Instant::now();
        let line = Arc::clone(&session.line);
        let allowance = &self.settings.allowance;
        let mut socket = None;
        let close = tokio::select! {
            close = receive_all(&mut arriving, &mut socket, &mut session, allowance) => close,
            close = send_all(polling, lease.postman(), allowance) => close,
            close = beat(&line, &allowance.heartbeat, started) => close,
            close = polling.verdict() => close,
        };
        if let Some(mut socket) = socket {
            say_goodbye(&mut socket, &line, session.goodbye(close)).await;
        }
        session.messages.ended(close).await;
        polling.finish(close).await;
        drop(lease);
    }
}

/// Hands the session what POSTs bring and, once all of that is done, what a WebSocket brings.
async fn receive_all<M: Messages>(
    arriving: &mut mpsc::Receiver<Arrival>,
    socket: &mut Option<WebSocket>,
    session: &mut EngineSession<M>,
    allowance: &Allowance,
) -> Close {
    let mut throttle = Throttle::new(allowance.events_per_second, allowance.events_burst);
    while let Some(arrival) = next(arriving, session).await {
        match arrival {
            Arrival::Upgraded(upgraded) => {
                let line = Arc::clone(&session.line);
                return read(socket.insert(upgraded), session, &line, allowance).await;
            }
            Arrival::Packet(inbound) => {
                let line = Arc::clone(&session.line);
                if let Err(close) = hand_over(session, &line, &mut throttle, inbound).await {
                    return close;
                }
            }
        }
    }
    Close::PeerGone
}

/// Waits for what POSTs bring next, while the session gives the answers that it owes.
async fn next<M: Messages>(
    arriving: &mut mpsc::Receiver<Arrival>,
    session: &mut EngineSession<M>,
) -> Option<Arrival> {
    while session.owes() {
        if let Some(arrival) = settling(session, arriving.recv()).await {
            return arrival;
        }
    }
    arriving.recv().await
}

/// While the client polls, GETs take what waits, and only the end has to be noticed. From the moment
/// of the upgrade it is written here, also while an event that came by POST is still being handled:
/// its handler may be waiting for the client to read.
async fn send_all(polling: &Polling, postman: &Arc<Postman>, allowance: &Allowance) -> Close {
    let line = polling.line();
    let wire = tokio::select! {
        closing = line.outbound.closed() => return closing.into(),
        wire = polling.upgraded() => wire,
    };
    let _letterbox = Letterbox::new(&line.outbound, &wire, postman);
    mind(&wire, line, allowance.write_timeout).await
}
