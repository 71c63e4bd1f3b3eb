//! Socket.IO protocol 5 on top of Engine.IO: namespaces, events, acknowledgements.
//!
//! What the events mean is up to an [`Application`]: the platform dialect in the product, an echo
//! in the conformance example.

mod emitter;
mod session;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::value::RawValue;

pub use self::emitter::Emitter;
use self::session::SocketIo;
use super::close::Close;
use super::engineio::Accept;
use super::line::Line;
use super::peer::Peer;
use switchboard_rooms::ConnectionId;

/// What a server does with its sockets. A socket is one namespace on one connection.
pub trait Application: Send + Sync + 'static {
    /// What the application remembers of a socket.
    type Socket: Send;

    /// A client wants to enter a namespace.
    fn connect(
        &self,
        request: Connect<'_>,
    ) -> impl Future<Output = Result<Admission<Self::Socket>, Refusal>> + Send;

    /// The client has been told that it is in: the first moment at which events may be sent.
    fn connected(&self, socket: &mut Self::Socket) -> impl Future<Output = ()> + Send;

    /// An event came. What is given back is its acknowledgement, if the client asked for one.
    fn event(
        &self,
        socket: &mut Self::Socket,
        event: Event<'_>,
    ) -> impl Future<Output = Answer> + Send;

    /// Whether an event may be begun while answers to those before it are still to come. Otherwise it waits.
    fn may_follow(&self, _: &Event<'_>) -> bool {
        false
    }

    /// The socket is no more. Called exactly once for each admitted socket.
    fn disconnected(&self, socket: Self::Socket, close: Close) -> impl Future<Output = ()> + Send;
}

/// A client that wants to enter a namespace.
#[derive(Debug)]
pub struct Connect<'a> {
    /// `/` or a name that begins with it.
    pub namespace: &'a str,
    /// The client's `auth` option: a JSON object.
    pub auth: Option<&'a str>,
    /// Who is at the other end.
    pub peer: &'a Peer,
    /// The connection's name in the registry of rooms.
    pub id: ConnectionId,
    /// The way to send to the client, once it is admitted.
    pub emitter: Emitter,
}

/// A client is let in.
#[derive(Debug)]
pub struct Admission<S> {
    /// What the application remembers of it.
    pub socket: S,
    /// The id that the client is told, and may tell others.
    pub sid: String,
    /// The secret with which it may recover this session later.
    pub pid: Option<String>,
}

/// A client is not let in: `CONNECT_ERROR`.
#[derive(Debug)]
pub struct Refusal {
    /// The reason, in words.
    pub message: Cow<'static, str>,
}

/// An event as it came. Arguments stay JSON until someone needs them.
#[derive(Debug)]
pub struct Event<'a> {
    /// What happened.
    pub name: &'a str,
    /// The arguments behind the name.
    pub args: &'a [&'a RawValue],
    /// What the placeholders in the arguments stand for.
    pub attachments: Vec<Bytes>,
    /// Whether the client asked for an acknowledgement.
    pub wants_ack: bool,
}

/// How an event is answered.
pub enum Answer {
    /// It is done.
    Now(Reply),
    /// It has its place, and whatever comes behind it stays behind it. The reply comes when it is done, whether
    /// anybody waits for that or not.
    Later(BoxFuture<'static, Reply>),
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(reply) => f.debug_tuple("Now").field(reply).finish(),
            Self::Later(_) => f.write_str("Later"),
        }
    }
}

impl<R: Into<Reply>> From<R> for Answer {
    fn from(reply: R) -> Self {
        Self::Now(reply.into())
    }
}

/// The arguments of an acknowledgement.
#[derive(Debug, Default)]
pub struct Reply {
    /// Each one JSON.
    pub args: Vec<String>,
    /// What the placeholders in them stand for.
    pub attachments: Vec<Bytes>,
}

impl Reply {
    /// One argument, which has no attachments.
    pub fn json(argument: &impl Serialize) -> Self {
        let text = serde_json::to_string(argument).unwrap_or_default();
        Self { args: vec![text], attachments: Vec::new() }
    }
}

/// Lets an [`Application`] be served by an Engine.IO endpoint.
#[derive(Debug)]
pub struct Service<A>(pub Arc<A>);

impl<A: Application> Accept for Service<A> {
    type Messages = SocketIo<A>;

    fn accept(&self, peer: Box<Peer>, line: Arc<Line>, id: ConnectionId) -> SocketIo<A> {
        SocketIo::new(Arc::clone(&self.0), peer, line, id)
    }
}
