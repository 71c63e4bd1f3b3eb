//! The store and the use-cases on it: every promise on SQLite, and on Postgres where one is given.

// The whole binary is tests, but lints ask each module.
#![cfg(test)]

mod apps;
mod auth;
mod claims;
mod config;
mod contacts;
mod demo;
mod desk;
mod group_commit;
mod idempotency;
mod identities;
mod isolation;
mod jobs;
mod limits;
mod lines;
mod log;
mod messages;
mod outbox;
mod programs;
mod realtime;
mod rules;
mod saved_replies;
mod search;
mod search_histories;
mod standing;
mod visitors;
mod webhooks;

use desk::{Desk, on_both_engines};
