//! Who is where, and how an event reaches them.
//!
//! In reading order:
//!
//! - [`connection`], [`room`]: what a connection and a room are called here;
//! - [`outbound`]: the bounded queue through which everything reaches a connection;
//! - [`registry`]: which connections are in which room, and publishing to a room;
//! - [`presence`]: which members are there at all, however many connections each has, on any node;
//! - [`bus`]: what one node publishes and the others hear, over Redis.
//!
//! The crate knows no wire format, no SQL and no HTTP. A room is any value that can be hashed, a
//! frame any value that knows its size, a wire format any small value that can be compared: the
//! server brings its own. The circle that a hub invites (rooms must write to sockets, sockets must
//! join rooms) is broken by holding a queue here, never a connection.
#![warn(missing_docs)]

pub mod bus;
pub mod connection;
pub mod outbound;
pub mod presence;
pub mod registry;
pub mod room;

pub use bus::{Bus, BusError, BusOptions, Health, Hearing};
pub use connection::{ConnectionId, ConnectionIds};
pub use outbound::{Closing, Frame, Frames, Outbound, Place, Rejected};
pub use presence::{Leaving, NodeId, Presence};
pub use registry::{Registry, Watch};
pub use room::RoomId;
