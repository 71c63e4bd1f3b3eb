//! A Postgres of a test's own, which can be stopped without disturbing another test.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::process::Process;
use super::{SOON, free_port, output, skip};

/// A running Postgres. Ended when dropped.
#[derive(Clone)]
pub(crate) struct PostgresServer {
    port: u16,
    folder: Arc<TempDir>,
    process: Arc<Mutex<Option<Postmaster>>>,
}

/// The first of Postgres' processes, which ends the others.
struct Postmaster(Process);

impl PostgresServer {
    /// Starts one with an empty database; `None` when this machine has no Postgres.
    pub(crate) async fn start() -> Option<Self> {
        // Who has been given one has the programs as well.
        if std::env::var_os("SWITCHBOARD_TEST_POSTGRES_URL").is_none() {
            skip("Postgres (SWITCHBOARD_TEST_POSTGRES_URL)");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        // Under root, Postgres runs as another user.
        let readable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), readable).expect("the folder is ours");
        let server = Self { port: free_port(), folder: Arc::new(folder), process: Arc::default() };
        server.begin().await;
        Some(server)
    }

    /// The URL of its first database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://switchboard@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends it as `systemctl stop` does: who is connected is let go, what was committed is kept.
    pub(crate) async fn stop(&self) {
        let mut server = self.process.lock().await.take().expect("Postgres runs");
        server.0.signal("INT");
        server.0.end_within(SOON).await.expect("Postgres ends when asked to");
    }

    /// Starts it again on the same port with what it had.
    pub(crate) async fn begin(&self) {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/services/postgres");
        let mut command = Command::new(script);
        command.arg(self.folder.path().join("postgres")).arg(self.port.to_string());
        let log = output::folder().join("postgres.log");
        let process = Process::start(&mut command, &log);
        *self.process.lock().await = Some(Postmaster(process));
        self.await_answer().await;
    }

    /// It listens before it is ready to be asked.
    async fn await_answer(&self) {
        sqlx::any::install_default_drivers();
        let deadline = Instant::now() + SOON;
        while AnyConnection::connect(&self.url()).await.is_err() {
            assert!(Instant::now() < deadline, "Postgres does not answer; see its log");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it and starts it again.
    pub(crate) async fn restart(&self) {
        self.stop().await;
        self.begin().await;
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        // Killed, it would leave its other processes and their memory behind for a while.
        if self.0.ended().is_none() {
            self.0.signal("INT");
            self.0.wait();
        }
    }
}
