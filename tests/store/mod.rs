//! The store and the use-cases on it: every promise on SQLite, and on Postgres where one is given.

// The whole binary is tests, but lints ask each module.
#![cfg(test)]

mod apps;
mod auth;
mod claims;
mod config;
mod demo;
mod desk;
mod group_commit;
mod isolation;
mod log;
mod messages;
mod outbox;
mod realtime;
mod standing;
mod visitors;

use desk::{Desk, on_both_engines};
