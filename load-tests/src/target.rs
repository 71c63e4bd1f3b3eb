//! The server under test: one that runs somewhere, or one of our own that is started for this.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use crate::app::App;
use crate::options::{self, Options};
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
    _own: Option<Own>,
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

/// A process of ours and its folder; both are gone when it is dropped.
#[derive(Debug)]
struct Own {
    child: Option<Child>,
    folder: PathBuf,
}

impl Target {
    /// The server that was named, or a fresh one with an empty database.
    pub(crate) fn provide(options: &Options) -> anyhow::Result<Self> {
        let Some(address) = options.address else {
            return Self::start(options, START_LIMIT, |_| Ok(()));
        };
        let demo = options.demo.as_deref().map(read_demo).transpose()?;
        let pid = options.pid.context("--address needs --pid too: it is what is measured")?;
        let app = Arc::new(options.app.clone());
        let (process, started_in) = (Process::new(pid), Duration::ZERO);
        Ok(Self { address, process, app, started_in, demo, _own: None })
    }

    /// A fresh server, whose database `fill` fills before it starts: it is given the URL.
    pub(crate) fn provide_filled(
        options: &Options,
        fill: impl FnOnce(&str) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        ensure!(options.address.is_none(), "this scenario starts a server of its own");
        Self::start(options, FILLED_START_LIMIT, fill)
    }

    /// The credentials of the demo organization.
    pub(crate) fn demo(&self) -> anyhow::Result<&Demo> {
        self.demo
            .as_ref()
            .context("this scenario needs --demo: what `switchboard demo --json` says")
    }

    fn start(
        options: &Options,
        limit: Duration,
        fill: impl FnOnce(&str) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let binary = options.binary()?;
        let address = free_address()?;
        let folder = options::folder()?.join(format!("server-{}", address.port()));
        fs::create_dir_all(&folder)?;
        let mut own = Own { child: None, folder: folder.clone() };
        let own_database = || format!("sqlite://{}", folder.join("switchboard.db").display());
        let database = options.database.clone().unwrap_or_else(own_database);
        let app = Arc::new(options.app.clone());
        let command = |name: &str| -> anyhow::Result<Command> {
            let mut command = Command::new(&binary);
            let environment = environment(address, &database, &app);
            command.arg(name).current_dir(&folder).envs(environment);
            command.stdin(Stdio::null()).stderr(File::create(folder.join(name))?);
            Ok(command)
        };
        let printed = command("demo")?.arg("--json").output()?;
        let demo = serde_json::from_slice(&printed.stdout)
            .with_context(|| format!("`demo --json` failed: {}", said(&folder.join("demo"))))?;
        fill(&database)?;
        let began = Instant::now();
        let child = command("serve")?
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let process = Process::new(child.id());
        own.child = Some(child);
        own.wait_for(address, limit)?;
        let started_in = began.elapsed();
        Ok(Self { address, process, app, started_in, demo: Some(demo), _own: Some(own) })
    }
}

/// Limits that protect from one client's excess are off: a load generator is nothing else.
fn environment(address: SocketAddr, database: &str, app: &App) -> [(&'static str, String); 9] {
    [
        ("SWITCHBOARD__SERVER__LISTEN", address.to_string()),
        ("SWITCHBOARD__DATABASE__URL", database.to_owned()),
        ("SWITCHBOARD__LIMITS__API_REQUESTS_PER_MINUTE", "0".to_owned()),
        ("SWITCHBOARD__LIMITS__VISITOR_MESSAGES", "0".to_owned()),
        ("SWITCHBOARD__REALTIME__CONNECTIONS_PER_ADDRESS", "0".to_owned()),
        ("SWITCHBOARD__REALTIME__EVENTS_PER_SECOND", "0".to_owned()),
        ("SWITCHBOARD__PUSHER__APPS", app.configuration()),
        ("SWITCHBOARD__PUSHER__ACTIVITY_TIMEOUT_MS", ACTIVITY_TIMEOUT_MS.to_owned()),
        ("SWITCHBOARD__LOG__LEVEL", "warn".to_owned()),
    ]
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn read_demo(path: &Path) -> anyhow::Result<Demo> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is not what `demo --json` prints", path.display()))
}

/// What a command wrote to its log.
fn said(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_default()
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

impl Own {
    /// Until it answers: it listens before its database is up to date.
    fn wait_for(&mut self, address: SocketAddr, limit: Duration) -> anyhow::Result<()> {
        let deadline = Instant::now() + limit;
        while !answers(address, limit) {
            let ended = self.child.as_mut().map(Child::try_wait).transpose()?.flatten();
            if ended.is_some() || Instant::now() > deadline {
                bail!("the server did not start: {}", said(&self.folder.join("serve")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // Nothing of it is needed any more, so nothing is lost when this fails.
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}
