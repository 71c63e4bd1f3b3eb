//! What clients speak inside of a WebSocket.

use std::time::Duration;

/// One side of one conversation with a server: how far it has come, and what is said next.
///
/// A new connection gets a clone of one that has not begun.
pub(crate) trait Protocol: Clone {
    /// Where the server takes the WebSocket: path and query.
    fn path(&self) -> String;

    /// What a text of the server means.
    ///
    /// # Errors
    /// The server refused something, or said what has no place in the protocol.
    fn hear<'a>(&mut self, text: &'a str) -> anyhow::Result<Heard<'a>>;

    /// Whether the client is where its scenario wants it, so that work can begin.
    fn is_ready(&self) -> bool;

    /// After how much silence the server asks whether the client is there, as it announced it; zero
    /// when it does not ask.
    fn ping_interval(&self) -> Duration;
}

/// What to do about a text of the server.
#[derive(Debug)]
pub(crate) enum Heard<'a> {
    /// It is what the scenario waits for.
    Incoming(Incoming<'a>),
    /// The server must be told this.
    Say(String),
    /// Nothing.
    Noted,
}

/// What a server says to a client that is ready.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Incoming<'a> {
    /// Something was published. Socket.IO: the JSON array of name and arguments; Pusher: the frame.
    Event(&'a str),
    /// The answer to what was sent under this id: the JSON array of its arguments.
    Ack(u64, &'a str),
}
