//! Sockets: one connection loop, and a session for each protocol that is spoken on it.
//!
//! In reading order:
//!
//! - [`connection`]: the loop of a WebSocket, whatever is spoken on it;
//! - [`line`](mod@line), [`heartbeat`], [`throttle`], [`close`]: what the loop stands on;
//! - [`connections`]: every open connection, counted and let go;
//! - [`engineio`], [`socketio`]: the Socket.IO family;
//! - [`hub`], [`topic`], [`platform`]: rooms, and the events of the platform dialect;
//! - [`pusher`]: Pusher Channels, and the events of the muro dialect.

pub mod close;
pub mod connection;
pub mod connections;
mod encode;
pub mod engineio;
pub mod frame;
mod heartbeat;
pub mod hub;
pub mod line;
pub mod peer;
pub mod platform;
pub mod pusher;
pub mod socketio;
pub mod throttle;
pub mod topic;
pub mod typing;
