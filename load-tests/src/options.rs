//! What can be typed.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::{Parser, Subcommand, ValueEnum};

use crate::app::{self, App};
use crate::peer::Named;

/// Drives a server with many clients, checks every delivery, and says what it cost.
///
/// Without an address it starts a server of its own for each scenario, with an empty SQLite
/// database on the disk of the build folder.
#[derive(Debug, Parser)]
#[command(name = "load-tests", args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) instead: Option<Instead>,
    /// What to do; everything but `million` when left out
    #[arg(value_enum)]
    pub(crate) scenarios: Vec<Name>,
    /// A server that is running on this machine
    #[arg(long)]
    pub(crate) address: Option<SocketAddr>,
    /// A server of another make that is running on this machine, to be measured beside ours
    #[arg(long = "peer", value_name = "NAME=[pusher://]ADDRESS")]
    peers: Vec<Named>,
    /// The process of the server at --address, then those of each --peer
    #[arg(long = "pid", value_name = "PID")]
    pub(crate) pids: Vec<u32>,
    /// A file with what `switchboard demo --json` said for that server
    #[arg(long, value_name = "FILE", requires = "address")]
    pub(crate) demo: Option<PathBuf>,
    /// The Pusher application of that server, and of every --peer
    #[arg(long, value_name = "ID:KEY:SECRET", default_value = app::DEFAULT)]
    pub(crate) app: App,
    /// The program to start when no address is given [default: `switchboard` beside this program]
    #[arg(long, value_name = "FILE", conflicts_with = "address")]
    binary: Option<PathBuf>,
    /// The database of the server that is started: empty, and not emptied afterwards [default: a new file]
    #[arg(long, value_name = "URL", conflicts_with = "address")]
    pub(crate) database: Option<String>,
    /// A Postgres server on which databases may be made: some scenarios are for it alone
    #[arg(long, value_name = "URL", env = "SWITCHBOARD_TEST_POSTGRES_URL")]
    pub(crate) postgres: Option<String>,
    /// The Redis through which nodes speak to each other, in `nodes`
    #[arg(long, value_name = "URL", env = "SWITCHBOARD_TEST_REDIS_URL")]
    pub(crate) redis: Option<String>,
    /// How many messages there are in `million`
    #[arg(long, value_name = "COUNT", default_value_t = 1_000_000)]
    pub(crate) messages: usize,
    /// How long each step is measured
    #[arg(long, value_name = "SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Write the tables to this file as well, and the plots into a folder `plots` beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

/// The scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Socket.IO connections that do nothing: what does one cost?
    Idle,
    /// Connections opened one behind the other: what does it cost to open one?
    Open,
    /// One conversation with 1,000 and 10,000 members: what does a delivery cost?
    Room,
    /// Many rooms of four, all of them busy: what does a delivery cost?
    Small,
    /// A room with a steady pace: how late is a delivery?
    Paced,
    /// Messages of 64 bytes to 64 KiB: what does a delivery cost?
    Payload,
    /// A hundred of 300 members who stop reading: do the others notice?
    Stalled,
    /// 1 to 500 visitors who write as fast as they are acknowledged: how many messages become durable?
    Durable,
    /// An organization with many agents: what does it cost to tell them of every message?
    Inbox,
    /// 10,000 clients who come back at once: is anything lost, and does anybody wait?
    Storm,
    /// Two nodes behind one Redis: what does it cost to speak to a member on the other one?
    Nodes,
    /// Ten times the connections and a thousand times the rooms: does one cost more?
    Growth,
    /// Ten thousand messages in the database, and a million: does one more cost more?
    Stored,
    /// Pusher connections that are subscribed and do nothing: what does one cost?
    PusherIdle,
    /// One Pusher channel with 1,000 and 10,000 subscribers: what does a delivery cost?
    PusherRoom,
    /// A database with a million messages: how fast are pages of lists and searches?
    Million,
}

/// What is done instead of measuring.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Instead {
    /// Be a Socket.IO server written with `socketioxide`
    PeerSocketioxide {
        /// Where to listen
        address: SocketAddr,
    },
}

impl Options {
    /// What is to be done, in this order.
    pub(crate) fn scenarios(&self) -> Vec<Name> {
        if !self.scenarios.is_empty() {
            return self.scenarios.clone();
        }
        Name::value_variants().iter().copied().filter(|name| *name != Name::Million).collect()
    }

    /// The servers of other makes that are running, each with its process.
    pub(crate) fn peers(&self) -> impl Iterator<Item = (&Named, u32)> {
        let own = usize::from(self.address.is_some());
        self.peers.iter().zip(self.pids.iter().skip(own).copied())
    }

    /// Checks what the parser cannot.
    ///
    /// # Errors
    /// A server has no process, or a process no server.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let servers = self.peers.len() + usize::from(self.address.is_some());
        ensure!(
            self.pids.len() == servers,
            "{servers} servers are named and {} processes: give one --pid for each",
            self.pids.len()
        );
        Ok(())
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
