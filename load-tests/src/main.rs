//! A load generator for Socket.IO and Pusher servers, and the scenarios that measure this one.
//!
//! - [`options`]: what can be typed.
//! - [`target`], [`process`], [`disk`]: the server under test, and what the system says about
//!   it.
//! - [`websocket`], [`socket`], [`swarm`]: clients, from bytes to thousands of them on one thread.
//! - [`protocol`], [`socketio`], [`pusher`]: what they speak. [`app`], [`publisher`]: who publishes on
//!   a Pusher server.
//! - [`corpus`], [`past`], [`filling`]: a large database. [`rest`], [`readers`]: programs that read it over
//!   HTTP.
//! - [`chat`], [`deliveries`], [`latency`], [`meter`]: what clients say, whether it arrived, how fast,
//!   and at what cost.
//! - [`scenario`], [`report`], [`machine`]: what is measured, how it is told, and on what.

mod app;
mod chat;
mod corpus;
mod deliveries;
mod disk;
mod filling;
mod latency;
mod machine;
mod meter;
mod options;
mod past;
mod process;
mod progress;
mod protocol;
mod publisher;
mod pusher;
mod readers;
mod report;
mod rest;
mod scenario;
mod socket;
mod socketio;
mod swarm;
mod target;
mod websocket;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use anyhow::Context as _;
use clap::Parser as _;

use options::Options;

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    allow_files()?;
    let mut report = format!("# Load tests\n\nMeasured on {}.\n\n", machine::describe());
    for name in options.scenarios() {
        let table = scenario::run(name, &options)?;
        writeln!(std::io::stdout(), "\n{table}")?;
        writeln!(report, "{table}")?;
    }
    if let Some(path) = &options.report {
        fs::write(path, report).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Allows as many open files as the system lets this program have, also to the servers it starts:
/// each connection is one.
fn allow_files() -> anyhow::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    if let Some(files) = maximum.filter(|files| *files < scenario::FILES_NEEDED) {
        progress::say(&format!(
            "only {files} open files are allowed, and {} are needed: raise it with `ulimit -Hn`",
            scenario::FILES_NEEDED
        ));
    }
    Ok(())
}
