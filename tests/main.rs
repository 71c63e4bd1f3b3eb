//! The one integration binary: real server processes, real clients, real databases.
//!
//! `make test` brings what these tests need. Without it, a test that finds a client, a browser or a
//! database missing says so and passes; with `SWITCHBOARD_TEST_STRICT` set it fails.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, helpers included")]

mod browser;
mod chaos;
mod clients;
mod cluster;
mod commands;
mod conformance;
mod deployment;
mod docs;
mod house;
mod promises;
mod store;
mod support;
