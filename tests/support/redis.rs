//! A Redis of a test's own, which can be stopped without disturbing another test.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::process::Process;
use super::{SOON, free_port, output, skip};

/// A running redis-server that keeps nothing on disk. Killed when dropped.
#[derive(Clone)]
pub(crate) struct RedisServer {
    port: u16,
    folder: Arc<TempDir>,
    process: Arc<Mutex<Option<Process>>>,
}

impl RedisServer {
    /// Starts one; `None` when this machine has no Redis.
    pub(crate) async fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").output().is_err() {
            skip("redis-server");
            return None;
        }
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder can be made"));
        let server = Self { port: free_port(), folder, process: Arc::default() };
        server.begin().await;
        Some(server)
    }

    /// Where it listens, on 127.0.0.1.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Ends it; what it knew is lost.
    pub(crate) async fn stop(&self) {
        self.process.lock().await.take().expect("Redis runs").kill9();
    }

    /// Starts it again on the same port, empty.
    pub(crate) async fn begin(&self) {
        let log = output::folder().join("redis.log");
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string()]);
        command.arg("--dir").arg(self.folder.path());
        command.args(["--save", "", "--appendonly", "no"]);
        *self.process.lock().await = Some(Process::start(&mut command, &log));
        await_port(self.port).await;
    }

    /// Ends it and starts it again, empty.
    pub(crate) async fn restart(&self) {
        self.stop().await;
        self.begin().await;
    }
}

/// Waits until something listens on this port.
pub(super) async fn await_port(port: u16) {
    let deadline = Instant::now() + SOON;
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(Instant::now() < deadline, "nothing listens on port {port}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
