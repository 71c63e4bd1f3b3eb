//! `WebSocket`s, from the request that asks for one to the last byte written.
//!
//! A connection that does nothing holds no buffer, no timer but its heartbeat's, and one task of a few hundred
//! bytes. What makes it so, in reading order:
//!
//! - [`upgrade`]: a request becomes a [`WebSocket`], on a task of its own; the answer goes out with the first word;
//! - [`socket`]: reading, into a buffer that all connections of a thread share;
//! - [`wire`](mod@wire): writing, and what was not written at once;
//! - [`postman`], [`letterbox`]: the round on which queues are emptied onto their wires;
//! - [`bag`]: what a postman has with him, many connections' frames, is handed to the kernel at once.
//!
//! **Who writes.** Not the connection's task: to wake a thousand tasks for a thousand deliveries costs as much as
//! half of the writes. Whoever puts a frame into an empty queue puts the connection on its postman's list, and
//! the postman writes what waits, some connections at a time; what comes for a connection meanwhile goes
//! along. Only where the kernel takes no more does the connection's task take over, until it has.

mod bag;
mod letterbox;
mod postman;
mod socket;
#[cfg(test)]
mod tests;
mod upgrade;
mod wire;

pub use letterbox::Letterbox;
pub use postman::Postmen;
pub use socket::{Message, WebSocket};
pub use upgrade::Upgrade;
pub use wire::Wire;

pub(super) use postman::Postman;
pub(super) use wire::Trouble;
