//! Switchboard: a self-hosted realtime hub for customer conversations.

pub mod clock;
pub mod domain;
pub mod service;
pub mod store;
