//! One connection's Socket.IO packets.

use std::collections::VecDeque;
use std::fmt;
use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use switchboard_protocol::socketio::{
    Args, Packet, Reassembly, encode_connect, encode_connect_error,
};
use switchboard_rooms::ConnectionId;

use super::{Answer, Application, Connect, Emitter, Event, Reply};
use crate::realtime::close::Close;
use crate::realtime::engineio::Messages;
use crate::realtime::line::Line;
use crate::realtime::peer::Peer;

/// Namespaces that one connection may be in at a time.
const NAMESPACES_MAX: usize = 8;
/// Attachments of one packet, together.
const ATTACHMENT_BYTES_MAX: usize = 10_000_000;

/// Events of one connection whose answers are still to come. With one more, the next waits.
const DUE_MAX: usize = 64;

/// An answer that is still to come.
struct Due {
    emitter: Emitter,
    /// The acknowledgement that was asked for.
    id: Option<u64>,
    reply: BoxFuture<'static, Reply>,
}

/// The Socket.IO session of a connection: a socket for each namespace it entered.
pub struct SocketIo<A: Application> {
    application: Arc<A>,
    peer: Box<Peer>,
    line: Arc<Line>,
    id: ConnectionId,
    sockets: Vec<(Emitter, A::Socket)>,
    /// A binary packet whose attachments are still coming.
    reassembly: Option<Box<Reassembly>>,
    /// In the order of their events.
    due: VecDeque<Due>,
}

impl<A: Application> fmt::Debug for SocketIo<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketIo").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<A: Application> Messages for SocketIo<A> {
    async fn text(&mut self, text: &str) -> Result<(), Close> {
        if self.reassembly.is_some() {
            return Err(Close::ParseError);
        }
        let packet = Packet::decode(text).map_err(|_| Close::ParseError)?;
        match packet {
            Packet::BinaryEvent { attachments, .. } | Packet::BinaryAck { attachments, .. }
                if attachments > 0 =>
            {
                self.reassembly = Reassembly::new(&packet).map(Box::new);
                Ok(())
            }
            // The futures of handlers are large and short-lived: an idle connection holds none.
            packet => Box::pin(self.handle(packet, Vec::new())).await,
        }
    }

    async fn binary(&mut self, bytes: Bytes) -> Result<(), Close> {
        let reassembly = self.reassembly.as_mut().ok_or(Close::ParseError)?;
        if reassembly.held_bytes() + bytes.len() > ATTACHMENT_BYTES_MAX {
            return Err(Close::TooLarge);
        }
        let Some(complete) = reassembly.push(bytes) else { return Ok(()) };
        self.reassembly = None;
        let packet = complete.packet().map_err(|_| Close::ParseError)?;
        Box::pin(self.handle(packet, complete.attachments().to_vec())).await
    }

    fn owes(&self) -> bool {
        !self.due.is_empty()
    }

    async fn settle(&mut self) {
        let Some(first) = self.due.front_mut() else { return };
        let reply = (&mut first.reply).await;
        if let Some(Due { emitter, id: Some(id), .. }) = self.due.pop_front() {
            emitter.acknowledge(id, &reply);
        }
        if self.due.is_empty() {
            // Most connections owe nothing most of the time.
            self.due = VecDeque::new();
        }
    }

    async fn ended(&mut self, close: Close) {
        // Who means to leave says so to each namespace. A transport that is closed in an orderly way is
        // as lost as any other, and may be followed by the next.
        let close = if close == Close::PeerLeft { Close::PeerGone } else { close };
        for (_, socket) in self.sockets.drain(..) {
            self.application.disconnected(socket, close).await;
        }
    }
}

impl<A: Application> SocketIo<A> {
    pub(super) fn new(
        application: Arc<A>,
        peer: Box<Peer>,
        line: Arc<Line>,
        id: ConnectionId,
    ) -> Self {
        let (sockets, reassembly, due) = Default::default();
        Self { application, peer, line, id, sockets, reassembly, due }
    }

    async fn handle(&mut self, packet: Packet<'_>, attachments: Vec<Bytes>) -> Result<(), Close> {
        match packet {
            Packet::Connect { namespace, auth } => {
                self.settle_to(0).await;
                self.connect(namespace, auth).await
            }
            Packet::Disconnect { namespace } => {
                self.settle_to(0).await;
                self.disconnect(namespace).await
            }
            Packet::Event { namespace, id, args }
            | Packet::BinaryEvent { namespace, id, args, .. } => {
                self.event(namespace, id, &args, attachments).await
            }
            // The server asks for no acknowledgements, so these answer nothing.
            Packet::Ack { .. } | Packet::BinaryAck { .. } => Ok(()),
            Packet::ConnectError { .. } => Err(Close::ParseError),
        }
    }

    async fn connect(&mut self, namespace: &str, auth: Option<&str>) -> Result<(), Close> {
        if self.find(namespace).is_some() || self.sockets.len() >= NAMESPACES_MAX {
            return Err(Close::ParseError);
        }
        let emitter = Emitter::new(Arc::clone(&self.line), namespace);
        let (peer, id) = (&self.peer, self.id);
        let request = Connect { namespace, auth, peer, id, emitter: emitter.clone() };
        let mut text = String::new();
        match self.application.connect(request).await {
            Err(refusal) => {
                encode_connect_error(&mut text, namespace, &refusal.message, None);
                self.line.send(text);
            }
            Ok(admission) => {
                self.line.pulse.connect();
                encode_connect(&mut text, namespace, &admission.sid, admission.pid.as_deref());
                self.line.send(text);
                // Hardly any connection enters a second namespace, and a socket is large.
                self.sockets.reserve_exact(1);
                self.sockets.push((emitter, admission.socket));
                let at = self.sockets.len() - 1;
                self.application.connected(&mut self.sockets[at].1).await;
            }
        }
        Ok(())
    }

    async fn disconnect(&mut self, namespace: &str) -> Result<(), Close> {
        let Some(at) = self.find(namespace) else { return Ok(()) };
        let (_, socket) = self.sockets.swap_remove(at);
        self.application.disconnected(socket, Close::PeerLeft).await;
        Ok(())
    }

    async fn event(
        &mut self,
        namespace: &str,
        id: Option<u64>,
        args: &Args<'_>,
        attachments: Vec<Bytes>,
    ) -> Result<(), Close> {
        // An event before CONNECT is a client that does not know the protocol.
        let at = self.find(namespace).ok_or(Close::ParseError)?;
        let (name, args) = args.event().map_err(|_| Close::ParseError)?;
        let event = Event { name: &name, args, attachments, wants_ack: id.is_some() };
        let may_follow = self.application.may_follow(&event);
        self.settle_to(if may_follow { DUE_MAX - 1 } else { 0 }).await;
        let (emitter, socket) = &mut self.sockets[at];
        match self.application.event(socket, event).await {
            Answer::Now(reply) if self.due.is_empty() => {
                if let Some(id) = id {
                    emitter.acknowledge(id, &reply);
                }
            }
            // What is answered already waits for what came before it.
            Answer::Now(reply) => {
                let reply = Box::pin(ready(reply));
                self.due.push_back(Due { emitter: emitter.clone(), id, reply });
            }
            Answer::Later(reply) => {
                self.due.push_back(Due { emitter: emitter.clone(), id, reply });
            }
        }
        Ok(())
    }

    /// Waits until at most so many answers are still to come.
    async fn settle_to(&mut self, count: usize) {
        while self.due.len() > count {
            self.settle().await;
        }
    }

    fn find(&self, namespace: &str) -> Option<usize> {
        self.sockets.iter().position(|(emitter, _)| emitter.namespace() == namespace)
    }
}
