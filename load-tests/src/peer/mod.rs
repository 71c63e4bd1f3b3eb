//! Other servers that are measured beside this one.

mod oxide;

use std::fmt::{self, Display, Formatter};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use anyhow::Context as _;

use crate::launch::{Folder, Running, free_address};
use crate::options::Options;
use crate::process::Process;
use crate::progress::say;

pub(crate) use oxide::serve as serve_oxide;

/// How long a server may take to listen.
const START_LIMIT: Duration = Duration::from_secs(20);

/// A sort of server.
#[derive(Debug, Clone)]
pub(crate) enum Sort {
    /// The crate `socketioxide`, in a process of its own.
    Oxide,
    /// `socket.io` on Node with `ws`; it keeps what is said, if it is told to.
    Node(Option<Keeping>),
    /// One that is running.
    Named(Named, u32),
}

/// How a Node server keeps what is said.
#[derive(Debug, Clone)]
pub(crate) struct Keeping {
    pub(crate) what: Kept,
    /// A Postgres database; `None` is a SQLite file of its own.
    pub(crate) database: Option<String>,
}

/// What a Node server keeps of what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A row for each message.
    Messages,
    /// What the hub keeps as well: the order of each conversation, what is unread in it, and a log of events.
    Conversations,
}

/// What was typed behind `--peer`.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    name: String,
    address: SocketAddr,
    speaks: Speaks,
}

/// What a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaks {
    SocketIo,
    Pusher,
}

/// A server that is running.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
    pub(crate) process: Process,
    // In this order: the server ends before its files do.
    _running: Option<Running>,
    _folder: Option<Folder>,
}

/// All that speak Socket.IO and can be had.
pub(crate) fn socketio(options: &Options) -> Vec<Sort> {
    let mut sorts = vec![Sort::Oxide];
    if node_is_here() {
        sorts.push(Sort::Node(None));
    }
    sorts.extend(options.peers().filter(|(it, _)| it.speaks == Speaks::SocketIo).map(named));
    sorts
}

/// All that speak Pusher's protocol: they must have been named.
pub(crate) fn pusher(options: &Options) -> Vec<Sort> {
    options.peers().filter(|(it, _)| it.speaks == Speaks::Pusher).map(named).collect()
}

fn named((peer, pid): (&Named, u32)) -> Sort {
    Sort::Named(peer.clone(), pid)
}

/// Whether what the Node servers need is installed.
pub(crate) fn node_is_here() -> bool {
    let here = scripts().join("node_modules").exists();
    if !here {
        say("Node's servers are left out: run `npm --prefix load-tests/peers ci`");
    }
    here
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

impl Sort {
    /// Starts it, if it is not running.
    pub(crate) fn start(&self) -> anyhow::Result<Peer> {
        if let Self::Named(named, pid) = self {
            let (name, address, process) = (named.name.clone(), named.address, Process::new(*pid));
            return Ok(Peer { name, address, process, _running: None, _folder: None });
        }
        let address = free_address()?;
        let folder = Folder::create(address)?;
        let log = folder.path().join("serve");
        let mut running = Running::start(&mut self.command(address, folder.path())?, log)?;
        let listens = || TcpStream::connect(address).is_ok();
        running.wait_until(listens, START_LIMIT).with_context(|| self.to_string())?;
        let process = running.process();
        let (running, folder) = (Some(running), Some(folder));
        Ok(Peer { name: self.to_string(), address, process, _running: running, _folder: folder })
    }

    fn command(&self, address: SocketAddr, folder: &Path) -> anyhow::Result<Command> {
        if let Self::Node(keeping) = self {
            let mut command = Command::new("node");
            command.arg(scripts().join("server.js")).arg(address.port().to_string());
            if let Some(Keeping { what, database }) = keeping {
                let own = || format!("sqlite:{}", folder.join("messages.db").display());
                command.arg(database.clone().unwrap_or_else(own)).arg(what.as_str());
            }
            command.env("NODE_ENV", "production");
            return Ok(command);
        }
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["peer-socketioxide", &address.to_string()]);
        Ok(command)
    }
}

impl Kept {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Conversations => "conversations",
        }
    }
}

impl Display for Sort {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oxide => out.write_str("socketioxide"),
            Self::Node(None) => out.write_str("Node socket.io"),
            Self::Node(Some(Keeping { what, .. })) => {
                write!(out, "Node socket.io, committing {}", what.as_str())
            }
            Self::Named(named, _) => out.write_str(&named.name),
        }
    }
}

impl FromStr for Named {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "expected NAME=ADDRESS or NAME=pusher://ADDRESS";
        let (name, rest) = text.split_once('=').ok_or(FORM)?;
        let (speaks, address) = rest
            .strip_prefix("pusher://")
            .map_or((Speaks::SocketIo, rest), |address| (Speaks::Pusher, address));
        let address = address.parse().map_err(|_| FORM)?;
        Ok(Self { name: name.to_owned(), address, speaks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_a_name_an_address_and_speaks_socketio_unless_told_otherwise() {
        let other: Named = "other=127.0.0.1:3000".parse().unwrap();
        assert_eq!((other.name.as_str(), other.speaks), ("other", Speaks::SocketIo));
        let soketi: Named = "soketi=pusher://127.0.0.1:6001".parse().unwrap();
        assert_eq!((soketi.address.port(), soketi.speaks), (6001, Speaks::Pusher));
        assert!("127.0.0.1:3000".parse::<Named>().is_err());
    }
}
