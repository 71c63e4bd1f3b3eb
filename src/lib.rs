//! Switchboard: a self-hosted realtime hub for customer conversations.
//!
//! `domain` <- `store` <- `service` <- {`realtime`, `api`, `webhooks`} <- this crate <- the binary;
//! `dialect` holds the words that a dialect's sockets and its HTTP side share.

pub mod ai;
pub mod api;
mod arrival;
pub mod backoff;
mod body;
pub mod client_address;
pub mod clock;
pub mod commands;
pub mod config;
pub mod dialect;
pub mod domain;
pub mod jobs;
pub mod lifecycle;
pub mod own_origins;
pub mod realtime;
mod relay;
pub mod server;
pub mod service;
pub mod store;
pub mod takeover;
pub mod telemetry;
mod tls;
pub mod web;
pub mod webhooks;
