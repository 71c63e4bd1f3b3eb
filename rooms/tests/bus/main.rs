//! The bus between nodes and who is there on them, against real Redis servers.
//!
//! What works with any Redis runs against `SWITCHBOARD_TEST_REDIS_URL` when it is set; whatever has to
//! stop, stall or cut one starts a server of its own. Where `redis-server` is missing a test says so
//! and passes; with `SWITCHBOARD_TEST_STRICT` set it fails.

mod access;
mod cluster;
mod contract;
mod outage;
mod presence;
mod scale;
mod storm;
mod support;
