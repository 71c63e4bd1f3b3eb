//! A load generator for Socket.IO and Pusher servers, and the scenarios that measure this one.
//!
//! - [`options`]: what can be typed.
//! - [`target`], [`peer`], [`floor`]: the server under test, those of other makes, and the least that anything
//!   can cost. [`launch`], [`database`]: what it takes to start them. [`process`], [`disk`]: what the system
//!   says about them.
//! - [`websocket`], [`socket`], [`swarm`]: clients, from bytes to thousands of them on one thread.
//! - [`protocol`], [`socketio`], [`pusher`]: what they speak. [`app`], [`publisher`]: who publishes on
//!   a Pusher server. [`chat`], [`words`]: what is said to which server.
//! - [`rooms`], [`mark`], [`deliveries`]: rooms in which texts are said, and the check that everybody heard each
//!   of them. [`latency`], [`meter`]: how fast, and at what cost.
//! - [`corpus`], [`past`], [`filling`]: a large database. [`rest`], [`readers`]: programs that read it over
//!   HTTP.
//! - [`scenario`], [`aim`]: what is measured, and what it is held against. [`report`], [`plot`], [`machine`]: how
//!   it is told, and on what it was measured. [`mod@bench`]: all of it, one after the other.

mod aim;
mod app;
mod bench;
mod chat;
mod corpus;
mod database;
mod deliveries;
mod disk;
mod filling;
mod floor;
mod latency;
mod launch;
mod machine;
mod mark;
mod meter;
mod options;
mod past;
mod peer;
mod plot;
mod process;
mod progress;
mod protocol;
mod publisher;
mod pusher;
mod readers;
mod report;
mod rest;
mod rooms;
mod scenario;
mod socket;
mod socketio;
mod swarm;
mod target;
mod websocket;
mod words;

use clap::Parser as _;

use options::{Instead, Options};

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    allow_files()?;
    match options.instead {
        Some(Instead::PeerSocketioxide { address }) => peer::serve_oxide(address),
        None => {
            options.check()?;
            bench::run(&options)
        }
    }
}

/// How many files this program may have open.
fn files_allowed() -> u64 {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Allows as many open files as are needed, or as the system lets this program have, also to the servers it
/// starts: each connection is one.
fn allow_files() -> anyhow::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = Some(scenario::FILES_NEEDED);
    // Only root may have more than its maximum.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: needed, maximum: needed });
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if raised.is_err() {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    }
    if let Some(files) = maximum.filter(|files| *files < scenario::FILES_NEEDED) {
        progress::say(&format!(
            "only {files} open files are allowed, and {} are needed: raise it with `ulimit -Hn`",
            scenario::FILES_NEEDED
        ));
    }
    Ok(())
}
