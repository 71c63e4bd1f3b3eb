//! The words of each dialect that its sockets and its HTTP side share. Values only, no decisions.

pub mod muro;
pub mod platform;
