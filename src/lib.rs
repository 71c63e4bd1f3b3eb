//! Switchboard: a self-hosted realtime hub for customer conversations.

pub mod clock;
pub mod commands;
pub mod config;
pub mod domain;
pub mod service;
pub mod store;
