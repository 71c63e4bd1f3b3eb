//! What can be typed.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Parser, ValueEnum};

use crate::app::{self, App};

/// Drives a server with many clients, checks every delivery, and says what it cost.
///
/// Without an address it starts a server of its own for each scenario, with an empty SQLite
/// database on the disk of the build folder.
#[derive(Debug, Parser)]
#[command(name = "load-tests")]
pub(crate) struct Options {
    /// What to do; everything but `million` when left out
    #[arg(value_enum)]
    pub(crate) scenarios: Vec<Name>,
    /// A server that is running on this machine
    #[arg(long, requires = "pid")]
    pub(crate) address: Option<SocketAddr>,
    /// The process of that server
    #[arg(long, requires = "address")]
    pub(crate) pid: Option<u32>,
    /// A file with what `switchboard demo --json` said for that server
    #[arg(long, value_name = "FILE", requires = "address")]
    pub(crate) demo: Option<PathBuf>,
    /// The Pusher application of that server
    #[arg(long, value_name = "ID:KEY:SECRET", default_value = app::DEFAULT)]
    pub(crate) app: App,
    /// The program to start when no address is given [default: `switchboard` beside this program]
    #[arg(long, value_name = "FILE", conflicts_with = "address")]
    binary: Option<PathBuf>,
    /// The database of the server that is started: empty, and not emptied afterwards [default: a new file]
    #[arg(long, value_name = "URL", conflicts_with = "address")]
    pub(crate) database: Option<String>,
    /// How many messages there are in `million`
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    pub(crate) messages: usize,
    /// How long each step is measured
    #[arg(long, value_name = "SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Write the tables to this file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

/// The scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Socket.IO connections that do nothing: what does one cost?
    Idle,
    /// One conversation with 1,000 members: what does a delivery cost?
    Room,
    /// Visitors who write as fast as they are acknowledged: how many messages become durable?
    Durable,
    /// Pusher connections that are subscribed and do nothing: what does one cost?
    PusherIdle,
    /// One Pusher channel with 1,000 and 5,000 subscribers: what does a delivery cost?
    PusherRoom,
    /// A database with a million messages: how fast are pages of lists and searches?
    Million,
}

impl Options {
    /// What is to be done, in this order.
    pub(crate) fn scenarios(&self) -> Vec<Name> {
        if !self.scenarios.is_empty() {
            return self.scenarios.clone();
        }
        Name::value_variants().iter().copied().filter(|name| *name != Name::Million).collect()
    }

    /// How long each step is measured.
    pub(crate) const fn step(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// The server to start.
    pub(crate) fn binary(&self) -> anyhow::Result<PathBuf> {
        if let Some(binary) = &self.binary {
            return binary.canonicalize().with_context(|| format!("no {}", binary.display()));
        }
        let binary = env::current_exe()?.with_file_name("switchboard");
        if !binary.exists() {
            bail!("there is no {}: run `make build` or name one with --binary", binary.display());
        }
        Ok(binary)
    }
}

/// Where files may be written: on the disk of the build folder, since on a RAM disk nothing would be
/// durable.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2).context("this program lies in no build folder")?;
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
