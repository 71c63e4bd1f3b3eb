//! Switchboard: a self-hosted realtime hub for customer conversations.

pub mod realtime;
