//! One real server process, on a database and a port of its own.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::Mutex;

use super::database::HeldDatabase;
use super::process::Process;
use super::usage::Usage;
use super::{Database, Demo, Disk, Door, SOON, database, free_port, output, tls};

const BINARY: &str = env!("CARGO_BIN_EXE_switchboard");

/// A running server with a demo organization in it.
pub(crate) struct TestApp {
    door: Door,
    environment: BTreeMap<String, String>,
    log: PathBuf,
    folder: TempDir,
    server: Mutex<Option<Process>>,
}

/// How a command ended and what it printed.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl TestApp {
    /// A server on SQLite, with the limits on visitors, logins and keys switched off: most tests are faster
    /// than people.
    pub(crate) async fn start() -> Arc<Self> {
        Self::start_with(&Database::Sqlite, &[]).await
    }

    /// A server on this database with these settings (`SECTION__KEY`, value).
    pub(crate) async fn start_with(database: &Database, settings: &[(&str, &str)]) -> Arc<Self> {
        Self::start_as("server", database, settings, None).await
    }

    /// A server on SQLite whose files lie on this disk.
    pub(crate) async fn start_on(disk: &Disk) -> Arc<Self> {
        Self::start_in("server", &Database::Sqlite, &[], None, &disk.environment()).await
    }

    /// The same under a name, which its log has. Where the database has a demo organization already,
    /// this is what the command printed then: printing it again would change its keys.
    pub(crate) async fn start_as(
        name: &str,
        database: &Database,
        settings: &[(&str, &str)],
        demo_json: Option<&str>,
    ) -> Arc<Self> {
        Self::start_in(name, database, settings, demo_json, &[]).await
    }

    /// The same, with these variables in its environment.
    async fn start_in(
        name: &str,
        database: &Database,
        settings: &[(&str, &str)],
        demo_json: Option<&str>,
        variables: &[(&str, String)],
    ) -> Arc<Self> {
        tls::provide();
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let address = format!("127.0.0.1:{}", free_port());
        let base_url = format!("http://{address}");
        let mut environment = environment(database, folder.path(), &address, settings);
        environment.extend(variables.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        let log = output::folder().join(format!("{name}.log"));
        let _ = std::fs::remove_file(&log);
        let server = launch(&environment, folder.path(), &log);
        let server = Mutex::new(Some(server));
        await_ready(&base_url, &server, &log).await;
        let demo_json = demo_json
            .map_or_else(|| demo_json_of(&environment, folder.path(), "Demo"), ToOwned::to_owned);
        let demo = serde_json::from_str(&demo_json).expect("the demo prints what tests need");
        let door = Door { base_url, address, demo, demo_json };
        Arc::new(Self { door, environment, log, folder, server })
    }

    /// A second organization on the same server.
    pub(crate) fn other_demo(&self) -> Demo {
        let json = demo_json_of(&self.environment, self.folder.path(), "other");
        serde_json::from_str(&json).expect("the demo prints what tests need")
    }

    /// Runs another command with this server's configuration, changed by these settings.
    pub(crate) fn run(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Told {
        let mut command = command(&self.environment, self.folder.path());
        for (key, value) in settings {
            command.env(format!("SWITCHBOARD__{key}"), value);
        }
        let output = command.args(arguments).output().expect("the command starts");
        let text = |bytes| String::from_utf8(bytes).expect("commands print UTF-8");
        Told { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Ends the server as a power cut would.
    pub(crate) async fn kill9(&self) {
        self.server.lock().await.take().expect("the server runs").kill9();
    }

    /// Starts it again on the same database and port, and waits until it is ready.
    pub(crate) async fn restart(&self) {
        self.relaunch().await;
        await_ready(&self.base_url, &self.server, &self.log).await;
    }

    /// The same without waiting.
    pub(crate) async fn relaunch(&self) {
        let server = launch(&self.environment, self.folder.path(), &self.log);
        *self.server.lock().await = Some(server);
    }

    /// Asks the server to end and waits until it has.
    pub(crate) async fn terminate(&self, limit: Duration) -> ExitStatus {
        let mut server = self.server.lock().await.take().expect("the server runs");
        server.terminate();
        server.end_within(limit).await.expect("the server ends when asked to")
    }

    /// Whether the process lives.
    pub(crate) async fn is_alive(&self) -> bool {
        self.server.lock().await.as_mut().is_some_and(|server| server.ended().is_none())
    }

    /// A file in the folder that the server runs in.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Changes the database behind the server's back, for what no command offers.
    pub(crate) async fn execute(&self, statement: &str) {
        database::execute(&self.environment["SWITCHBOARD__DATABASE__URL"], statement).await;
    }

    /// Keeps everybody from writing to the database, a SQLite file, until that is released.
    pub(crate) async fn hold_database(&self) -> HeldDatabase {
        HeldDatabase::hold(&self.environment["SWITCHBOARD__DATABASE__URL"]).await
    }

    /// One of its figures, summed over its labels; 0 where nothing was counted.
    pub(crate) async fn figure(&self, name: &str) -> f64 {
        let figures = self.page("/metrics").await.1;
        let of_it = figures.lines().filter(|line| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']))
        });
        of_it.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// The status and the text of a page for operators, as `/readyz`.
    pub(crate) async fn page(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("{}{path}", self.base_url)).await.expect("it answers");
        (answer.status().as_u16(), answer.text().await.expect("it is text"))
    }

    /// What the server process uses now; `None` on systems that do not tell.
    pub(crate) async fn usage(&self) -> Option<Usage> {
        self.server.lock().await.as_ref().and_then(Process::usage)
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Deref for TestApp {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.server.get_mut().take());
        let log = self.log();
        if !std::thread::panicking() {
            assert!(!log.contains("panicked at"), "the server panicked; see its log");
        }
    }
}

fn environment(
    database: &Database,
    folder: &Path,
    address: &str,
    settings: &[(&str, &str)],
) -> BTreeMap<String, String> {
    let key_file = folder.join("switchboard.key").display().to_string();
    let base_url = format!("http://{address}");
    let own = [
        ("SERVER__LISTEN", address),
        ("SERVER__PUBLIC_URL", base_url.as_str()),
        ("DATABASE__URL", &database.url(folder)),
        ("SECRETS__KEY_FILE", &key_file),
        ("LIMITS__VISITOR_MESSAGES", "0"),
        ("LIMITS__LOGIN_ATTEMPTS", "0"),
        ("LIMITS__API_REQUESTS_PER_MINUTE", "0"),
    ];
    own.iter()
        .chain(settings)
        .map(|(key, value)| (format!("SWITCHBOARD__{key}"), (*value).to_owned()))
        .collect()
}

fn command(environment: &BTreeMap<String, String>, folder: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.envs(environment).current_dir(folder);
    command
}

fn launch(environment: &BTreeMap<String, String>, folder: &Path, log: &Path) -> Process {
    Process::start(command(environment, folder).arg("serve"), log)
}

async fn await_ready(base_url: &str, server: &Mutex<Option<Process>>, log: &Path) {
    let deadline = Instant::now() + SOON * 2;
    let url = format!("{base_url}/readyz");
    while Instant::now() < deadline {
        if reqwest::get(&url).await.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        if server.lock().await.as_mut().is_none_or(|server| server.ended().is_some()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let log = std::fs::read_to_string(log).unwrap_or_default();
    panic!("the server did not become ready:\n{log}");
}

fn demo_json_of(environment: &BTreeMap<String, String>, folder: &Path, name: &str) -> String {
    let output = command(environment, folder)
        .args(["demo", "--json", "--name", name])
        .output()
        .expect("the demo command starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "demo failed: {errors}");
    String::from_utf8(output.stdout).expect("the demo prints UTF-8")
}
