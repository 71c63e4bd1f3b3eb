//! The server for protocol suites, `examples/conformance.rs`, as a process.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use super::process::Process;
use super::{SOON, free_port, output, tls};

/// A running example. Killed when dropped.
pub(crate) struct Example {
    /// `http://127.0.0.1:PORT`
    pub(crate) base_url: String,
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    _process: Process,
}

impl Example {
    /// The server as the suites expect it: impatient.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same, with time for real clients on a busy machine to answer a ping.
    pub(crate) async fn start_patient() -> Self {
        Self::start_with(&["--ping-timeout-ms", "3000"]).await
    }

    async fn start_with(arguments: &[&str]) -> Self {
        tls::provide();
        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        let log = output::folder().join("example.log");
        let mut command = Command::new(binary());
        let mut process =
            Process::start(command.args(["--port", &port.to_string()]).args(arguments), &log);
        let deadline = Instant::now() + SOON;
        while TcpStream::connect(&address).await.is_err() {
            assert!(Instant::now() < deadline, "the example does not listen");
            assert!(process.ended().is_none(), "the example ended");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { base_url: format!("http://{address}"), address, _process: process }
    }
}

/// Cargo builds examples beside the tests: `target/debug/deps/integration-…` has
/// `target/debug/examples/conformance` for a neighbour.
fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a process knows its file");
    let profile = test.ancestors().nth(2).expect("a test lies two folders deep");
    let example = profile.join("examples/conformance");
    assert!(example.exists(), "run `cargo build --example conformance` first");
    example
}
