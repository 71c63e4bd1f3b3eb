//! Sockets: one connection loop, and a session for each protocol that is spoken on it.
//!
//! In reading order:
//!
//! - [`connection`]: the loop of a WebSocket, whatever is spoken on it;
//! - [`line`](mod@line), [`heartbeat`], [`throttle`], [`close`]: what the loop stands on;
//! - [`websocket`]: reading and writing it, with as little as can be;
//! - [`connections`]: every open connection, counted and let go;
//! - [`engineio`], [`socketio`]: the Socket.IO family;
//! - [`hub`], [`topic`], [`platform`]: rooms, and the events of the platform dialect;
//! - [`logins`]: the connections that end with a login;
//! - [`order`]: the order in which events reach rooms, whichever node committed them;
//! - [`feed`], [`bulletin`], [`interests`], [`peers`]: what nodes tell each other;
//! - [`pusher`]: Pusher Channels, and the events of the muro dialect.

mod agents;
mod bulletin;
pub mod close;
pub mod company;
pub mod connection;
pub mod connections;
mod encode;
pub mod engineio;
mod feed;
pub mod frame;
mod heartbeat;
pub mod hub;
mod interests;
pub mod line;
pub mod logins;
pub mod membership;
mod order;
pub mod peer;
pub mod peers;
pub mod platform;
pub mod pusher;
pub mod registers;
pub mod socketio;
mod telling;
pub mod throttle;
pub mod topic;
pub mod typing;
pub mod websocket;

pub use order::Healer;
