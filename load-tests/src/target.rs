//! The server under test: one that runs somewhere, or one of our own that is started for this.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::app::App;
use crate::launch::{Folder, Running, free_address, said};
use crate::options::Options;
use crate::process::Process;

/// How long a server may take to answer.
const START_LIMIT: Duration = Duration::from_secs(20);
/// The same for one that has a large database to make searchable.
const FILLED_START_LIMIT: Duration = Duration::from_mins(30);
/// How long a Pusher client may be silent before it is pinged: as long as a Socket.IO client is by
/// default, so that both can be compared.
const ACTIVITY_TIMEOUT_MS: &str = "25000";

/// A server, and what is needed to speak to it and to look at it.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) process: Process,
    /// A Pusher application that it serves.
    pub(crate) app: Arc<App>,
    /// How long it took to answer, if it is ours.
    pub(crate) started_in: Duration,
    demo: Option<Demo>,
    // In this order: the server ends before its files do.
    _running: Option<Running>,
    folder: Option<Folder>,
}

/// What `switchboard demo --json` prints, as far as it is needed here.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Demo {
    pub(crate) platform: Platform,
    pub(crate) muro: Muro,
}

/// How programs of the muro dialect are let in.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Muro {
    /// Lets programs read and write.
    pub(crate) key: String,
}

/// How clients of the platform dialect are let in.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Platform {
    /// Lets visitors begin conversations.
    pub(crate) embed_token: String,
    /// Lets programs be an agent.
    pub(crate) agent_key: String,
}

/// How a server of ours is to be, beside what all of them are.
#[derive(Debug, Default)]
pub(crate) struct Setup {
    /// Where it keeps its data; a new SQLite database when left out.
    pub(crate) database: Option<String>,
    /// The Redis through which it speaks to other nodes.
    pub(crate) redis: Option<String>,
}

impl Target {
    /// The server that was named, or a fresh one with an empty database.
    pub(crate) fn provide(options: &Options) -> anyhow::Result<Self> {
        let Some(address) = options.address else {
            return Self::start(options, Setup::of(options), START_LIMIT, |_| Ok(()));
        };
        let demo = options.demo.as_deref().map(read_demo).transpose()?;
        let pid = options
            .pids
            .first()
            .copied()
            .context("--address needs --pid too: it is what is measured")?;
        Ok(Self { demo, ..Self::running(address, Process::new(pid), options) })
    }

    /// A server of any make that is running.
    pub(crate) fn running(address: SocketAddr, process: Process, options: &Options) -> Self {
        let (app, started_in) = (Arc::new(options.app.clone()), Duration::ZERO);
        Self { address, process, app, started_in, demo: None, _running: None, folder: None }
    }

    /// A fresh server that is like this.
    pub(crate) fn provide_with(options: &Options, setup: Setup) -> anyhow::Result<Self> {
        ensure!(options.address.is_none(), "this scenario starts a server of its own");
        Self::start(options, setup, START_LIMIT, |_| Ok(()))
    }

    /// One more node, beside this one that was started with this setup.
    pub(crate) fn provide_beside(&self, options: &Options, setup: &Setup) -> anyhow::Result<Self> {
        let folder = self.folder.as_ref().context("only our own servers get more nodes")?;
        let database = setup.database.as_deref().context("nodes share a database")?;
        let seat = Seat { address: free_address()?, database, redis: setup.redis.as_deref() };
        let (running, started_in) = seat.serve(options, folder.path(), START_LIMIT)?;
        Ok(Self {
            address: seat.address,
            process: running.process(),
            app: Arc::clone(&self.app),
            started_in,
            demo: self.demo.clone(),
            _running: Some(running),
            folder: None,
        })
    }

    /// A fresh server, whose database `fill` fills before it starts: it is given the URL.
    pub(crate) fn provide_filled(
        options: &Options,
        fill: impl FnOnce(&str) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        ensure!(options.address.is_none(), "this scenario starts a server of its own");
        Self::start(options, Setup::of(options), FILLED_START_LIMIT, fill)
    }

    /// The credentials of the demo organization.
    pub(crate) fn demo(&self) -> anyhow::Result<&Demo> {
        self.demo
            .as_ref()
            .context("this scenario needs --demo: what `switchboard demo --json` says")
    }

    fn start(
        options: &Options,
        setup: Setup,
        limit: Duration,
        fill: impl FnOnce(&str) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let address = free_address()?;
        let folder = Folder::create(address)?;
        let own = || format!("sqlite://{}", folder.path().join("switchboard.db").display());
        let database = setup.database.unwrap_or_else(own);
        let seat = Seat { address, database: &database, redis: setup.redis.as_deref() };
        let log = folder.path().join("demo");
        let mut command = seat.command(options, folder.path())?;
        let printed = command.args(["demo", "--json"]).stderr(File::create(&log)?).output()?;
        let demo = serde_json::from_slice(&printed.stdout)
            .with_context(|| format!("`demo --json` failed: {}", said(&log)))?;
        fill(&database)?;
        let (running, started_in) = seat.serve(options, folder.path(), limit)?;
        Ok(Self {
            address,
            process: running.process(),
            app: Arc::new(options.app.clone()),
            started_in,
            demo: Some(demo),
            _running: Some(running),
            folder: Some(folder),
        })
    }
}

impl Setup {
    /// What was typed.
    pub(crate) fn of(options: &Options) -> Self {
        Self { database: options.database.clone(), redis: None }
    }
}

/// Where a server is to be, and whom it has beside it.
struct Seat<'a> {
    address: SocketAddr,
    database: &'a str,
    redis: Option<&'a str>,
}

impl Seat<'_> {
    fn command(&self, options: &Options, folder: &Path) -> anyhow::Result<Command> {
        let mut command = Command::new(options.binary()?);
        command.current_dir(folder).stdin(Stdio::null());
        command.envs(environment(self.address, self.database, &options.app));
        command.envs(self.redis.map(|url| ("SWITCHBOARD__REDIS__URL", url)));
        Ok(command)
    }

    /// Starts it, and says how long it took to answer: it listens before its database is up to date.
    fn serve(
        &self,
        options: &Options,
        folder: &Path,
        limit: Duration,
    ) -> anyhow::Result<(Running, Duration)> {
        let began = Instant::now();
        let log = folder.join(format!("serve-{}", self.address.port()));
        let mut running = Running::start(self.command(options, folder)?.arg("serve"), log)?;
        running.wait_until(|| answers(self.address, limit), limit)?;
        Ok((running, began.elapsed()))
    }
}

/// Limits that protect from one client's excess are off: a load generator is nothing else.
fn environment(address: SocketAddr, database: &str, app: &App) -> [(&'static str, String); 12] {
    [
        ("SWITCHBOARD__SERVER__LISTEN", address.to_string()),
        ("SWITCHBOARD__DATABASE__URL", database.to_owned()),
        ("SWITCHBOARD__LIMITS__API_REQUESTS_PER_MINUTE", "0".to_owned()),
        ("SWITCHBOARD__LIMITS__VISITOR_MESSAGES", "0".to_owned()),
        ("SWITCHBOARD__REALTIME__CONNECTIONS_PER_ADDRESS", "0".to_owned()),
        ("SWITCHBOARD__REALTIME__EVENTS_PER_SECOND", "0".to_owned()),
        ("SWITCHBOARD__PUSHER__APPS", app.configuration()),
        ("SWITCHBOARD__PUSHER__CLIENT_EVENTS", "true".to_owned()),
        ("SWITCHBOARD__PUSHER__CLIENT_EVENTS_PER_SECOND", "0".to_owned()),
        ("SWITCHBOARD__PUSHER__EVENT_BYTES_MAX", "0".to_owned()),
        ("SWITCHBOARD__PUSHER__ACTIVITY_TIMEOUT_MS", ACTIVITY_TIMEOUT_MS.to_owned()),
        ("SWITCHBOARD__LOG__LEVEL", "warn".to_owned()),
    ]
}

fn read_demo(path: &Path) -> anyhow::Result<Demo> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is not what `demo --json` prints", path.display()))
}

/// Whether whoever listens there answers a request, given this time.
fn answers(address: SocketAddr, limit: Duration) -> bool {
    let ask = || -> std::io::Result<()> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(limit))?;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        stream.read_exact(&mut [0])
    };
    ask().is_ok()
}
